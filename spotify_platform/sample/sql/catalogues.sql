-- What is told of a track: audio features, and a popularity that can be learned only in part. Catalogues
-- tell it of some tracks, the sources that answer calls of all.

create macro clamp(low, value, high) as greatest(low, least(high, value));

create macro date_of(day) as date '2017-01-01' + day::int;

-- Of old releases often only the year is known.
create macro known_date(release_key, day) as
  case
    when uniform(release_key, 'precision') < if(day < -4383, 0.18, 0.02) then left(date_of(day)::varchar, 4)
    when uniform(release_key, 'precision') > 0.99 then left(date_of(day)::varchar, 7)
    else date_of(day)::varchar
  end;

create table described_track as
with sounding as (
  select
    t.*, g.* exclude (genre_no),
    -- An artist has a style within the genre, and a track its own within the artist's.
    g.danceability + 0.06 * normal(artist_key, 'dance style') + 0.10 * normal(recording_key, 'dance')
      as dance_raw,
    g.energy + 0.07 * normal(artist_key, 'energy style') + 0.13 * normal(recording_key, 'energy')
      as energy_raw,
    g.valence + 0.07 * normal(artist_key, 'mood style') + 0.19 * normal(recording_key, 'mood')
      as valence_raw
  from track t join genre g using (genre_no)
),
measured as (
  select
    s.* exclude (
      danceability, energy, valence, acousticness, speechiness, instrumentalness, liveness, loudness, tempo
    ),
    round(clamp(0.08, dance_raw, 0.98), 3) as danceability,
    round(clamp(0.02, energy_raw, 0.998), 3) as energy,
    below(12, recording_key, 'key') as key,
    round(clamp(-40,
      s.loudness + 9 * (energy_raw - s.energy) + 1.4 * normal(recording_key, 'loudness'), -0.3), 3)
      as loudness,
    (uniform(recording_key, 'mode') < 0.57)::int as mode,
    round(clamp(0.023, s.speechiness * exp(0.55 * normal(track_key, 'speech') - 0.15), 0.95), 4)
      as speechiness,
    round(clamp(0.00001,
      s.acousticness * exp(1.1 * normal(track_key, 'acoustic') - 0.5 - 2.5 * (energy_raw - s.energy)),
      0.994), 4) as acousticness,
    -- Mostly sung; what is not is clearly not.
    case
      when uniform(track_key, 'sung') < 1.2 * s.instrumentalness
        then round(0.4 + 0.55 * uniform(track_key, 'instrumental'), 3)
      when uniform(track_key, 'sung') < 0.55 then 0.0
      else round(pow(10, -2 - 4 * uniform(track_key, 'instrumental')), 7)
    end as instrumentalness,
    round(clamp(0.02, 0.13 * exp(0.6 * normal(track_key, 'live')) + 0.02, 0.98), 3) as liveness,
    round(clamp(0.03, valence_raw, 0.98), 3) as valence,
    round(clamp(52, s.tempo + 25 * normal(recording_key, 'tempo'), 212), 3) as tempo,
    duration_of(track_key, release_day) as duration_ms,
    (release_day > -9800 and uniform(recording_key, 'explicit') < s.explicit_share) as explicit,
    case
      when uniform(recording_key, 'metre') < 0.92 then 4
      when uniform(recording_key, 'metre') < 0.98 then 3
      else 5
    end as time_signature
  from sounding s
),
aged as (
  select *, (getvariable('last_day') + 1 - release_day) / 365.25 as age_years from measured
),
valued as (
  select
    *,
    39
    + 0.95 * genre_popularity
    -- New music is heard; what is ten years old is forgotten; what is left of older music are classics.
    + 9 * exp(-age_years / 1.5) - 11 * exp(-pow((age_years - 9) / 6, 2))
    -- Sound counts a little: danceable, loud, sung, of the usual length.
    + 30 * (danceability - 0.65) - 60 * pow(energy - 0.7, 2) + 1.1 * (loudness + 6.8)
    - if(instrumentalness > 0.3, 9, 0) - if(acousticness > 0.6, 5, 0)
    - 12 * abs(ln(duration_ms / 200000.0)) + if(explicit, 3, 0)
    -- The rest is the artist, and what nobody can measure.
    + 9 * appeal + 4 * artist_strength + 9 * normal(track_key, 'popularity') + if(kind = 'catalogue', 0, 4)
      as interest
  from aged
)
select
  v.* exclude (interest), s.* exclude (track_key),
  nfc_normalize(title) as composed_title,
  -- Some tracks have no listeners left, whatever they are.
  if(uniform(track_key, 'forgotten') < 0.03, 0, round(clamp(0, interest, 100)))::int as popularity,
  uniform(track_key, 'which catalogue') < 0.7 or title is null as in_tidytuesday,
  uniform(track_key, 'which catalogue') > 0.3 as in_114k
from valued v join sleeve s using (track_key);

create view catalogue_track as from described_track semi join catalogue_member using (track_key);

-- The tidytuesday catalogue: a row for each playlist that a track is on.
create view tidytuesday_line as
with listed as (
  select
    *,
    unnest(range(case
      when uniform(track_key, 'playlists') < 0.87 then 1
      when uniform(track_key, 'playlists') < 0.97 then 2
      else 3
    end)) as listing,
    track_key * 4 + listing as listing_key
  from catalogue_track where in_tidytuesday
),
placed as (
  select
    *,
    -- First on a playlist of its own genre, then mostly next door.
    case
      when listing = 0 then genre_no
      when uniform(listing_key, 'next door') < 0.6 then genre_no // 4 * 4 + below(4, listing_key, 'neighbour')
      else below(24, listing_key, 'elsewhere')
    end as playlist_genre_no,
    playlist_genre_no * 1000 + below(getvariable('playlists_per_genre'), listing_key, 'playlist')
      as playlist_key
  from listed
),
titled as (
  select
    p.*, g.genre as playlist_genre, g.subgenre as playlist_subgenre,
    pick(['', 'Best of ', 'All the ', 'Late Night ', '2021 '], playlist_key, 'before')
      || g.subgenre
      || pick(['', ' Essentials', ' 🔥', ', Coffee & Rain', ' - Éxitos', ' / mix'], playlist_key, 'after')
      as playlist_name
  from placed p join genre g on g.genre_no = p.playlist_genre_no
)
select
  row_number() over (order by playlist_key, bits(listing_key, 'order'), listing_key) as row_no,
  concat_ws(',',
    track_id, csv_field(composed_title), csv_field(nfc_normalize(artists[1])), popularity,
    album_id, csv_field(nfc_normalize(album)),
    known_date(release_key, release_day),
    csv_field(playlist_name), identifier(playlist_key, 'playlist'), playlist_genre, playlist_subgenre,
    danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness, liveness, valence,
    tempo, duration_ms
  ) as line
from titled;

-- The 114k catalogue: a row for each genre of a track, by genre; credits in full; one row without names,
-- and some with a popularity or a tempo that cannot be.
create view catalog_114k_line as
with known as (
  select
    -- Taken on another day than the other catalogue.
    * replace (if(popularity = 0, 0,
      clamp(0, popularity + round(1.5 * normal(track_key, 'another day')), 100))::int as popularity),
    bits(track_key, 'nameless') = min(bits(track_key, 'nameless')) over () as is_nameless
  from catalogue_track where in_114k and title is not null
),
genred as (
  select
    *,
    [pick(catalog_genres, track_key, 'genre')]
    || if(uniform(track_key, 'genres') < 0.22, [pick(catalog_genres, track_key, 'second genre')], [])
    || if(uniform(track_key, 'national genre') < 0.4,
      case language
        when 'es' then ['spanish'] when 'pt' then ['brazil'] when 'de' then ['german']
        when 'fr' then ['french'] when 'sv' then ['swedish'] when 'tr' then ['turkish']
        when 'hi' then ['indian'] when 'ja' then ['j-pop'] when 'ko' then ['k-pop']
        when 'zh' then ['mandopop'] when 'id' then ['malay'] else []
      end, []) as all_genres
  from known
),
repeated as (
  select *, unnest(if(is_nameless, all_genres[1:1], list_distinct(all_genres))) as track_genre from genred
),
numbered as (
  select *, row_number() over (order by track_genre, bits(track_key, 'order'), track_key) - 1 as row_no
  from repeated
)
select
  row_no,
  if(is_nameless,
    concat_ws(',', row_no, track_id, '', '', '', 0, 0),
    concat_ws(',',
      row_no, track_id,
      csv_field(nfc_normalize(array_to_string(artists, ';'))),
      csv_field(nfc_normalize(album)), csv_field(composed_title),
      case row_no % 997 when 500 then 137 when 800 then -3 else popularity end, duration_ms
    )
  )
  || ','
  || concat_ws(',',
    if(explicit, 'True', 'False'), danceability, energy, key, loudness, mode, speechiness, acousticness,
    instrumentalness, liveness, valence, if(row_no % 701 = 350, 0.0, tempo), time_signature, track_genre
  ) as line
from numbered;

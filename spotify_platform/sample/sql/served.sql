-- What the world's server answers from: the same tracks, with what only the sources that answer calls tell.

-- Recordings are coded by the country and year that they come from; a remaster keeps its code.
create macro isrc(country, year, key) as
  upper(country)
  || chr(65 + below(26, key, 'registrant')::int)
  || chr(65 + below(26, key, 'second letter of registrant')::int)
  || chr(65 + below(26, key, 'third letter of registrant')::int)
  || right(year::varchar, 2)
  || lpad(below(100000, key, 'designation')::varchar, 5, '0');

-- A track that was withdrawn is unknown.
create table served.track as
with credit as (
  select track_key, list({'id': identifier(artist_key, 'artist'), 'name': name} order by slot) as credits
  from track_artist
  group by track_key
)
select
  track_id, track_key, title, credits, album_id,
  (row_number() over (partition by release_key order by position))::int as track_number,
  duration_ms, explicit, popularity, home_region.code as home, d.zone, d.genre_no, d.appeal,
  isrc(
    home_region.code, year(date_of(release_day)),
    if(title like '% - Remastered 2011', recording_key, track_key)
  ) as isrc,
  danceability, energy, key, loudness, mode, speechiness, acousticness, instrumentalness, liveness, valence,
  tempo, time_signature,
  uniform(track_key, 'analysed') >= 0.03 as is_analysed,
  searched(title) as title_words, searched(array_to_string(artists, ' ')) as artist_words
from described_track d
join credit using (track_key)
join region home_region on home_region.region_no = d.home
where title is not null
order by track_id;

create unique index track_by_id on served.track (track_id);
create index track_by_album on served.track (album_id);

create table served.album as
select
  album_id,
  min_by(album, position) as name,
  [{'id': identifier(any_value(artist_key), 'artist'), 'name': any_value(artist.name)}] as credits,
  case when uniform(release_key, 'compilation') < 0.02 then 'compilation' when count(*) < 4 then 'single' else 'album' end
    as album_type,
  count(*)::int as total_tracks,
  known_date(release_key, any_value(release_day)) as release_date,
  any_value(release_day) as release_day,
  any_value(label) as label,
  lpad(below(1000000000000, release_key, 'upc')::varchar, 13, '0') as upc,
  max(popularity) as popularity,
  any_value(artist_key) as artist_key,
  searched(min_by(album, position)) as title_words, searched(any_value(artist.name)) as artist_words
from described_track join artist using (artist_key)
where title is not null
group by release_key, album_id
order by album_id;

create unique index album_by_id on served.album (album_id);

create table served.artist as
with heard as (
  select track_artist.artist_key, max(popularity) as popularity
  from described_track join track_artist using (track_key)
  where title is not null
  group by track_artist.artist_key
)
select
  identifier(artist_key, 'artist') as artist_id, artist_key, name, popularity,
  floor(exp(4 + 0.12 * popularity + artist.strength))::bigint as followers,
  -- Of many an artist no genre is told.
  if(uniform(artist_key, 'genre told') < 0.2, [], [subgenre]) as genres,
  searched(name) as artist_words
from heard join artist using (artist_key) join genre using (genre_no)
order by artist_id;

create unique index artist_by_id on served.artist (artist_id);

-- Who is on which album, as its artist or as a guest.
create table served.credit as
select distinct unnest(credits).id as artist_id, album_id from served.track order by all;

create table served.country as
select upper(code) as code, region_no, zone from region where region_no > 0;

-- Last.fm is written by its listeners: they know not every track, spell some otherwise, and know others.
create table served.lastfm_track as
with known as (
  select
    track_key, title, artist_key, artists[1] as artist_name, album, duration_ms, home_region.code as home, d.zone,
    d.genre_no, d.appeal
  from described_track d join region home_region on home_region.region_no = d.home
  where title is not null and uniform(track_key, 'known to Last.fm') < 0.94
  union all
  select
    track_key, 'Radio ' || title, artist_key, artists[1], null, duration_ms, home_region.code, d.zone, d.genre_no,
    d.appeal
  from described_track d join region home_region on home_region.region_no = d.home
  where title is not null and uniform(track_key, 'known to Last.fm alone') < 0.05
),
spelled as (
  select
    * replace (case
      when uniform(track_key, 'spelling') < 0.10 then regexp_replace(title, ' \(feat\. .*\)$| - .*$', '')
      when uniform(track_key, 'spelling') < 0.16 then strip_accents(nfc_normalize(title))
      when uniform(track_key, 'spelling') < 0.22 then upper(title)
      when uniform(track_key, 'spelling') < 0.26 then replace(title, '''', '’')
      else title
    end as title)
  from known
)
select
  row_number() over (order by track_key, title) as lastfm_no,
  s.*,
  -- Of some it is unknown how long they are.
  if(uniform(track_key, 'duration known') < 0.1, 0, duration_ms) as told_duration_ms,
  floor(exp(8 + 1.1 * appeal + uniform(track_key, 'listeners')))::bigint as listeners,
  if(uniform(track_key, 'mbid') < 0.3, '', uuid_like(track_key, 'recording')) as mbid,
  if(uniform(artist_key, 'mbid') < 0.2, '', uuid_like(artist_key, 'artist')) as artist_mbid,
  searched(title) as title_words,
  searched(artist_name) as artist_words
from spelled s
where trim(title) <> ''
qualify row_number() over (partition by title_words, artist_words order by track_key) = 1;

create table served.lastfm_artist as
with credited as (select distinct artist_key, artist_words, artist_name from served.lastfm_track)
select
  artist_words, artist_name,
  -- Most used first; of few artists there is one tag only.
  if(uniform(artist_key, 'tags') < 0.15, [subgenre],
    list_filter(
      [subgenre, genre, catalog_genres[1], 'seen live', lower(region)],
      lambda tag, n: list_position([subgenre, genre, catalog_genres[1], 'seen live', lower(region)], tag) = n
    )) as tags
from credited join artist using (artist_key) join genre using (genre_no) join region on region_no = home
where uniform(artist_key, 'tagged') < 0.95
qualify row_number() over (partition by artist_words order by artist_key) = 1;

-- MusicBrainz is written by volunteers: they have linked most artists to Spotify, some of them wrongly to two at once, and
-- some links have ended.
create table served.musicbrainz_link as
select
  artist_id, artist_key, name, uuid_like(artist_key, 'link') as link_mbid, uuid_like(artist_key, 'artist') as mbid,
  if(uniform(artist_key, 'link shared') < 0.02, uuid_like(artist_key, 'another artist'), null) as other_mbid,
  uniform(artist_key, 'link ended') < 0.02 as ended
from served.artist
where uniform(artist_key, 'known to MusicBrainz') < 0.9
order by artist_id;

create unique index musicbrainz_link_by_id on served.musicbrainz_link (artist_id);

-- Tags of the curated list of genres have an id, others have none; of few artists there is no tag at all.
create table served.listenbrainz_artist as
with voted as (
  select link.mbid, link.name, artist_key, subgenre, genre, region, 4 + below(20, artist_key, 'votes') as votes
  from served.musicbrainz_link link
  join artist using (artist_key) join genre using (genre_no) join region on region_no = home
)
select
  mbid, name, region as area,
  if(uniform(artist_key, 'voted') < 0.1, [], [
    {'tag': subgenre, 'count': votes, 'genre_mbid': uuid_like(subgenre, 'genre')},
    {'tag': genre, 'count': 1 + votes // 3, 'genre_mbid': uuid_like(genre, 'genre')},
    {'tag': 'seen live', 'count': votes + 1, 'genre_mbid': null},
    {'tag': lower(region), 'count': 2, 'genre_mbid': null}
  ]) as tags
from voted
order by mbid;

create unique index listenbrainz_artist_by_id on served.listenbrainz_artist (mbid);

-- What one listener likes, best first: a few genres, and what most people like.
create table served.favourite as
select (row_number() over (order by liking desc, track_key) - 1)::bigint as place, track_id, track_key, credits
from (
  select *, appeal + 1.5 * normal(genre_no, 'taste of the listener') + normal(track_key, 'liked by the listener') as liking
  from served.track
)
order by place
limit 400;

create table served.playlist as
select playlist_no, identifier(playlist_no, 'served playlist') as playlist_id, p.* exclude (playlist_no)
from (values
  (0, 'Kitchen Confetti', 'Cooking, loudly', 'listener', true, false, 34, 'liked', null),
  (1, 'Half-Lit Drives', null, 'listener', false, true, 120, 'liked', null),
  (2, 'Top of the World', 'What the world hears most. Cover: Paper Orchestra', 'spotify', true, false, 50, 'popular', null),
  (3, 'Fresh Latin', 'New and latin', 'spotify', true, false, 60, 'genre', 'latin'),
  (4, 'Rock, Paper', 'No scissors', 'spotify', true, false, 75, 'genre', 'rock'),
  (5, 'Rue''s Picks', '', 'friend', true, false, 20, 'any', null)
) p(playlist_no, name, description, owner, is_public, is_collaborative, size, taste, genre);

-- What may be on each, best first.
create table served.playlist_candidate as
with rated as (
  select
    playlist_no, size, track_id,
    row_number() over (partition by playlist_no order by case taste
      when 'liked' then -coalesce(favourite.place, 1000 + track.track_key)
      when 'any' then uniform(track.track_key, 'taste of a friend')
      else popularity + uniform(track.track_key, 'place among equals')
    end desc) - 1 as place
  from served.playlist p
  join served.track on true
  join genre g on g.genre_no = track.genre_no and (p.genre is null or p.genre = g.genre)
  left join served.favourite using (track_id)
)
select playlist_no, place, track_id from rated where place < 4 * size order by playlist_no, place;

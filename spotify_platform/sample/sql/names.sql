-- What is printed on the sleeve: titles, credits, albums, labels.

-- Composed letters taken apart, as some uploads spell them; there is no built-in for this direction.
create macro decomposed(text) as
  replace(replace(replace(replace(replace(replace(replace(replace(text,
    'é', 'e' || chr(769)), 'á', 'a' || chr(769)), 'í', 'i' || chr(769)), 'ó', 'o' || chr(769)),
    'ñ', 'n' || chr(771)), 'ã', 'a' || chr(771)), 'ö', 'o' || chr(776)), 'ü', 'u' || chr(776));

create table track_artist as
with guest as (
  select
    track_key, slot, track_key * 4 + slot as guest_key,
    case
      when kind = 'catalogue' and uniform(guest_key, 'guest pool') < 0.6
        then obscure_artist(getvariable('obscure_artists'), guest_key)
      when stream = 0 or uniform(guest_key, 'guest pool') < 0.3 then star_artist(guest_key)
      else local_artist(stream, guest_key)
    end as artist_key
  from track cross join range(1, 4) as slots(slot)
  -- Two thirds have no guest, a quarter one, the rest two or three.
  where slot <= case
    when uniform(track_key, 'guests') < 0.66 then 0
    when uniform(track_key, 'guests') < 0.91 then 1
    when uniform(track_key, 'guests') < 0.98 then 2
    else 3
  end
),
credited as (
  select track_key, 0 as slot, artist_key from track
  union all
  select track_key, slot, artist_key from guest
)
select
  track_key, artist_key, min(slot) as slot, min_by(name, slot) as name
from credited join artist using (artist_key)
group by track_key, artist_key;

create table sleeve as
with credit as (
  select track_key, list(name order by slot) as artists
  from track_artist group by track_key
),
-- Songs are in the artist's language, or in English.
worded as (
  select
    t.*,
    pick(v.openers, recording_key, 'opener') as opener,
    pick(v.closers, recording_key, 'closer') as closer,
    v.separator,
    pick(v.openers, release_key, 'album') || v.separator || pick(v.closers, release_key, 'album')
      as album_phrase
  from track t
  join vocabulary v on v.language = if(uniform(t.release_key, 'in english') < 0.2, 'en', t.language)
),
phrased as (
  select
    *,
    case
      when kind = 'seasonal' and track_key // 16 % 22 < 18
        then pick(['Tinsel', 'Snowlight', 'Candle', 'Fir Tree', 'Chimney', 'Advent'], track_key, 'carol')
          || pick([' Carol', ' in the Window', ' Waltz', ' (Home by Christmas)'], track_key, 'song')
      when kind = 'seasonal' then pick(['Pumpkin', 'Broomstick', 'Cobweb'], track_key, 'spook') || ' Stomp'
      when uniform(recording_key, 'short title') < 0.12 then opener
      when uniform(recording_key, 'short title') < 0.17 then closer
      else opener || separator || closer
    end as phrase
  from worded
),
decorated as (
  select
    p.* exclude (opener, closer, separator), artists, uniform(track_key, 'decoration') as luck,
    case
      when is_alternate
        then phrase || pick([' - Remix', ' - Live', ' - Acoustic Version', ' - Sped Up', ' - Remastered 2011',
          ' (Extended Mix)'], track_key, 'version')
      when len(artists) > 1 and uniform(track_key, 'feat') < 0.6
        then phrase || ' (feat. ' || artists[2] || ')'
      when luck < 0.020 then phrase || ', Pt. ' || (1 + below(3, track_key, 'part'))
      when luck < 0.030 then phrase || ' "Interlude"'
      when luck < 0.040 then phrase || ' ☀️'
      when luck < 0.048 then phrase || '…'
      when luck < 0.054 then replace(phrase, ' ', '  ')
      when luck < 0.060 then replace(phrase, ' ', chr(160))
      when luck < 0.064 then phrase || ' '
      when luck < 0.070 then '''' || upper(phrase) || '''!'
      when luck < 0.130 then decomposed(phrase)
      else phrase
    end as title
  from phrased p join credit using (track_key)
)
select
  track_key,
  -- Withdrawn tracks keep their place and lose their name.
  if(is_withdrawn, null, title) as title,
  if(is_withdrawn, null, artists) as artists,
  case
    when is_withdrawn then null
    when position = 0 and uniform(release_key, 'eponymous') < 0.6 then phrase
    else album_phrase
  end as album,
  identifier(track_key, 'track') as track_id,
  identifier(release_key, 'album') as album_id,
  -- Half the artists release on a label of their own.
  if(uniform(artist_key, 'own label') < 0.5,
    artists[1] || pick([' Music', ' Records', ''], artist_key, 'label ending'),
    pick([
      'Northlight Records', 'Casa Azul / Meridian', 'Paper Moon', 'Kiosk "45"', 'Sable & Sons', 'Östra Ljud',
      'Harbour Street/Northlight Records', '月光レコード', 'Meridian Latina'
    ], artist_key, 'label')) as label
from (select *, uniform(track_key, 'withdrawn') < 0.0025 as is_withdrawn from decorated);

-- Releases and their tracks: who made what, and when. A day is a number: 0 is 2017-01-01.
--
-- Four kinds of track. "career": released in the time of the charts, by a star (stream 0, heard in many
-- countries) or by a local artist (stream = number of the home region). "evergreen": an old song that
-- never quite leaves. "seasonal": comes back every year. "catalogue": never charts.

create macro release_in_stream(stream, day, k) as ((stream * 10000 + day + 3000) * 16 + k)::bigint;

-- Most releases come out on a Friday; 2017-01-01 was a Sunday.
create macro releases_on(stream, day) as
  floor(
    if(stream = 0, 1.65, 0.6) * if((day + 7000) % 7 = 5, 3.0, 0.667)
    + uniform(stream * 10000 + day + 3000, 'releases of the day')
  );

-- Songs got shorter. Milliseconds.
create macro duration_of(track_key, release_day) as
  least(greatest(
    (218000 - 6 * (release_day + 3000)) * exp(0.22 * normal(track_key, 'length')), 45000), 900000)::int;

create table track as
with career_release as (
  select
    release_in_stream(stream, day, k) as release_key,
    'career' as kind, stream, day as release_day,
    if(stream = 0, star_artist(release_key), local_artist(stream, release_key)) as artist_key,
    case
      when uniform(release_key, 'length of release') < 0.70 then 1
      when uniform(release_key, 'length of release') < 0.85 then 2
      when uniform(release_key, 'length of release') < 0.93 then 4
      else 7
    end as track_count
  from range(getvariable('region_count')) as streams(stream)
  cross join range(getvariable('first_day') - 400, getvariable('horizon') + 1) as days(day)
  cross join range(8) as slots(k)
  where k < releases_on(stream, day)
),
evergreen_release as (
  select
    20000000 + k as release_key,
    'evergreen' as kind, 0 as stream,
    -18500 + below(17500, release_key, 'evergreen day') as release_day,
    star_artist(release_key) as artist_key,
    1 as track_count
  from range(160) as songs(k)
),
seasonal_release as (
  select
    21000000 + k as release_key,
    'seasonal' as kind, 0 as stream,
    -18500 + below(18000, release_key, 'seasonal day') as release_day,
    star_artist(release_key) as artist_key,
    1 as track_count
  from range(22) as songs(k)
),
catalogue_release as (
  select
    30000000 + k as release_key,
    'catalogue' as kind, 0 as stream,
    -- Mostly recent, as catalogues are; some from every decade since 1957.
    case
      when uniform(release_key, 'era') < 0.58 then -731 + below(2500, release_key, 'recent day')
      when uniform(release_key, 'era') < 0.80 then -4383 + below(3652, release_key, 'day')
      else -21800 + below(17400, release_key, 'old day')
    end as release_day,
    case
      when uniform(release_key, 'pool') < 0.25 then star_artist(release_key)
      when uniform(release_key, 'pool') < 0.45
        then local_artist(1 + below(69, release_key, 'pool region'), release_key)
      else obscure_artist(getvariable('obscure_artists'), release_key)
    end as artist_key,
    1 + (uniform(release_key, 'length of release') < 0.5)::bigint as track_count
  from range(getvariable('catalogue_releases')) as releases(k)
),
release as (
  from career_release
  union all from evergreen_release
  union all from seasonal_release
  union all from catalogue_release
),
listed as (
  select *, release_key * 16 + position as track_key
  from (select *, unnest(range(track_count)) as position from release)
)
select
  track_key, release_key, position, kind, stream, artist_key, release_day,
  a.home, a.language, a.zone, a.strength as artist_strength,
  -- Artists stray from their genre now and then.
  if(uniform(track_key, 'stray') < 0.12, below(24, track_key, 'stray genre'), a.genre_no) as genre_no,
  -- Every tenth second track is another version of the first: same recording, same fate, more or less.
  position = 1 and uniform(release_key, 'alternate') < 0.25 as is_alternate,
  release_key * 16 + if(is_alternate, 0, position) as recording_key,
  0.75 * a.strength
    + 0.80 * normal(recording_key, 'appeal')
    + 0.25 * normal(track_key, 'luck')
    - if(position > 0, 0.5, 0) as appeal
from listed join artist a using (artist_key);

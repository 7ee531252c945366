-- What one listener played, in years of habits: sessions at certain hours of the week, filled from a taste.

-- Days count from 2017-01-01, as everywhere in the sample world.
set variable life_last = getvariable('life_ends') - date '2017-01-01';
set variable life_first = getvariable('life_last') - getvariable('life_days') + 1;
set variable audiobooks_from = getvariable('audiobooks_begin') - date '2017-01-01';

create macro mine(key, salt) as uniform(key, getvariable('listener') || ' ' || salt);
create macro mine_below(bound, key, salt) as below(bound, key, getvariable('listener') || ' ' || salt);
create macro mine_normal(key, salt) as normal(key, getvariable('listener') || ' ' || salt);

create macro lost_no(missing) as coalesce(list_position(['metadata', 'uri', 'names'], missing), 0);

create table habit as
select unnest(getvariable('habits'), recursive := true);

-- Music that the listener could come to like, oldest first; what is more to the taste stands in it more often.
create table taste as
with liked as (
  select
    track_key, release_key, release_day, genre_no,
    unnest(range(1
      + floor(6 * pow(mine(genre_no, 'genre'), 2))::bigint
      + floor(greatest(0, appeal))::bigint
      + floor(4 * pow(mine(artist_key, 'artist'), 4))::bigint)) as copy
  from track
)
select
  row_number() over (order by release_day, track_key, copy) - 1 as place,
  track_key, release_key, release_day, genre_no
from liked;

create table album_tracks as
select release_key, list(track_key order by position) as track_keys
from track group by release_key;

-- Some thirty quiet tracks, which send a child to sleep.
create table lullaby as
with quiet as (
  select track_key
  from track
  join genre using (genre_no)
  where release_day < getvariable('life_first')
  order by energy + 0.2 * normal(track_key, 'quiet'), track_key
  limit 30
)
select row_number() over (order by bits(track_key, 'lullaby')) - 1 as place, track_key from quiet;

-- The listener's days, with how much music was out by then.
create table listening_day as
with life as (
  select
    day, date '2017-01-01' + day::int as date,
    make_date(year(date), getvariable('away_month'), 1)
      + mine_below(20, year(date), 'holidays')::int as away_from
  from range(getvariable('life_first'), getvariable('life_last') + 1) as days(day)
),
released as (
  select release_day, max(place) + 1 as known from taste group by release_day
)
select
  day, date, coalesce(known, 0) as known,
  date - away_from as days_since_leaving,
  days_since_leaving between 0 and getvariable('away_days') as is_away,
  not is_away and days_since_leaving between -4 and getvariable('away_days') + 4 as is_travelling
from life asof left join released on day >= release_day;

-- The plays asked for are dealt out to the sessions by weight, to the last one, in whole numbers: a sum of
-- fractions would depend on the number of threads.
create table session as
with slotted as (
  select d.*, h.*, day * 8 + slot + 40000 as session_key from listening_day d cross join habit h
),
weighed as (
  select
    *,
    case when not is_away and mine(session_key, 'happens') < getvariable('happens') then
      (1e6
        * if(isodow(date) > 5, weekend, workday)
        * (1 + 0.25 * sin(day / 58.1 + slot))
        * exp(0.35 * mine_normal(day // 30 + 500, 'month') + 0.5 * mine_normal(session_key, 'length'))
      )::bigint
    else 0 end as weight
  from slotted
),
summed as (
  select *, sum(weight) over (order by session_key) as so_far, sum(weight) over () as total from weighed
),
dealt as (
  select
    * exclude (weight, so_far, total),
    (so_far * getvariable('plays') // total - (so_far - weight) * getvariable('plays') // total)::bigint as plays
  from summed
)
select
  session_key, day, known, purpose, plays,
  epoch(
    (date::timestamp + to_seconds((3600 * hour + 3600 * spread * mine_normal(session_key, 'hour'))::bigint))
    at time zone getvariable('zone')
  )::bigint * 1000 as start_ms,
  if(is_travelling, getvariable('abroad'), getvariable('country')) as country,
  -- A new phone or computer every two years or so.
  (day + 4000 + 200 * slot) // 800 as device_no,
  mine_below(10, session_key, 'device') as device_kind,
  purpose <> 'sleep' and mine(session_key, 'offline') < if(is_travelling, 0.5, 0.05) as is_offline,
  mine(session_key, 'incognito') < 0.01 as is_incognito,
  mine(session_key, 'shuffle') < 0.4 as is_shuffled,
  purpose <> 'sleep' and mine(session_key, 'mood') < 0.04 as is_loop,
  purpose <> 'sleep' and mine(session_key, 'mood') > 0.88 as is_album
from dealt where plays > 0;

create table drawn as
with slot as (
  select s.*, unnest(range(plays)) as position, session_key * 4096 + position as play_key from session s
),
-- What is looked for: something spoken, a lullaby, or a draw from the taste as it was on some day.
wanted as (
  select
    *,
    case
      when purpose = 'podcast' and position = 0 and mine(session_key, 'spoken') < 0.55 then 'podcast'
      when purpose = 'audiobook' and position < 2 and mine(session_key, 'spoken') < 0.6
        and day >= getvariable('audiobooks_from') then 'audiobook'
      else 'music'
    end as kind,
    case
      when purpose = 'sleep' then 'lullaby'
      when is_loop then 'loop'
      when is_album then 'album'
      when mine(play_key, 'way') < 0.55 then 'rotation'
      when mine(play_key, 'way') < 0.75 then 'old love'
      else 'discovery'
    end as way,
    -- Forty tracks are on rotation, the first the most; each is changed for another after its own time.
    floor(40 * pow(mine(play_key, 'rotation'), 2))::bigint as place_on_rotation,
    15 + 9 * (place_on_rotation % 7) as turn_days,
    (day + 4000 + 11 * place_on_rotation) // turn_days as turn
  from slot
),
dated as (
  select
    *,
    case way
      when 'rotation' then greatest(turn * turn_days - 4000 - 11 * place_on_rotation, getvariable('life_first'))
      when 'old love' then getvariable('life_first')
      else day
    end as as_of,
    case way
      when 'rotation' then mine(turn * 64 + place_on_rotation, 'on rotation')
      when 'old love' then mine(floor(90 * pow(mine(play_key, 'old love'), 2))::bigint, 'loved')
      when 'discovery' then mine(play_key, 'discovery')
      else mine(session_key, 'album or loop')
    end as luck,
    -- New music is found first.
    case way when 'old love' then 1.0 when 'discovery' then 2.2 else 1.6 end as bias
  from wanted
),
placed as (
  select d.*, l.known - 1 - floor(l.known * pow(luck, bias))::bigint as place
  from dated d join listening_day l on l.day = as_of
),
chosen as (
  select
    p.*,
    case way
      when 'lullaby' then l.track_key
      when 'album' then a.track_keys[1 + position % len(a.track_keys)]
      else t.track_key
    end as track_key
  from placed p
  join taste t on t.place = p.place
  left join lullaby l on way = 'lullaby' and l.place = position % (select count(*) from lullaby)
  left join album_tracks a on way = 'album' and a.release_key = t.release_key
),
timed as (
  select
    c.*,
    case c.kind
      -- A new episode of every show each week.
      when 'podcast' then
        -(1000000 + floor(12 * pow(mine(session_key, 'show'), 2))::bigint * 10000
          + (day + 4000 - mine_below(12, session_key, 'old episode')) // 7)
      when 'audiobook' then
        -(9000000 + (day - getvariable('audiobooks_from')) // 35 % 8 * 100
          + 1 + (day - getvariable('audiobooks_from')) % 35)
      -- Of one recording in nine there is a second id, and either is served, some years the one, some the other.
      else track_key * 2 + (
        uniform(track_key, 'reissued') < 0.11 and uniform(track_key * 64 + (day + 4000) // 365, 'served') < 0.5
      )::bigint
    end as known_key,
    case c.kind
      when 'podcast' then 1200000 + mine_below(3000000, known_key, 'length')
      when 'audiobook' then 600000 + mine_below(1200000, known_key, 'length')
      else duration_of(t.track_key, t.release_day)
    end as duration_ms,
    mine(play_key, 'ending') as ending
  from chosen c join track t using (track_key)
),
ended as (
  select
    *,
    case
      when purpose = 'sleep' and position < plays - 1 then 'trackdone'
      when ending < if(is_loop, 0.93, 0.64) then 'trackdone'
      when ending < 0.88 then 'fwdbtn'
      when ending < 0.92 then 'endplay'
      when ending < 0.94 then 'backbtn'
      when ending < 0.96 then 'logout'
      when ending < 0.975 then 'unexpected-exit-while-paused'
      when ending < 0.985 then 'remote'
      when ending < 0.99 then 'unexpected-exit'
      when ending < 0.995 then 'trackerror'
      else 'unknown'
    end as reason_end,
    -- Who skips does so early, and now and then at once.
    case reason_end
      -- What counts offline counts a little less, so that a track played twice is not told as the same play.
      when 'trackdone' then duration_ms - if(is_offline, mine_below(3000, play_key, 'counted'), 0)
      when 'trackerror' then 0
      when 'fwdbtn' then floor(duration_ms * pow(mine(play_key, 'share'), 3))
      else floor(duration_ms * mine(play_key, 'share'))
    end::bigint as ms_played
  from timed
)
select
  session_key, position, play_key, kind, known_key, ms_played, reason_end, country, device_no, device_kind, is_offline,
  is_incognito, is_shuffled,
  (start_ms + sum(ms_played + mine_below(2500, play_key, 'pause')) over so_far)::bigint as end_ms,
  lag(reason_end) over so_far as before
from ended
window so_far as (partition by session_key order by position);

-- Plays as Spotify keeps them, by their end. Played offline, they end all at once: when the device is online again.
create table play as
with known as (
  select
    *,
    if(is_offline,
      max(end_ms) over (partition by session_key) + 1000 * (30 + mine_below(7200, session_key, 'sync')
        -- An old phone comes out of a drawer.
        + if(mine(session_key, 'drawer') < 0.03, 86400 * 60, 0)),
      end_ms) // 1000 as ts,
    (end_ms - ms_played) // 1000 as started
  from drawn
),
numbered as (
  select *, row_number() over (order by ts, session_key, position) as play_no from known
)
select
  play_no, ts, ms_played, kind, country,
  -- Plays of which Spotify has lost what was played, files of the listener's own, tracks without a name.
  case
    when kind <> 'music' then ''
    when play_no % 1000 in (137, 411, 683) then 'metadata'
    when play_no % 1000 = 257 then 'uri'
    when play_no % 1000 = 873 then 'names'
    else ''
  end as missing,
  known_key * 4 + lost_no(missing) as item_key,
  kind in ('music', 'podcast') and missing = '' and bits(play_no, 'video') % 160 = 7 as is_video,
  (device_no * 10 + device_kind)::int as device,
  case
    when before in ('trackdone', 'fwdbtn', 'backbtn', 'endplay', 'remote', 'trackerror') then before
    when position > 0 then 'playbtn'
    else pick(['clickrow', 'playbtn', 'appload', 'remote'], session_key, 'start')
  end as reason_start,
  if(play_no % 2003 = 900, '', reason_end) as reason_end,
  if(play_no % 701 = 350, null, is_shuffled) as shuffle,
  -- From April 2015 to October 2022 a skip was not told.
  case
    when play_no % 5 = 2 and reason_end = 'trackdone' then null
    when ts between epoch(timestamp '2015-04-01') and epoch(timestamp '2022-10-15') then false
    else reason_end in ('fwdbtn', 'backbtn')
  end as skipped,
  if(play_no % 401 = 200, null, is_offline) as offline,
  -- Seconds, once milliseconds, or nothing; kept for plays online too.
  case
    when is_offline and ts >= epoch(timestamp '2021-06-01') then started
    when is_offline then started * 1000 + play_no % 1000
    when play_no % 4 = 1 then null
    when play_no % 7 = 3 then 0
    when ts >= epoch(timestamp '2021-06-01') then started
    else started * 1000 + play_no % 1000
  end as offline_timestamp,
  if(play_no % 809 = 404, null, is_incognito) as incognito
from numbered
order by play_no;

drop table drawn;

-- Careers: what the public of each region makes of each track.
--
-- A career is a series of episodes, each a rise, a peak and a decline; a track that comes back has
-- more than one. Scores are logarithmic: a track's streams are market × exp(score / 2). Peaks are
-- nearly exponential, which gives the power law of real charts: the first place of the global chart
-- has some fifteen times the streams of the two-hundredth. A track with a score below 0 is heard by
-- nobody who counts, so there an episode ends.

-- The day that New Year falls on.
create macro year_start(y) as (make_date(y, 1, 1) - date '2017-01-01');

create table episode as
with
-- Where a track is heard at all, and how much more or less than its appeal says.
audience as (
  select
    t.*, r.region_no, t.track_key * 70 + r.region_no as audience_key,
    ln(1 + exp(1.7 * appeal)) as quality,
    case
      when t.kind <> 'career' then 0.3 * normal(audience_key, 'taste')
      when t.stream = 0
        then 0.4 * normal(audience_key, 'taste') + if(r.zone = t.zone, 0.5, 0) + if(r.region_no = 0, 0.3, 0)
      -- A local hit weighs in the global chart what its market weighs there.
      when r.region_no = 0 then 2 * ln(home.market / r.market)
      when r.region_no = t.stream then 0.3
      else -0.6 + 0.4 * normal(audience_key, 'taste')
    end as taste
  from track t
  join region r on r.region_no < getvariable('region_count')
  left join region home on home.region_no = t.stream
  where t.kind <> 'catalogue'
    and case
      when t.kind = 'career' and t.stream = 0
        then r.region_no = 0 or uniform(audience_key, 'reach') < 0.6 + 0.1 * quality
      when t.kind = 'career'
        then r.region_no in (0, t.stream) or (r.zone = home.zone and uniform(audience_key, 'reach') < 0.3)
      else uniform(audience_key, 'reach') < if(t.kind = 'evergreen', 0.6, 0.8)
    end
),
shaped as (
  select
    *,
    0.25 + 0.85 * quality + taste as peak,
    -- A star's release, or an album track, is at its peak the day after; others spread by word of mouth.
    if(position > 0 or uniform(recording_key, 'debut') < 0.25 + 0.2 * (stream = 0)::int,
      1, 4 + floor(34 * pow(uniform(audience_key, 'rise'), 2)))::bigint as rise_days,
    release_day
      + if(stream = 0 and rise_days > 1, floor(12 * pow(uniform(audience_key, 'delay'), 2)), 0)::bigint
      as first_day,
    -- Days to lose one unit of score. Album tracks other than the single do not stay.
    if(position > 0, 9.0, 40.0) * (0.6 + 0.3 * quality)
      * exp(0.6 * normal(recording_key, 'fade') + 0.2 * normal(audience_key, 'fade')) as fade_days
  from audience
),
first_wave as (
  select
    track_key, region_no, audience_key, recording_key, 0 as wave, peak,
    first_day, first_day + rise_days as peak_day, peak / rise_days as climb, fade_days
  from shaped where kind = 'career'
),
-- Some songs come back, everywhere at about the same time: a film, a dance, a death.
second_wave as (
  select
    track_key, region_no, audience_key, recording_key, 1, 0.4 + 0.55 * peak,
    greatest(
      peak_day + (fade_days * peak)::bigint + 3,
      first_day + 50 + below(220, recording_key, 'revival day') + below(6, audience_key, 'revival delay')
    ) as start_day,
    start_day + 6, (0.4 + 0.55 * peak) / 6, 0.6 * fade_days
  from first_wave
  where peak > 0.4 and uniform(recording_key, 'revival') < 0.1
),
evergreen as (
  select
    track_key, region_no, audience_key, recording_key, 0,
    0.1 + pow(uniform(audience_key, 'evergreen'), 2) + 0.25 * taste as level,
    -1500, -1400, level / 100, 20000.0
  from shaped where kind = 'evergreen'
),
-- Christmas songs climb for a month and are gone by New Year; a few belong to Halloween.
seasonal as (
  select
    track_key, region_no, audience_key, recording_key, y - 2000, 1.2 + 0.9 * quality + taste as height,
    top_day - climb_days, top_day, height / climb_days, if(is_christmas, 0.9, 0.6)
  from (
    select *, track_key // 16 % 22 < 18 as is_christmas,
      year_start(y) + if(is_christmas, 357, 303) as top_day,
      if(is_christmas, 22 + below(16, track_key, 'season length'), 9) as climb_days
    from shaped cross join range(2016, 2023) as years(y)
    where kind = 'seasonal'
  )
),
wave as (
  from first_wave
  union all from second_wave
  union all from evergreen
  union all from seasonal
),
ended as (
  select
    *,
    peak_day + floor(fade_days * peak)::bigint as last_day,
    audience_key * 32 + wave as episode_key
  from wave where peak > 0
)
select
  episode_key, track_key, region_no, wave,
  first_day, peak_day, last_day,
  peak, climb, fade_days,
  -- The viral chart follows talk, not streams: a short burst near the start, open to the unknown.
  first_day + 2 + below(6, episode_key, 'viral day') as viral_day,
  0.9 * normal(recording_key, 'talk') + 0.7 * normal(episode_key, 'talk') as viral_peak,
  0.05 + 0.10 * uniform(episode_key, 'viral fade') as viral_fade
from ended
where last_day >= getvariable('first_day') - 1 and first_day <= getvariable('horizon');

-- Only tracks that somebody hears in the time of the charts stay in the world.
delete from track
where kind <> 'catalogue' and track_key not in (select track_key from episode);

-- Small numbers for the tracks that chart, so that a ranking key fits one integer.
create table charting as
select (row_number() over (order by track_key))::bigint as track_no, track_key
from track where kind <> 'catalogue';

create table career as
select track_no, e.* exclude (track_key)
from episode e join charting using (track_key);

-- Opinion drifts from week to week and flickers from day to day; days may be negative, hence the shift.
create macro week_drift(episode_key, week) as normal(episode_key * 512 + week, 'week');
create macro wobble(episode_key, day) as
  0.30 * (
    week_drift(episode_key, (day + 7000) // 7) * (1 - (day + 7000) % 7 / 7.0)
    + week_drift(episode_key, (day + 7000) // 7 + 1) * ((day + 7000) % 7 / 7.0)
  )
  + 0.03 * normal(episode_key * 4096 + day, 'day');

-- The truth that every chart is a view of: the score of each heard track, region and day in [lo, hi].
create macro daily_score(lo, hi) as table
with heard as (
  select *, unnest(range(greatest(first_day, lo), least(last_day, hi) + 1)) as day
  from career
  where first_day <= hi and last_day >= lo
)
select
  region_no, day, track_no,
  peak - if(day < peak_day, (peak_day - day) * climb, (day - peak_day) / fade_days) as trend_score,
  trend_score + wobble(episode_key, day) as score,
  -- Where there is too little talk the viral chart falls back on what is heard.
  if(day - first_day < 45,
    greatest(viral_peak - abs(day - viral_day) * viral_fade + 0.5 * wobble(episode_key, day), -5.0),
    -6.0 + 0.1 * score) as viral_score
from heard;

-- One integer that sorts by score and remembers the track, so that the best n of a chart are the n
-- largest integers: no sort over all rows, and ties are settled. Scores stay above -8.
create macro ranking_key(score, track_no) as ((score + 8) * 65536)::bigint * 1048576 + track_no;
create macro track_in(key) as key & 1048575;
create macro score_in(key) as (key >> 20) / 65536.0 - 8;

-- Streaming grew by a sixth a year; Fridays and Saturdays are the loudest.
create macro growth(day) as pow(1.17, day / 365.25);
create macro streams_of(score, market, day) as
  floor(
    market * growth(day) * [0.88, 0.95, 0.97, 0.98, 1.0, 1.1, 1.06][1 + (day + 7000) % 7] * exp(score / 2)
  )::bigint;

-- The Kaggle dump, a stretch of days [lo, hi] at a time.

-- Text is put together once a track, not once a row.
create table chart_sleeve as
select
  track_no,
  csv_field(title) as title,
  csv_field(array_to_string(artists, ', ')) as artist,
  track_id
from charting join sleeve using (track_key);

-- Dirt: one row of every two thousand, every kind in turn.
create macro dirt_of(row_no) as
  if(row_no % 2000 = bits(row_no // 2000, 'dirty row') % 2000,
    getvariable('dirty_kinds')[1 + (row_no // 2000) % len(getvariable('dirty_kinds'))],
    null);

-- The best tracks of each chart, best first, as ranking keys.
create macro chart_ranking(lo, hi) as table
with best as (
  select
    region_no, day,
    max(ranking_key(score, track_no), 200) as by_streams,
    max(ranking_key(viral_score, track_no), 50) as by_talk
  from daily_score(lo, hi)
  group by region_no, day
)
select region_no, day, 0 as chart_no, by_streams as keys from best
union all
select region_no, day, 1, by_talk from best;

create macro chart_lines(lo, hi) as table
with
ranking as materialized (from chart_ranking(lo - 1, hi)),
slot as (
  select
    region_no, day, chart_no, keys,
    unnest(range(1, depth + 1)) as rank,
    first_row + rank - 1 as row_no,
    dirt_of(row_no) as dirt,
    -- Two kinds of dirt show the neighbour's track again.
    if(dirt in ('duplicate row', 'two ranks'), if(rank = 1, 2, rank - 1), rank) as source_rank,
    if(dirt = 'duplicate row', source_rank, rank) as shown_rank
  from ranking join chart_day using (region_no, day, chart_no)
  where day >= lo
),
entry as (
  select *, track_in(keys[source_rank]) as track_no, score_in(keys[source_rank]) as score
  from slot
),
-- Yesterday as it was listed; before the first day of the file, as it would have been.
yesterday as (
  select
    region_no, chart_no, day + 1 as day,
    unnest(range(1, listed + 1)) as rank, track_in(keys[rank]) as track_no
  from (
    select r.*, coalesce(depth, if(day < getvariable('first_day'), len(keys), 0)) as listed
    from ranking r left join chart_day using (region_no, day, chart_no)
    where r.day < hi
  )
),
told as (
  select
    e.region_no, e.day, e.chart_no, e.row_no, e.dirt, e.track_no, e.shown_rank as rank, e.score,
    case
      when y.rank is null then 'NEW_ENTRY'
      when y.rank > e.shown_rank then 'MOVE_UP'
      when y.rank < e.shown_rank then 'MOVE_DOWN'
      else 'SAME_POSITION'
    end as trend
  from entry e left join yesterday y using (region_no, chart_no, day, track_no)
),
field as (
  select
    row_no, dirt, s.title, s.artist,
    case dirt
      when 'rank not a number' then 'n/a'
      when 'rank out of range' then (rank + 1000)::varchar
      else rank::varchar
    end as rank,
    if(dirt = 'impossible date', '2021-02-30', (date '2017-01-01' + day::int)::varchar) as date,
    case dirt
      when 'no url' then ''
      when 'url without a track' then 'https://open.spotify.com/track/'
      else 'https://open.spotify.com/track/' || s.track_id
    end as url,
    if(dirt = 'unknown region', 'Atlantis', r.region) as region,
    if(dirt = 'unknown chart', 'top100', ['top200', 'viral50'][1 + chart_no]) as chart,
    trend,
    case
      when dirt = 'streams not a number' then '12;5x'
      when chart_no = 0 then streams_of(score, r.market, day)::varchar
      else ''
    end as streams
  from told
  join chart_sleeve s using (track_no)
  join region r using (region_no)
)
select
  row_no,
  case dirt
    when 'too few fields' then concat_ws(',', title, rank, date)
    else concat_ws(',', title, rank, date, artist, url, region, chart, trend, streams)
      || if(coalesce(dirt, '') = 'too many fields', ',,more', '')
  end as line
from field;

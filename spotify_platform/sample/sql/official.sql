-- Downloads of charts.spotify.com: the first 200 of a region, daily or weekly, with the history that each
-- track has in that chart. The history of every chart begins on the first day of the world; weeks run
-- from Friday to Thursday, and the first is the first whole one.

create macro first_friday() as
  getvariable('first_day') + (5 - (getvariable('first_day') + 7000) % 7 + 7) % 7;

create table official_entry as
with heard as (
  select
    region_no, day, track_no,
    ranking_key(score, track_no) as key,
    streams_of(score, market, day) as streams
  from daily_score(getvariable('first_day'), getvariable('horizon')) join region using (region_no)
  where region_no in (0, 1, 2)
),
best as (
  select region_no, 'daily' as cadence, day, max(key, 200) as keys
  from heard
  group by region_no, day
  union all
  -- A week's place follows the sum of its days, whether or not each of them made the daily chart.
  select region_no, 'weekly', last_of_week, max(streams * 1048576 + track_no, 200)
  from (
    select region_no, track_no, first_friday() + (day - first_friday()) // 7 * 7 + 6 as last_of_week,
      sum(streams)::bigint as streams
    from heard where day >= first_friday()
    group by all
  )
  where last_of_week <= getvariable('horizon')
  group by region_no, last_of_week
),
ranked as (
  select
    region_no, cadence, day, unnest(range(1, len(keys) + 1)) as rank,
    track_in(keys[rank]) as track_no,
    if(cadence = 'weekly', keys[rank] >> 20, streams_of(score_in(keys[rank]), market, day)) as streams
  from best join region using (region_no)
)
select
  *,
  if(lag(day) over career = day - if(cadence = 'weekly', 7, 1), lag(rank) over career, -1) as previous_rank,
  min(rank) over career as peak_rank,
  row_number() over career as times_on_chart
from ranked
window career as (partition by region_no, cadence, track_no order by day);

create view official_line as
select
  region_no, cadence, day, rank,
  concat_ws(',',
    rank, quoted('spotify:track:' || track_id), quoted(array_to_string(artists, ', ')), quoted(title),
    quoted(label), peak_rank, previous_rank, times_on_chart, quoted(streams::varchar)
  ) as line
from official_entry
join charting using (track_no)
join sleeve using (track_key);

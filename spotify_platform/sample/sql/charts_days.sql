-- The plan with the bar found: what is over the rows asked for comes off the smallest charts, from the
-- bottom. first_row counts the rows of the file before each chart.
create table chart_day as
with sized as (
  select *, sum(depth) over (order by listening, region_no, day, chart_no desc) as rows_so_far
  from planned(getvariable('bar')) where depth > 0
),
trimmed as (
  select
    region_no, day, chart_no,
    least(depth, greatest(0, rows_so_far - (sum(depth) over () - getvariable('rows'))))::bigint as depth
  from sized
)
select
  region_no, day, chart_no, depth,
  (sum(depth) over (order by day, region_no, chart_no) - depth)::bigint as first_row
from trimmed where depth > 0;

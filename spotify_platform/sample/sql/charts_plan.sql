-- Which charts there are, and how long each is. A chart lists the tracks with enough streams, so those
-- of small markets are short; the bar is set so that the rows of all charts are just those asked for.

create table market_day as
select region_no, day, market * growth(day) as listening
from region
cross join range(getvariable('first_day'), getvariable('last_day') + 1) as days(day)
where region_no < getvariable('region_count') and day >= launch_day;

-- Streams fall with the square root of the rank: a market with half the listening has a quarter of the
-- ranks above the bar. 400 is about the rank at which a score is 0.
create macro ranks_above(listening, bar) as 400 * pow(listening / bar, 2);

create macro planned(bar) as table
select
  region_no, day, listening, 0 as chart_no,
  least(200, floor(ranks_above(listening, bar)))::bigint as depth
from market_day
union all
-- Talk needs fewer listeners: the viral chart is nearly always whole.
select region_no, day, listening, 1, least(50, floor(20 * ranks_above(listening, bar)))::bigint
from market_day;

-- What an answer of the world's server needs that depends on the moment. Days count from 2017-01-01.

create macro day_on(day) as strftime(date '2017-01-01' + day::int, '%Y-%m-%d');

-- A place of a playlist is given to another track every two weeks to three months, each place at its own time.
create macro place_key(playlist_no, position) as playlist_no * 1000 + position;
create macro stay(key) as 14 + below(76, key, 'stay');
create macro turn(key, day) as (day + below(stay(key), key, 'first turn')) // stay(key);

create macro playlist_entries(wanted, day) as table
with drawn as (
  select
    playlist_no, owner, position, place_key(playlist_no, position) as key, turn(key, day) as generation,
    floor(candidates * pow(uniform(key * 65536 + generation, 'candidate'), 1.5))::bigint as place
  from served.playlist
  join (select playlist_no, count(*) as candidates from served.playlist_candidate group by all) using (playlist_no)
  cross join range(200) as positions(position)
  where playlist_no = wanted and position < size
),
-- A track that is drawn twice is there once.
kept as (from drawn qualify row_number() over (partition by place order by position) = 1)
select
  row_number() over (order by position) - 1 as position,
  track_id,
  -- Playlists of people have what is no track, or none any more.
  case
    when owner = 'listener' and position = 3 then 'episode'
    when owner = 'listener' and position = 7 then 'local'
    when owner = 'listener' and position = 11 then 'removed'
    else 'track'
  end as kind,
  day_on(generation * stay(key) - below(stay(key), key, 'first turn')) as added_on
from kept join served.playlist_candidate using (playlist_no, place);

-- The listener likes some favourites more for a week, a month or half a year.
create macro tracks_on_top(span, days, day) as table
select *, row_number() over (order by -0.02 * place + 1.5 * normal(track_key * 4096 + day // days, span) desc) as top
from served.favourite
limit 200;

create macro artists_on_top(span, days, day) as table
with heard as (
  select unnest(credits).id as artist_id, 1.0 / (top + 5) as weight from tracks_on_top(span, days, day)
)
select artist_id, row_number() over (order by sum(weight) desc, artist_id) as top from heard group by artist_id limit 200;

-- Plays from one moment to another (seconds since 1970): a listener begins some hours between 7 and 23, and then
-- hears ten tracks an hour.
create macro plays(earliest, latest) as table
select
  slot * 360 + below(120, slot, 'second of play') as played_at, track_id,
  -- Whole hours are from a playlist, and others from nothing that is told.
  if(uniform(slot // 10, 'from a playlist') < 0.5,
    (select playlist_id from served.playlist where playlist_no = 0), null) as from_playlist
from range(earliest // 360, latest // 360 + 1) as slots(slot)
join served.favourite
  on place = floor((select count(*) from served.favourite) * pow(uniform(slot, 'which favourite'), 2))::bigint
where slot // 10 % 24 between 7 and 22 and uniform(slot // 10, 'in the mood') < 0.35 and uniform(slot, 'heard') < 0.85
  and played_at between earliest and latest;

-- What a country hears most on Last.fm: its own, its neighbours', and what all hear, a little else every week.
create macro heard_in(country_code, week) as table
select
  t.*,
  row_number() over (
    order by 1.2 * appeal + if(upper(home) = country_code, 2.2, 0) + if(t.zone = c.zone, 0.7, 0)
      + 0.8 * normal(lastfm_no * 1000 + hash(country_code) % 1000, 'country')
      + 0.25 * normal(lastfm_no * 1000 + hash(country_code) % 1000, 'week ' || week) desc, lastfm_no
  ) - 1 as place
from served.lastfm_track t
left join served.country c on c.code = country_code;

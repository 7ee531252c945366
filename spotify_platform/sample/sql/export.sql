-- The rows of one export, by the variables `generation`, `since`, `until` (seconds of the epoch), `malformed`.
-- The older a generation, the less it knows: endsong files have no videos and no audiobooks, old-account data
-- has no audiobooks and its podcasts are among the music.

create or replace table exported as
with chosen as (
  select
    play_no,
    case
      when getvariable('generation') = 'extended' and is_video then 'video'
      when getvariable('generation') in ('extended', 'endsong') then 'audio'
      when getvariable('generation') = 'old-account' then 'music'
      else kind
    end as file_kind
  from play
  where ts >= getvariable('since') and ts < getvariable('until')
    and not (getvariable('generation') = 'endsong' and (is_video or kind = 'audiobook'))
    and not (getvariable('generation') = 'old-account' and kind = 'audiobook')
),
placed as (
  select *, row_number() over (order by play_no) - 1 as place, count(*) over () as plays from chosen
),
every as (
  select *, 0 as flaw from placed
  union all
  -- A few rows stand twice.
  select *, 0 from placed where play_no % 1201 = 600
  union all
  select placed.*, 1 + k % len(getvariable('flaws'))
  from range(getvariable('malformed')) as flawed(k)
  join placed on place = k * plays // getvariable('malformed')
)
select
  row_number() over (
    partition by file_kind
    -- endsong files are in no order.
    order by if(getvariable('generation') = 'endsong', bits(play_no, 'endsong'), 0), play_no, flaw
  ) as row_no,
  * exclude (place, plays, flaw), flaw::tinyint as flaw
from every
order by file_kind, row_no;

insert into told
select
  getvariable('export_no'), is_account, flaw, play_no,
  -- What the row itself tells of its kind.
  case
    when file_kind in ('video', 'music') then file_kind
    when play.missing = 'metadata' then 'unknown'
    else play.kind
  end,
  if(is_account, ts // 60, ts), if(is_account, name_no, uri_no), ms_played,
  name_no > 0, uri_no > 0 and not is_account, is_reissue and uri_no > 0 and not is_account, ts
from (select *, getvariable('generation') in ('account', 'old-account') as is_account from exported)
join play using (play_no)
join item using (item_key);

-- Rows `first` to `last` of a kind of file, every `step`th, as they are written.
create or replace macro export_lines(of_kind, first, last, step) as table
with wanted as (
  select row_no, play_no, flaw,
    -- An endsong file is one line.
    if(row_no = last, '', ',') || if(getvariable('generation') = 'endsong', '', chr(10)) as ending
  from exported
  where file_kind = of_kind and row_no between first and last and (row_no - first) % step = 0
)
select
  row_no,
  case
    when flaw = 5 then '  "no play"' || ending
    when getvariable('generation') = 'extended' then extended_line(
      ts, flaw, platform, ms_played, country, extended, reason_start, reason_end, shuffle, skipped, offline,
      offline_timestamp, incognito, ending)
    when getvariable('generation') = 'endsong' then endsong_line(
      ts, flaw, platform, ms_played, country, play_no % 3 = 0, endsong, reason_start, reason_end, shuffle, skipped,
      offline, offline_timestamp, incognito, ending)
    when getvariable('generation') = 'account' then account_line(ts, flaw, account, ms_played, ending)
    else account_line(ts, flaw, old_account, ms_played, ending)
  end as text
from wanted
join play using (play_no)
join item using (item_key)
join device using (device);

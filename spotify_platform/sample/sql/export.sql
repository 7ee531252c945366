-- The rows of one export, by the variables `generation`, `since`, `until` (seconds of the epoch), `malformed`.
-- The older a generation, the less it knows: endsong files have no videos and no audiobooks, old account data
-- has no audiobooks and its podcasts are among the music.

create or replace table exported as
with chosen as (
  select
    p.*,
    case
      when getvariable('generation') = 'extended' and is_video then 'video'
      when getvariable('generation') in ('extended', 'endsong') then 'audio'
      when getvariable('generation') = 'old account' then 'music'
      else kind
    end as file_kind,
    -- What the row itself tells of its kind.
    case
      when file_kind in ('video', 'music') then file_kind
      when missing = 'metadata' then 'unknown'
      else kind
    end as told_kind
  from play p
  where ts >= getvariable('since') and ts < getvariable('until')
    and not (getvariable('generation') = 'endsong' and (is_video or kind = 'audiobook'))
    and not (getvariable('generation') = 'old account' and kind = 'audiobook')
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
    order by if(getvariable('generation') = 'endsong', bits(play_no, 'endsong')::hugeint, ts), play_no, flaw
  ) as row_no,
  * exclude (place, plays, flaw), flaw::tinyint as flaw
from every
order by file_kind, row_no;

insert into told
select
  getvariable('export_no'), is_account, flaw, play_no, told_kind,
  if(is_account, ts // 60, ts), if(is_account, name_no, uri_no), ms_played,
  name_no > 0, uri_no > 0 and not is_account, is_reissue and uri_no > 0 and not is_account, ts
from (select *, getvariable('generation') in ('account', 'old account') as is_account from exported)
join item using (item_key, kind, missing);

create or replace view export_line as
select
  row_no, file_kind, ts,
  case
    when flaw = 5 then '  "no play"'
    when getvariable('generation') = 'extended' then
      '  {' || chr(10)
      || '    "ts": ' || written_end(instant(ts), flaw)
      || extended_gap() || '"platform": ' || platform
      || extended_gap() || '"ms_played": ' || written_ms(ms_played, flaw)
      || extended_gap() || '"conn_country": "' || country || '"'
      || extended_gap() || '"ip_addr": ' || to_json(getvariable('ip_addr'))::varchar
      || extended_gap() || extended
      || told_of_play(extended_gap(), ': ', e)
      || chr(10) || '  }'
    when getvariable('generation') = 'endsong' then
      '{"ts":' || written_end(instant(ts), flaw)
      || ',"username":' || to_json(getvariable('username'))::varchar
      || ',"platform":' || platform
      || ',"ms_played":' || written_ms(ms_played, flaw)
      || ',"conn_country":"' || country || '"'
      || ',"ip_addr_decrypted":' || to_json(getvariable('ip_addr'))::varchar
      || ',"user_agent_decrypted":' || if(play_no % 3 = 0, to_json(getvariable('user_agent'))::varchar, '"unknown"')
      || ',' || endsong
      || told_of_play(',', ':', e)
      || '}'
    else
      '  {' || chr(10)
      || '    "endTime" : ' || written_end(left(replace(instant(ts), 'T', ' '), 16), flaw) || ',' || chr(10)
      || if(getvariable('generation') = 'account', account, old_account)
      || '    "msPlayed" : ' || written_ms(ms_played, flaw) || chr(10)
      || '  }'
  end as line
from exported e
join item using (item_key, kind, missing)
join device using (device);

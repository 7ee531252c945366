-- How privacy exports write what was played: each generation of them in its own words.

create macro member(key, value) as '"' || key || '": ' || coalesce(to_json(value)::varchar, 'null');
create macro account_member(key, value) as
  '    "' || key || '" : ' || coalesce(to_json(value)::varchar, 'null') || ',' || chr(10);
create macro truth(value) as case value when true then 'true' when false then 'false' else 'null' end;
create macro instant(ts) as strftime(make_timestamp(ts * 1000000), '%Y-%m-%dT%H:%M:%SZ');

-- Twelve shows with an episode each week, eight books with thirty-five chapters.
create table spoken as
with series as (
  select unnest([
    'The Long Way Round', 'Küchenradio', 'Bits & Pieces', 'Slow Science', 'Nachtzug', 'Two Chairs', '"Off the Record"',
    'Paper Trails', 'Was bleibt', 'Half a Map', 'The Weekly Ferry', 'Signal und Rauschen'
  ]) as name, unnest(range(12)) as show_no
),
book as (
  select unnest([
    'The Salt Road', 'Winterlicht', 'A House of Doors', 'The Cartographer''s Son', 'Elf Tage im Mai', 'Low Water',
    'The Glass Orchard', 'Nordwärts'
  ]) as title, unnest([
    'Ines Marlow', 'Jonas Brandt', 'Odile Farrow', 'Peter Quill', 'Ines Marlow', 'Ada Whitcombe', 'Odile Farrow',
    'Jonas Brandt'
  ]) as author, unnest(range(8)) as book_no
)
select
  -(1000000 + show_no * 10000 + episode_no) as known_key,
  '#' || episode_no || pick([' - ', ': ', ' | '], show_no, 'dash')
    || pick(['On Waiting', 'A Letter', 'Übermorgen', 'The Map', 'Zwei Stimmen', 'Left Luggage', 'What Remains'],
      show_no * 10000 + episode_no, 'episode') as name,
  s.name as owner, 'spotify:episode:' || identifier(show_no * 10000 + episode_no, 'episode') as uri,
  null as parent_uri, null as author
from series s cross join range(1500) as episodes(episode_no)
union all
select
  -(9000000 + book_no * 100 + chapter_no), 'Chapter ' || chapter_no, title,
  'spotify:episode:' || identifier(book_no * 100 + chapter_no, 'chapter'),
  'spotify:show:' || identifier(book_no, 'book'), author
from book cross join range(1, 36) as chapters(chapter_no);

-- What was played: names and URIs, as far as the export has them. The numbers of URIs and of names, 0 where
-- there is none, stand for them where plays are counted.
create table item as
with played as (
  select distinct item_key, kind, missing, (item_key - lost_no(missing)) // 4 as known_key from play
),
told as (
  select
    p.*,
    case p.kind when 'music' then t.title else s.name end as known_name,
    case p.kind when 'music' then t.artists[1] else s.owner end as known_owner,
    -- The second id of a recording is that of its single.
    case when p.kind = 'music' then if(p.known_key % 2 = 1, t.title, t.album) end as known_album,
    case
      when p.kind <> 'music' then s.uri
      when p.known_key % 2 = 1 then 'spotify:track:' || identifier(p.known_key // 2, 'reissue')
      else 'spotify:track:' || t.track_id
    end as known_uri,
    s.parent_uri, s.author,
    p.kind = 'music' and p.known_key % 2 = 1 as is_reissue
  from played p
  left join sleeve t on p.kind = 'music' and t.track_key = p.known_key // 2
  left join spoken s on s.known_key = p.known_key
),
written as (
  select
    item_key, kind, missing, parent_uri, author, is_reissue,
    if(missing in ('metadata', 'names'), null, known_name) as name,
    if(missing in ('metadata', 'names'), null, known_owner) as owner,
    if(missing in ('metadata', 'names'), null, known_album) as album,
    if(missing in ('metadata', 'uri'), null, known_uri) as uri
  from told
),
numbered as (
  select
    *,
    if(uri is null, 0, dense_rank() over (order by uri)) as uri_no,
    if(name is null, 0, dense_rank() over (order by kind, owner, name)) as name_no
  from written
),
membered as (
  select
    *,
    [
      member('master_metadata_track_name', if(kind = 'music', name, null)),
      member('master_metadata_album_artist_name', if(kind = 'music', owner, null)),
      member('master_metadata_album_album_name', if(kind = 'music', album, null)),
      member('spotify_track_uri', if(kind = 'music', uri, null)),
      member('episode_name', if(kind = 'podcast', name, null)),
      member('episode_show_name', if(kind = 'podcast', owner, null)),
      member('spotify_episode_uri', if(kind = 'podcast', uri, null))
    ] as members,
    [
      member('audiobook_title', if(kind = 'audiobook', owner, null)),
      member('audiobook_uri', if(kind = 'audiobook', parent_uri, null)),
      member('audiobook_chapter_uri', if(kind = 'audiobook', uri, null)),
      member('audiobook_chapter_title', if(kind = 'audiobook', name, null))
    ] as book_members
  from numbered
)
select
  * exclude (members, book_members, author, parent_uri),
  array_to_string(members || book_members, ',' || chr(10) || '    ') as extended,
  array_to_string(list_transform(members, lambda m: regexp_replace(m, '^("[a-z_]+":) ', '\1')), ',') as endsong,
  case kind
    when 'podcast' then account_member('podcastName', owner) || account_member('episodeName', name)
    when 'audiobook' then account_member('authorName', author) || account_member('audiobookName', owner)
      || account_member('chapterName', name)
    else account_member('artistName', coalesce(owner, 'Unknown Artist'))
      || account_member('trackName', coalesce(name, 'Unknown Track'))
  end as account,
  account_member('artistName', coalesce(owner, 'Unknown Artist'))
    || account_member('trackName', coalesce(name, 'Unknown Track')) as old_account
from membered;

-- Every row of every export written so far, as far as counting needs it: `moment` and `what` are the second and
-- the URI, or the minute and the names in account data.
create table told (
  export_no int, is_account boolean, flaw tinyint, play_no bigint, kind varchar,
  moment bigint, what bigint, ms_played bigint, has_name boolean, has_uri boolean, is_reissue boolean, ts bigint
);

create macro platform_of(device) as
  case
    when device % 10 < 5 then 'Android OS ' || (4 + device // 10 % 9) || ' API ' || (19 + 2 * (device // 10 % 9))
      || pick([' (samsung, SM-G991B)', ' (Fairphone, FP3)', ' (Google, Pixel 4a)'], device, 'phone')
    when device % 10 < 7 then 'iOS ' || (8 + device // 10 % 9) || '.' || device // 10 % 5 || ' (iPhone11,8)'
    when device % 10 = 7 then 'Windows 10 (10.0.19042; x64; AppX)'
    when device % 10 = 8 then 'web_player windows 10;chrome ' || (60 + 4 * (device // 10)) || '.0;desktop'
    else 'Partner google cast;Google;Chromecast;'
  end;

create table device as
select device, to_json(platform_of(device))::varchar as platform from (select distinct device from play);

-- Flaws by number, from 1: as `FLAWS` names them.
create macro extended_gap() as ',' || chr(10) || '    ';
create macro written_ms(ms_played, flaw) as
  case flaw when 1 then '-1' when 2 then '"three minutes"' else ms_played::varchar end;
create macro written_end(text, flaw) as
  case flaw when 3 then '"2021-13-45 99:00"' when 4 then 'null' else '"' || text || '"' end;
create macro extended_line(
  ts, flaw, platform, ms_played, country, members, reason_start, reason_end, shuffle, skipped, offline,
  offline_timestamp, incognito, ending
) as concat(
  '  {', chr(10),
  '    "ts": ', written_end(instant(ts), flaw),
  extended_gap(), '"platform": ', platform,
  extended_gap(), '"ms_played": ', written_ms(ms_played, flaw),
  extended_gap(), '"conn_country": "', country, '"',
  extended_gap(), '"ip_addr": ', to_json(getvariable('ip_addr'))::varchar,
  extended_gap(), members,
  extended_gap(), '"reason_start": "', reason_start, '"',
  extended_gap(), '"reason_end": "', reason_end, '"',
  extended_gap(), '"shuffle": ', truth(shuffle),
  extended_gap(), '"skipped": ', truth(skipped),
  extended_gap(), '"offline": ', truth(offline),
  extended_gap(), '"offline_timestamp": ', coalesce(offline_timestamp::varchar, 'null'),
  extended_gap(), '"incognito_mode": ', truth(incognito),
  chr(10), '  }', ending);
create macro endsong_line(
  ts, flaw, platform, ms_played, country, with_agent, members, reason_start, reason_end, shuffle, skipped, offline,
  offline_timestamp, incognito, ending
) as concat(
  '{"ts":', written_end(instant(ts), flaw),
  ',"username":', to_json(getvariable('username'))::varchar,
  ',"platform":', platform,
  ',"ms_played":', written_ms(ms_played, flaw),
  ',"conn_country":"', country, '"',
  ',"ip_addr_decrypted":', to_json(getvariable('ip_addr'))::varchar,
  ',"user_agent_decrypted":', if(with_agent, to_json(getvariable('user_agent'))::varchar, '"unknown"'),
  ',', members,
  ',"reason_start":"', reason_start, '"',
  ',"reason_end":"', reason_end, '"',
  ',"shuffle":', truth(shuffle),
  ',"skipped":', truth(skipped),
  ',"offline":', truth(offline),
  ',"offline_timestamp":', coalesce(offline_timestamp::varchar, 'null'),
  ',"incognito_mode":', truth(incognito),
  '}', ending);
create macro account_line(ts, flaw, members, ms_played, ending) as concat(
  '  {', chr(10),
  '    "endTime" : ', written_end(strftime(make_timestamp(ts * 1000000), '%Y-%m-%d %H:%M'), flaw), ',', chr(10),
  members,
  '    "msPlayed" : ', written_ms(ms_played, flaw), chr(10),
  '  }', ending);

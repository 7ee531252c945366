-- Plays of every listener, each once. Nothing is left out for being short, or for what a listener does not want
-- counted: exclusion names the rule, and queries decide. Days and hours are those of the listener's time zone.
WITH plays AS (
    SELECT
        play.listener, play.played_at, play.played_second, play.ms_played, play.history, play.medium,
        COALESCE(play.track_id, matched.track_id) AS track_id,
        CASE WHEN play.track_id IS NOT NULL THEN 'id' WHEN matched.track_id IS NOT NULL THEN matched.matched_by END
            AS track_by,
        COALESCE(play.track_uri, play.episode_uri, play.chapter_uri, play.audiobook_uri) AS uri,
        CASE
            WHEN play.track_uri IS NOT NULL OR play.track_name IS NOT NULL THEN 'music'
            WHEN play.episode_uri IS NOT NULL OR play.episode_name IS NOT NULL THEN 'podcast'
            WHEN play.chapter_uri IS NOT NULL OR play.audiobook_uri IS NOT NULL OR play.audiobook_title IS NOT NULL
                THEN 'audiobook'
            WHEN play.medium = 'video' THEN 'video'
        END AS kind,
        COALESCE(play.track_name, play.episode_name, play.chapter_title, play.audiobook_title) AS title,
        COALESCE(play.artist_name, play.show_name, play.audiobook_title) AS creator,
        play.album_name, play.platform, play.country, play.reason_start, play.reason_end, play.shuffle, play.skipped,
        play.offline, play.incognito, play.file_id, play.record
    FROM candidates.play_rows AS play
    INNER JOIN cleandata.play_outcomes AS outcome
        ON outcome.file_id = play.file_id AND outcome.record = play.record AND outcome.is_kept = TRUE
    LEFT JOIN cleandata.stream_matches AS matched
        ON matched.listener = play.listener AND matched.track_name = play.track_name
        AND matched.artist_name = play.artist_name AND play.track_uri IS NULL
),
excluded_things AS (
    SELECT listener, what, LOWER(name) AS lowered, MIN(set_name) AS set_name
    FROM candidates.exclusions
    GROUP BY listener, what, LOWER(name)
)
SELECT
    play.listener,
    play.played_at,
    play.ms_played,
    play.kind,
    play.medium,
    play.history,
    play.track_id,
    play.track_by,
    play.uri,
    play.title,
    play.creator,
    play.album_name,
    play.platform,
    play.country,
    play.reason_start,
    play.reason_end,
    play.shuffle,
    play.skipped,
    play.offline,
    play.incognito,
    DATE_ADD(
        DATE '1970-01-01',
        CAST(FLOOR((play.played_second + COALESCE(zone.offset_seconds, 0)) / NULLIF(86400, 0)) AS INTEGER)
    ) AS local_date,
    CAST(FLOOR(((play.played_second + COALESCE(zone.offset_seconds, 0)) % 86400) / NULLIF(3600, 0)) AS SMALLINT)
        AS local_hour,
    LEAST(artist.set_name, album.set_name, track.set_name) AS exclusion,
    play.file_id AS source_file_id,
    play.record AS source_record
FROM plays AS play
LEFT JOIN candidates.listener_offsets AS zone
    ON zone.listener = play.listener AND play.played_second >= zone.begin_second
    AND play.played_second < zone.end_second
LEFT JOIN excluded_things AS artist
    ON artist.listener = play.listener AND artist.what = 'artist' AND artist.lowered = LOWER(play.creator)
LEFT JOIN excluded_things AS album
    ON album.listener = play.listener AND album.what = 'album' AND album.lowered = LOWER(play.album_name)
LEFT JOIN excluded_things AS track
    ON track.listener = play.listener AND track.what = 'track' AND track.lowered = LOWER(play.track_id)

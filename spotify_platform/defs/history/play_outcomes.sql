-- What becomes of every play of every history that counts. A play that stands in several files, or twice in one, is the
-- same one: same end, same thing, same length. Account data tells the minute alone, so of equal plays in one of its
-- files each is a play. Where a better history covers the time, what lesser ones say of it is left out; histories of
-- videos are thin over years, and cover nothing.
WITH plays AS (
    SELECT
        play.file_id, play.record, play.listener, play.history, play.medium, play.played_second,
        COALESCE(play.ms_played, CAST(-1 AS BIGINT)) AS ms_played, landed.arrival,
        CASE play.history WHEN 'extended' THEN 1 WHEN 'account' THEN 2 ELSE 3 END AS history_rank,
        CASE play.history WHEN 'account' THEN 59 ELSE 0 END AS precision_seconds,
        CASE
            WHEN COALESCE(play.track_uri, play.episode_uri, play.chapter_uri, play.audiobook_uri) IS NULL THEN 0 ELSE 1
        END AS has_uri,
        CASE
            WHEN COALESCE(play.track_name, play.episode_name, play.chapter_title, play.audiobook_title) IS NULL THEN 0
            ELSE 1
        END AS has_title
    FROM candidates.play_rows AS play
    INNER JOIN candidates.files AS landed ON landed.file_id = play.file_id
),
spans AS (
    SELECT
        listener, file_id, history_rank, MIN(played_second) AS first_second,
        MAX(played_second + precision_seconds) AS last_second
    FROM plays
    WHERE medium IS NULL OR medium <> 'video'
    GROUP BY listener, file_id, history_rank
),
covered AS (
    SELECT DISTINCT play.file_id, play.record
    FROM plays AS play
    INNER JOIN spans ON spans.listener = play.listener
    WHERE play.history <> 'extended'
        AND play.history_rank > spans.history_rank
        AND play.played_second + play.precision_seconds >= spans.first_second
        AND play.played_second <= spans.last_second
),
judged AS (
    SELECT
        plays.file_id, plays.record, plays.listener, plays.history, plays.played_second, plays.ms_played, plays.arrival,
        plays.has_uri, plays.has_title,
        CASE WHEN covered.record IS NULL THEN 0 ELSE 1 END AS is_covered
    FROM plays
    LEFT JOIN covered ON covered.file_id = plays.file_id AND covered.record = plays.record
),
-- Only plays that end at once can be the same: the others are not compared by what was played.
crowded AS (
    SELECT played_second
    FROM plays
    GROUP BY played_second
    HAVING COUNT(*) > 1
),
identified AS (
    SELECT
        play.file_id, play.record, play.listener, play.history, play.played_second, play.ms_played, play.arrival,
        play.is_covered,
        COALESCE(
            told.track_uri, told.episode_uri, told.chapter_uri, told.audiobook_uri,
            CONCAT(
                COALESCE(told.artist_name, told.show_name, told.audiobook_title), ' / ',
                COALESCE(told.track_name, told.episode_name, told.chapter_title, told.audiobook_title)
            )
        ) AS what
    FROM candidates.play_rows AS told
    INNER JOIN (
        SELECT judged.*
        FROM judged
        INNER JOIN crowded ON crowded.played_second = judged.played_second
    ) AS play ON play.file_id = told.file_id AND play.record = told.record
),
repeated AS (
    SELECT
        file_id, record, listener, history, played_second, ms_played, arrival, what, is_covered,
        CASE WHEN history = 'account' THEN ROW_NUMBER() OVER (
            PARTITION BY file_id, played_second, what, ms_played ORDER BY record
        ) ELSE 1 END AS repeat
    FROM identified
),
placed AS (
    SELECT
        file_id, record,
        ROW_NUMBER() OVER (
            PARTITION BY listener, history, played_second, what, ms_played, repeat, is_covered
            ORDER BY arrival NULLS LAST, record NULLS LAST
        ) AS place_by_arrival,
        ROW_NUMBER() OVER (
            PARTITION BY listener, history, played_second, what, ms_played, repeat, is_covered
            ORDER BY file_id NULLS LAST, record NULLS LAST
        ) AS place
    FROM repeated
)
SELECT
    play.file_id,
    play.record,
    CASE WHEN play.is_covered = 1 THEN 'skipped' WHEN placed.place_by_arrival > 1 THEN 'duplicate' ELSE 'loaded' END
        AS outcome,
    CASE
        WHEN play.is_covered = 1 THEN 'a better history covers the time'
        WHEN placed.place_by_arrival > 1 THEN 'same end, same thing, same length'
        WHEN play.has_uri = 0 AND play.has_title = 0 THEN 'without any metadata'
        WHEN play.has_uri = 0 THEN 'without a URI'
        ELSE ''
    END AS reason,
    CAST(CASE WHEN play.is_covered = 0 AND COALESCE(placed.place, 1) = 1 THEN 1 ELSE 0 END AS BOOLEAN) AS is_kept
FROM judged AS play
LEFT JOIN placed ON placed.file_id = play.file_id AND placed.record = play.record

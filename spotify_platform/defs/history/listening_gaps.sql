-- Times of which plays may be missing. Spotify remembers 50 plays: where an answer has all 50, and no other answer holds
-- its first one, what was played between it and the last play known before may have been forgotten. Whatever history tells
-- of tracks makes plays known; a gap closes when a better one covers it, by the rule of play_outcomes.
WITH spans AS (
    SELECT
        listener, file_id, history, MIN(played_at) AS first_at, MAX(played_at) AS last_at,
        MIN(played_second) AS first_second, MAX(played_second) AS last_second,
        MAX(CASE history WHEN 'account' THEN 59 ELSE 0 END) AS precision_seconds
    FROM candidates.play_rows
    WHERE (track_uri IS NOT NULL OR track_name IS NOT NULL) AND (medium IS NULL OR medium <> 'video')
    GROUP BY listener, file_id, history
),
answers AS (
    SELECT answer.listener, answer.file_id, answer.first_at, answer.first_second
    FROM spans AS answer
    INNER JOIN candidates.files AS landed ON landed.file_id = answer.file_id
    WHERE answer.history = 'recent' AND landed.rows_read >= 50 AND NOT EXISTS (
        SELECT 1 FROM spans AS other
        WHERE other.listener = answer.listener AND other.history = 'recent'
            AND other.first_at < answer.first_at AND other.last_at >= answer.first_at
    )
),
gaps AS (
    SELECT
        answer.listener, MAX(known.last_at) AS begins_at, answer.first_at AS ends_at, answer.file_id,
        MAX(known.last_second) AS first_second, answer.first_second AS last_second
    FROM answers AS answer
    INNER JOIN spans AS known
        ON known.listener = answer.listener AND known.last_at < answer.first_at
        AND (known.history = 'recent' OR known.last_second + known.precision_seconds < answer.first_second)
    GROUP BY answer.listener, answer.file_id, answer.first_at, answer.first_second
),
closed AS (
    SELECT DISTINCT gap.file_id
    FROM gaps AS gap
    INNER JOIN spans AS better
        ON better.listener = gap.listener AND better.history <> 'recent' AND better.first_second <= gap.first_second
        AND better.last_second + better.precision_seconds >= gap.last_second
)
SELECT
    gap.listener,
    gap.begins_at,
    gap.ends_at,
    MIN(gap.file_id) AS source_file_id,
    CAST(MAX(CASE WHEN closed.file_id IS NULL THEN 0 ELSE 1 END) AS BOOLEAN) AS is_closed
FROM gaps AS gap
LEFT JOIN closed ON closed.file_id = gap.file_id
GROUP BY gap.listener, gap.begins_at, gap.ends_at

-- What became of every row of every catalogue that counts: a track's first row is loaded. A candidate row stands for
-- all rows of a file that say the same of a track.
WITH arrived AS (
    SELECT
        entry.file_id, entry.file_rows,
        ROW_NUMBER() OVER (
            PARTITION BY entry.track_id ORDER BY landed.arrival NULLS LAST, entry.record NULLS LAST
        ) AS place
    FROM candidates.track_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
),
outcomes AS (
    SELECT file_id, 'loaded' AS outcome, '' AS reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
    FROM arrived WHERE place = 1 GROUP BY file_id
    UNION ALL
    SELECT
        file_id, 'duplicate' AS outcome, 'same track' AS reason,
        CAST(SUM(CASE WHEN place = 1 THEN file_rows - 1 ELSE file_rows END) AS BIGINT) AS outcome_rows
    FROM arrived WHERE place > 1 OR file_rows > 1 GROUP BY file_id
)
SELECT file_id, outcome, reason, outcome_rows FROM outcomes

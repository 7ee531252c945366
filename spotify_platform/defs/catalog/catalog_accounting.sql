-- What became of every candidate row of every catalogue that counts: a track's first row is loaded.
WITH arrived AS (
    SELECT
        entry.file_id,
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
    SELECT file_id, 'duplicate' AS outcome, 'same track' AS reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
    FROM arrived WHERE place > 1 GROUP BY file_id
)
SELECT file_id, outcome, reason, outcome_rows FROM outcomes

-- What became of every row of every file of top items that counts: a place that a better source tells, or another file
-- of the same one, is told once.
WITH outcomes AS (
    SELECT
        entry.file_id,
        CASE WHEN placed.listener IS NULL THEN 'duplicate' ELSE 'loaded' END AS outcome,
        CASE WHEN placed.listener IS NULL THEN 'another file tells the list' ELSE '' END AS reason
    FROM candidates.top_item_rows AS entry
    LEFT JOIN cleandata.listener_tops AS placed
        ON placed.source_file_id = entry.file_id AND placed.source_record = entry.record
)
SELECT file_id, outcome, reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
FROM outcomes
GROUP BY file_id, outcome, reason

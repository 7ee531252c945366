-- What became of every row of every playlist file that counts. The file that came first is credited with a place that
-- several bring.
WITH outcomes AS (
    SELECT
        file_id, credited_outcome AS outcome,
        CASE WHEN credited_outcome = 'loaded' THEN '' ELSE COALESCE(reason, '') END AS why
    FROM cleandata.playlist_places
)
SELECT file_id, outcome, why AS reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
FROM outcomes
GROUP BY file_id, outcome, why

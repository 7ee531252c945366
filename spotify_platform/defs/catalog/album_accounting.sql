-- What became of every answer of an album: the last one is loaded.
WITH outcomes AS (
    SELECT
        entry.file_id,
        CASE WHEN profile.album_id IS NULL THEN 'duplicate' ELSE 'loaded' END AS outcome,
        CASE WHEN profile.album_id IS NULL THEN 'same album' ELSE '' END AS reason
    FROM candidates.album_rows AS entry
    LEFT JOIN cleandata.album_profiles AS profile
        ON profile.source_file_id = entry.file_id AND profile.source_record = entry.record
)
SELECT file_id, outcome, reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
FROM outcomes
GROUP BY file_id, outcome, reason

-- What became of every answer of an artist: the last one is loaded.
WITH outcomes AS (
    SELECT
        entry.file_id,
        CASE WHEN profile.artist_id IS NULL THEN 'duplicate' ELSE 'loaded' END AS outcome,
        CASE WHEN profile.artist_id IS NULL THEN 'same artist' ELSE '' END AS reason
    FROM candidates.artist_rows AS entry
    LEFT JOIN cleandata.artist_profiles AS profile
        ON profile.source_file_id = entry.file_id AND profile.source_record = entry.record
)
SELECT file_id, outcome, reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
FROM outcomes
GROUP BY file_id, outcome, reason

-- What became of every row of every playlist file that counts: where the track is known, the first row of a place is
-- loaded.
WITH arrived AS (
    SELECT
        entry.file_id, matched.track_id,
        COALESCE(matched.reason, '') AS reason,
        ROW_NUMBER() OVER (
            PARTITION BY entry.snapshot_date, entry.playlist_id, entry.position,
                CASE WHEN matched.track_id IS NULL THEN 0 ELSE 1 END
            ORDER BY landed.arrival NULLS LAST, entry.record NULLS LAST
        ) AS place
    FROM candidates.playlist_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    INNER JOIN cleandata.track_matches AS matched
        ON matched.kind = 'playlists' AND COALESCE(matched.title, '') = COALESCE(entry.title, '')
        AND COALESCE(matched.artist_credit, '') = COALESCE(entry.artist_credit, '')
        AND COALESCE(matched.duration_ms, 0) = COALESCE(entry.duration_ms, 0)
),
outcomes AS (
    SELECT file_id, 'loaded' AS outcome, '' AS reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
    FROM arrived WHERE track_id IS NOT NULL AND place = 1 GROUP BY file_id
    UNION ALL
    SELECT file_id, 'duplicate' AS outcome, 'same place of the same playlist' AS reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
    FROM arrived WHERE track_id IS NOT NULL AND place > 1 GROUP BY file_id
    UNION ALL
    SELECT file_id, 'skipped' AS outcome, reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows
    FROM arrived WHERE track_id IS NULL GROUP BY file_id, reason
)
SELECT file_id, outcome, reason, outcome_rows FROM outcomes

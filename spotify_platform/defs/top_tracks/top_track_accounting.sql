-- What became of every row of every list that counts: the first row of a place is loaded, with or without a track that
-- is known to be meant.
WITH arrived AS (
    SELECT
        entry.file_id,
        COALESCE(matched.matched_by, 'nothing') AS matched_by,
        ROW_NUMBER() OVER (
            PARTITION BY entry.snapshot_date, entry.region_code, entry.source, entry.rank
            ORDER BY landed.arrival NULLS LAST, entry.record NULLS LAST
        ) AS place
    FROM candidates.top_track_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    LEFT JOIN cleandata.track_matches AS matched
        ON matched.kind = 'top_tracks' AND matched.title = entry.title
        AND matched.artist_credit = entry.artist_credit
        AND COALESCE(matched.duration_ms, 0) = COALESCE(entry.duration_ms, 0)
),
outcomes AS (
    SELECT
        file_id, CASE WHEN place = 1 THEN 'loaded' ELSE 'duplicate' END AS outcome,
        CASE WHEN place = 1 THEN '' ELSE 'same place of the same list' END AS reason, matched_by
    FROM arrived
)
SELECT file_id, outcome, reason, CAST(COUNT(*) AS BIGINT) AS outcome_rows, matched_by
FROM outcomes
GROUP BY file_id, outcome, reason, matched_by

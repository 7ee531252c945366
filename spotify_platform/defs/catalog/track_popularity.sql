-- Popularity as measured: one row per track, day and source. What was measured on no known day is left out.
WITH measured AS (
    SELECT track_id, as_of, popularity, file_id FROM candidates.track_rows WHERE as_of IS NOT NULL
    UNION ALL
    SELECT track_id, snapshot_date AS as_of, popularity, source_file_id AS file_id FROM cleandata.playlist_tracks
),
placed AS (
    SELECT
        measured.track_id, measured.as_of, landed.source, measured.popularity, measured.file_id,
        ROW_NUMBER() OVER (
            PARTITION BY measured.track_id, measured.as_of, landed.source
            ORDER BY measured.popularity DESC NULLS LAST, measured.file_id NULLS LAST
        ) AS place
    FROM measured
    INNER JOIN candidates.files AS landed ON landed.file_id = measured.file_id
    WHERE measured.popularity IS NOT NULL
)
SELECT track_id, as_of, source, popularity, file_id AS source_file_id
FROM placed
WHERE place = 1

-- Popularity as measured: one row per track, day and source. What was measured on no known day is left out.
WITH measured AS (
    SELECT
        measurement.track_id, measurement.as_of, landed.source, measurement.popularity, measurement.file_id,
        ROW_NUMBER() OVER (
            PARTITION BY measurement.track_id, measurement.as_of, landed.source
            ORDER BY measurement.popularity DESC NULLS LAST, measurement.file_id NULLS LAST
        ) AS place
    FROM candidates.track_rows AS measurement
    INNER JOIN candidates.files AS landed ON landed.file_id = measurement.file_id
    WHERE measurement.popularity IS NOT NULL AND measurement.as_of IS NOT NULL
)
SELECT track_id, as_of, source, popularity, file_id AS source_file_id
FROM measured
WHERE place = 1

-- One row per track and day on which its popularity was measured.
SELECT
    measured.track_id,
    measured.as_of,
    CAST(YEAR(measured.as_of) * 10000 + MONTH(measured.as_of) * 100 + DAY(measured.as_of) AS INTEGER) AS date_key,
    measured.popularity
FROM cleandata.track_popularity AS measured

-- One row per track, day and source that measured its popularity.
SELECT
    measured.track_id,
    measured.as_of,
    CAST(YEAR(measured.as_of) * 10000 + MONTH(measured.as_of) * 100 + DAY(measured.as_of) AS INTEGER) AS date_key,
    measured.source,
    measured.popularity
FROM cleandata.track_popularity AS measured

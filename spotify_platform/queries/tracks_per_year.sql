-- How many tracks of each year are known, and how popular are they now?
SELECT
    CAST(YEAR(track.release_date) AS SMALLINT) AS release_year,
    CAST(COUNT(*) AS INTEGER) AS tracks,
    AVG(CAST(track.popularity AS DOUBLE)) AS popularity
FROM warehouse.dim_track AS track
WHERE track.release_date IS NOT NULL
GROUP BY YEAR(track.release_date)
ORDER BY YEAR(track.release_date) DESC
LIMIT 200

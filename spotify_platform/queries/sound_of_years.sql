-- How does the sound of releases change from year to year?
SELECT
    CAST(YEAR(track.release_date) AS SMALLINT) AS release_year,
    CAST(COUNT(*) AS INTEGER) AS tracks,
    AVG(CAST(track.duration_ms AS DOUBLE)) / 1000 AS seconds,
    AVG(CAST(track.danceability AS DOUBLE)) AS danceability,
    AVG(CAST(track.energy AS DOUBLE)) AS energy,
    AVG(CAST(track.acousticness AS DOUBLE)) AS acousticness,
    AVG(CAST(track.tempo AS DOUBLE)) AS tempo
FROM warehouse.dim_track AS track
WHERE track.release_date IS NOT NULL AND track.energy IS NOT NULL
GROUP BY YEAR(track.release_date)
ORDER BY YEAR(track.release_date) DESC
LIMIT 200

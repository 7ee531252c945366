-- What is the average track like: popularity, length, sound?
SELECT
    CAST(COUNT(*) AS INTEGER) AS tracks,
    AVG(CAST(track.popularity AS DOUBLE)) AS popularity,
    AVG(CAST(track.duration_ms AS DOUBLE)) / 1000 AS seconds,
    AVG(CAST(track.danceability AS DOUBLE)) AS danceability,
    AVG(CAST(track.energy AS DOUBLE)) AS energy,
    AVG(CAST(track.valence AS DOUBLE)) AS valence,
    AVG(CAST(track.tempo AS DOUBLE)) AS tempo
FROM warehouse.dim_track AS track

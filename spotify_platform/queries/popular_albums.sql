-- Which ten albums are most popular on average, of those with at least three tracks whose popularity is known?
SELECT
    track.album_name,
    artist.artist_name,
    CAST(COUNT(track.popularity) AS INTEGER) AS tracks,
    AVG(CAST(track.popularity AS DOUBLE)) AS popularity
FROM warehouse.dim_track AS track
INNER JOIN warehouse.dim_artist AS artist ON artist.artist_id = track.primary_artist_id
WHERE track.album_name IS NOT NULL
GROUP BY track.album_name, artist.artist_id, artist.artist_name
HAVING COUNT(track.popularity) >= 3
ORDER BY AVG(CAST(track.popularity AS DOUBLE)) DESC, track.album_name, artist.artist_id
LIMIT 10

-- Which ten albums are most popular on average, of those with at least three tracks whose popularity is known?
SELECT
    album.title AS album_name,
    album.artist_name,
    CAST(COUNT(track.popularity) AS INTEGER) AS tracks,
    AVG(CAST(track.popularity AS DOUBLE)) AS popularity
FROM warehouse.dim_album AS album
INNER JOIN warehouse.dim_track AS track ON track.album_id = album.album_id
GROUP BY album.album_id, album.title, album.artist_name
HAVING COUNT(track.popularity) >= 3
ORDER BY AVG(CAST(track.popularity AS DOUBLE)) DESC, album.title, album.album_id
LIMIT 10

-- Which ten albums have most known tracks? An album is its name and its first artist.
SELECT
    track.album_name,
    artist.artist_name,
    CAST(COUNT(*) AS INTEGER) AS tracks
FROM warehouse.dim_track AS track
INNER JOIN warehouse.dim_artist AS artist ON artist.artist_id = track.primary_artist_id
WHERE track.album_name IS NOT NULL
GROUP BY track.album_name, artist.artist_id, artist.artist_name
ORDER BY COUNT(*) DESC, track.album_name, artist.artist_id
LIMIT 10

-- How danceable and energetic are the artists with most tracks?
WITH credits AS (
    SELECT DISTINCT bridge.track_id, bridge.artist_id FROM warehouse.bridge_track_artist AS bridge
)
SELECT
    artist.artist_name,
    CAST(COUNT(track.energy) AS INTEGER) AS tracks,
    AVG(CAST(track.danceability AS DOUBLE)) AS danceability,
    AVG(CAST(track.energy AS DOUBLE)) AS energy
FROM credits
INNER JOIN warehouse.dim_track AS track ON track.track_id = credits.track_id
INNER JOIN warehouse.dim_artist AS artist ON artist.artist_id = credits.artist_id
GROUP BY artist.artist_id, artist.artist_name
HAVING COUNT(track.energy) > 0
ORDER BY COUNT(track.energy) DESC, artist.artist_id
LIMIT 20

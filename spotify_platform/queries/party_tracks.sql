-- Which tracks are both danceable and energetic (each above 0.8)? The most popular first.
SELECT track.title, track.artist_credit, track.danceability, track.energy, track.popularity
FROM warehouse.dim_track AS track
WHERE track.danceability > 0.8e0 AND track.energy > 0.8e0
ORDER BY track.popularity DESC NULLS LAST, track.track_id
LIMIT 100

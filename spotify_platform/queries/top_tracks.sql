-- Which ten tracks are most popular?
SELECT track.title, track.artist_credit, track.popularity, track.popularity_as_of
FROM warehouse.dim_track AS track
WHERE track.popularity IS NOT NULL
ORDER BY track.popularity DESC, track.track_id
LIMIT 10

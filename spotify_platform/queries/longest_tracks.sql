-- Which ten tracks are longest?
SELECT track.title, track.artist_credit, CAST(track.duration_ms AS DOUBLE) / 60000 AS minutes
FROM warehouse.dim_track AS track
WHERE track.duration_ms IS NOT NULL
ORDER BY track.duration_ms DESC, track.track_id
LIMIT 10

-- Which artists a track has, in order.
SELECT credit.track_id, credit.artist_id, credit.position
FROM cleandata.track_artists AS credit

-- Every artist of a track. Without a Spotify id the name is the identity, and the id says so.
SELECT artist_id, MIN(artist_name) AS artist_name, CAST(COUNT(*) AS INTEGER) AS tracks
FROM cleandata.track_artists
GROUP BY artist_id

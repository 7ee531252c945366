-- One row per artist.
SELECT artist.artist_id, artist.artist_name, artist.tracks
FROM cleandata.artists AS artist

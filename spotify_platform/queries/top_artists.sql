-- Which ten artists have most tracks?
SELECT artist.artist_name, artist.tracks, artist.mean_popularity, artist.appearances
FROM marts.artist_summary AS artist
ORDER BY artist.position
LIMIT 10

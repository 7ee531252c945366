-- Which ten artists are most popular on average, of those with at least five tracks whose popularity is known?
SELECT artist.artist_name, artist.tracks_with_popularity, artist.mean_popularity
FROM marts.artist_summary AS artist
WHERE artist.tracks_with_popularity >= 5
ORDER BY artist.mean_popularity DESC, artist.artist_id
LIMIT 10

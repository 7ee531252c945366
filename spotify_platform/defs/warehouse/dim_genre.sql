-- One row per genre that a catalogue names.
SELECT artist_genre.genre, CAST(COUNT(DISTINCT artist_genre.artist_id) AS INTEGER) AS artists
FROM cleandata.artist_genres AS artist_genre
GROUP BY artist_genre.genre

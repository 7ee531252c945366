-- One row per genre that a source names, and the family that it belongs to.
WITH named AS (
    SELECT artist_genre.genre, COUNT(DISTINCT artist_genre.artist_id) AS artists
    FROM cleandata.artist_genres AS artist_genre
    GROUP BY artist_genre.genre
)
SELECT genre.genre, genre.family, CAST(COALESCE(named.artists, 0) AS INTEGER) AS artists, genre.tracks
FROM cleandata.genres AS genre
LEFT JOIN named ON named.genre = genre.genre

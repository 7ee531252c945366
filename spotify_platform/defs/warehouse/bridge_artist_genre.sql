-- Which genres an artist has, by who says so. Artists that only lost rows of a catalogue name are left out.
SELECT artist_genre.artist_id, artist_genre.genre, artist_genre.provider, artist_genre.tracks,
    artist_genre.weight
FROM cleandata.artist_genres AS artist_genre
INNER JOIN cleandata.artists AS artist ON artist.artist_id = artist_genre.artist_id

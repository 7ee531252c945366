-- One row per album.
SELECT
    album.album_id,
    album.title,
    album.artist_id,
    album.artist_name,
    album.first_artists,
    album.release_date,
    album.release_date_precision,
    album.tracks,
    album.provider
FROM cleandata.albums AS album

-- One row per album.
SELECT
    album.album_id,
    album.title,
    album.album_type,
    album.artist_id,
    album.artist_name,
    album.first_artists,
    album.release_date,
    album.release_date_precision,
    album.tracks,
    album.total_tracks,
    album.label,
    album.upc,
    album.provider
FROM cleandata.albums AS album

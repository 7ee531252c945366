-- Which ten albums have most known tracks?
SELECT album.title AS album_name, album.artist_name, album.tracks
FROM warehouse.dim_album AS album
ORDER BY album.tracks DESC, album.title, album.album_id
LIMIT 10

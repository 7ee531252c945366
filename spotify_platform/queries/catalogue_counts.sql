-- How many tracks, artists, albums and genres are known?
WITH albums AS (
    SELECT DISTINCT track.album_name, track.primary_artist_id
    FROM warehouse.dim_track AS track
    WHERE track.album_name IS NOT NULL
),
counts AS (
    SELECT 'tracks' AS what, COUNT(*) AS known FROM warehouse.dim_track
    UNION ALL
    SELECT 'artists' AS what, COUNT(*) AS known FROM warehouse.dim_artist
    UNION ALL
    SELECT 'albums' AS what, COUNT(*) AS known FROM albums
    UNION ALL
    SELECT 'genres' AS what, COUNT(*) AS known FROM warehouse.dim_genre
)
SELECT counts.what, CAST(counts.known AS INTEGER) AS known
FROM counts
ORDER BY counts.known DESC, counts.what
LIMIT 4

-- How many tracks, artists, albums and genres are known?
WITH counts AS (
    SELECT 'tracks' AS what, COUNT(*) AS known FROM warehouse.dim_track
    UNION ALL
    SELECT 'artists' AS what, COUNT(*) AS known FROM warehouse.dim_artist
    UNION ALL
    SELECT 'albums' AS what, COUNT(*) AS known FROM warehouse.dim_album
    UNION ALL
    SELECT 'genres' AS what, COUNT(*) AS known FROM warehouse.dim_genre
)
SELECT counts.what, CAST(counts.known AS INTEGER) AS known
FROM counts
ORDER BY counts.known DESC, counts.what
LIMIT 4

-- One row per playlist: what it is called, when it was seen, and what stood in it when it was last.
WITH placed AS (
    SELECT
        seen.playlist_id, seen.snapshot_date, seen.playlist_name, seen.source, seen.listener, seen.places, seen.tracks,
        ROW_NUMBER() OVER (PARTITION BY seen.playlist_id ORDER BY seen.snapshot_date DESC NULLS LAST) AS age,
        ROW_NUMBER() OVER (
            PARTITION BY seen.playlist_id
            ORDER BY CASE WHEN seen.playlist_name IS NULL THEN 1 ELSE 0 END, seen.snapshot_date DESC NULLS LAST
        ) AS named
    FROM cleandata.playlist_snapshots AS seen
)
SELECT
    placed.playlist_id,
    COALESCE(MAX(CASE WHEN placed.named = 1 THEN placed.playlist_name END), placed.playlist_id) AS playlist_name,
    MAX(CASE WHEN placed.age = 1 THEN placed.source END) AS source,
    MAX(CASE WHEN placed.age = 1 THEN placed.listener END) AS listener,
    MIN(placed.snapshot_date) AS first_date,
    MAX(placed.snapshot_date) AS last_date,
    CAST(COUNT(*) AS INTEGER) AS snapshots,
    MAX(CASE WHEN placed.age = 1 THEN placed.places END) AS places,
    MAX(CASE WHEN placed.age = 1 THEN placed.tracks END) AS tracks
FROM placed
GROUP BY placed.playlist_id

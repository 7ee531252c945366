-- The days on which a playlist was seen, and what stood in it: one row per day and playlist. Of several files the one of
-- the best source names it, and tells whose export it is of.
WITH seen AS (
    SELECT
        entry.snapshot_date, entry.playlist_id, entry.playlist_name, entry.playlist_version, entry.position,
        entry.item_type, landed.source, landed.listener,
        ROW_NUMBER() OVER (
            PARTITION BY entry.snapshot_date, entry.playlist_id
            ORDER BY CASE WHEN entry.playlist_name IS NULL THEN 1 ELSE 0 END, landed.precedence NULLS LAST,
                entry.file_id NULLS LAST, entry.record NULLS LAST
        ) AS place
    FROM candidates.playlist_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
),
known AS (
    SELECT placed.snapshot_date, placed.playlist_id, COUNT(*) AS tracks
    FROM cleandata.playlist_tracks AS placed
    GROUP BY placed.snapshot_date, placed.playlist_id
),
counted AS (
    SELECT
        seen.snapshot_date, seen.playlist_id,
        MAX(CASE WHEN seen.place = 1 THEN seen.playlist_name END) AS playlist_name,
        MAX(CASE WHEN seen.place = 1 THEN seen.playlist_version END) AS playlist_version,
        MAX(CASE WHEN seen.place = 1 THEN seen.source END) AS source,
        MAX(CASE WHEN seen.place = 1 THEN seen.listener END) AS listener,
        COUNT(DISTINCT seen.position) AS places,
        COUNT(DISTINCT CASE WHEN seen.item_type = 'episode' THEN seen.position END) AS episodes,
        COUNT(DISTINCT CASE WHEN seen.item_type = 'local' THEN seen.position END) AS local_files,
        COUNT(DISTINCT CASE WHEN seen.item_type = 'removed' THEN seen.position END) AS removed
    FROM seen
    GROUP BY seen.snapshot_date, seen.playlist_id
)
SELECT
    counted.snapshot_date,
    counted.playlist_id,
    counted.playlist_name,
    counted.playlist_version,
    counted.source,
    counted.listener,
    CAST(counted.places AS INTEGER) AS places,
    CAST(COALESCE(known.tracks, 0) AS INTEGER) AS tracks,
    CAST(counted.episodes AS INTEGER) AS episodes,
    CAST(counted.local_files AS INTEGER) AS local_files,
    CAST(counted.removed AS INTEGER) AS removed
FROM counted
LEFT JOIN known ON known.snapshot_date = counted.snapshot_date AND known.playlist_id = counted.playlist_id

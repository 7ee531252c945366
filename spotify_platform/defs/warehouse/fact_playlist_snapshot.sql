-- One row per day on which a playlist was seen: how much stood in it.
SELECT
    seen.snapshot_date,
    CAST(YEAR(seen.snapshot_date) * 10000 + MONTH(seen.snapshot_date) * 100 + DAY(seen.snapshot_date) AS INTEGER)
        AS date_key,
    seen.playlist_id,
    seen.playlist_version,
    seen.source,
    seen.places,
    seen.tracks,
    seen.episodes,
    seen.local_files,
    seen.removed
FROM cleandata.playlist_snapshots AS seen

-- One row per place of a playlist on a day that it was seen, where the track is known.
SELECT
    entry.snapshot_date,
    CAST(YEAR(entry.snapshot_date) * 10000 + MONTH(entry.snapshot_date) * 100 + DAY(entry.snapshot_date) AS INTEGER)
        AS date_key,
    entry.playlist_id,
    entry.position,
    entry.track_id,
    entry.matched_by,
    entry.popularity,
    entry.added_at
FROM cleandata.playlist_tracks AS entry

-- One row per place of a list of what a listener hears most. Names stand here too, for what no catalogue tells of.
SELECT
    entry.snapshot_date,
    CAST(YEAR(entry.snapshot_date) * 10000 + MONTH(entry.snapshot_date) * 100 + DAY(entry.snapshot_date) AS INTEGER)
        AS date_key,
    entry.listener,
    entry.item_type,
    entry.time_range,
    entry.rank,
    entry.track_id,
    entry.artist_id,
    entry.name,
    entry.artist_credit,
    entry.popularity,
    entry.genres
FROM cleandata.listener_tops AS entry

-- One row per place of a country's list of top tracks. Title and artists stand here for what no track is known to be.
SELECT
    entry.snapshot_date,
    CAST(YEAR(entry.snapshot_date) * 10000 + MONTH(entry.snapshot_date) * 100 + DAY(entry.snapshot_date) AS INTEGER)
        AS date_key,
    entry.region_code,
    entry.source,
    entry.rank,
    entry.list,
    entry.is_tied,
    entry.track_id,
    entry.matched_by,
    entry.similarity,
    entry.song_key,
    entry.title,
    entry.artist_credit,
    entry.artist_id,
    entry.artist_name,
    entry.streams,
    entry.listeners,
    entry.lastfm_popularity,
    entry.duration_ms
FROM cleandata.top_tracks AS entry

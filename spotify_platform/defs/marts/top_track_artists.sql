-- An artist's month on the lists of one source and country. An entry is its first artist's, so shares add up to 1.
WITH artists AS (
    SELECT
        MAKE_DATE(YEAR(entry.snapshot_date), MONTH(entry.snapshot_date), 1) AS month_start,
        entry.region_code,
        entry.source,
        entry.artist_id,
        MIN(entry.artist_name) AS artist_name,
        COUNT(DISTINCT entry.song_key) AS songs,
        COUNT(*) AS entries,
        COUNT(CASE WHEN entry.rank = 1 THEN 1 END) AS entries_at_one,
        MIN(entry.rank) AS best_rank,
        CAST(SUM(entry.streams) AS BIGINT) AS streams,
        MAX(entry.listeners) AS most_listeners
    FROM warehouse.fact_top_track AS entry
    GROUP BY
        MAKE_DATE(YEAR(entry.snapshot_date), MONTH(entry.snapshot_date), 1), entry.region_code, entry.source,
        entry.artist_id
)
SELECT
    artists.month_start,
    artists.region_code,
    artists.source,
    artists.artist_id,
    artists.artist_name,
    CAST(artists.songs AS INTEGER) AS songs,
    CAST(artists.entries AS INTEGER) AS entries,
    CAST(artists.entries AS DOUBLE) / NULLIF(CAST(CAST(SUM(artists.entries) OVER (
        PARTITION BY artists.month_start, artists.region_code, artists.source
    ) AS BIGINT) AS DOUBLE), 0) AS share_of_entries,
    CAST(artists.entries_at_one AS INTEGER) AS entries_at_one,
    artists.best_rank,
    artists.streams,
    artists.most_listeners
FROM artists

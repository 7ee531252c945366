-- A genre's month on the lists of one source and country. A track has the one genre that its catalogue files it under,
-- so shares add up to 1; what no catalogue files, or no known track is meant by, stands under 'unknown'. Fractions are
-- averaged as whole billionths: their sums would depend on the order of adding.
WITH genres AS (
    SELECT
        MAKE_DATE(YEAR(entry.snapshot_date), MONTH(entry.snapshot_date), 1) AS month_start,
        entry.region_code,
        entry.source,
        COALESCE(track.genre, 'unknown') AS genre,
        COUNT(DISTINCT entry.song_key) AS songs,
        COUNT(*) AS entries,
        COUNT(entry.track_id) AS entries_of_known_tracks,
        MIN(entry.rank) AS best_rank,
        COUNT(track.popularity) AS entries_with_popularity,
        AVG(CAST(track.popularity AS DOUBLE)) AS mean_popularity,
        AVG(CAST(FLOOR(track.energy_efficiency * 1000000000 + 0.5e0) AS DOUBLE)) / 1000000000 AS mean_energy_efficiency,
        AVG(CAST(FLOOR(track.emotional_impact * 1000000000 + 0.5e0) AS DOUBLE)) / 1000000000 AS mean_emotional_impact
    FROM warehouse.fact_top_track AS entry
    LEFT JOIN warehouse.dim_track AS track ON track.track_id = entry.track_id
    GROUP BY
        MAKE_DATE(YEAR(entry.snapshot_date), MONTH(entry.snapshot_date), 1), entry.region_code, entry.source,
        COALESCE(track.genre, 'unknown')
)
SELECT
    genres.month_start,
    genres.region_code,
    genres.source,
    genres.genre,
    COALESCE(known.family, 'unknown') AS family,
    CAST(genres.songs AS INTEGER) AS songs,
    CAST(genres.entries AS INTEGER) AS entries,
    CAST(genres.entries AS DOUBLE) / NULLIF(CAST(CAST(SUM(genres.entries) OVER (
        PARTITION BY genres.month_start, genres.region_code, genres.source
    ) AS BIGINT) AS DOUBLE), 0) AS share_of_entries,
    CAST(genres.entries_of_known_tracks AS INTEGER) AS entries_of_known_tracks,
    genres.best_rank,
    CAST(genres.entries_with_popularity AS INTEGER) AS entries_with_popularity,
    genres.mean_popularity,
    genres.mean_energy_efficiency,
    genres.mean_emotional_impact
FROM genres
LEFT JOIN warehouse.dim_genre AS known ON known.genre = genres.genre

-- A genre's month on one kind of chart. A track has the one genre that its catalogue files it under, so genres
-- add up to the chart; tracks that no catalogue files stand under 'unknown'.
WITH genres AS (
    SELECT
        month.month_start, month.chart, month.cadence, COALESCE(track.genre, 'unknown') AS genre,
        COUNT(*) AS tracks,
        CAST(SUM(CAST(month.entries AS BIGINT)) AS BIGINT) AS entries,
        MIN(month.best_rank) AS best_rank,
        CAST(SUM(CAST(month.points AS BIGINT)) AS BIGINT) AS points,
        CAST(SUM(month.global_streams) AS BIGINT) AS global_streams,
        CAST(SUM(month.country_streams) AS BIGINT) AS country_streams,
        COUNT(track.popularity) AS tracks_with_popularity,
        AVG(CAST(track.popularity AS DOUBLE)) AS mean_popularity
    FROM marts.track_month AS month
    INNER JOIN warehouse.dim_track AS track ON track.track_id = month.track_id
    GROUP BY month.month_start, month.chart, month.cadence, COALESCE(track.genre, 'unknown')
)
SELECT
    genres.month_start,
    genres.chart,
    genres.cadence,
    genres.genre,
    COALESCE(known.family, 'unknown') AS family,
    CAST(genres.tracks AS INTEGER) AS tracks,
    CAST(genres.entries AS INTEGER) AS entries,
    genres.entries / NULLIF(CAST(CAST(SUM(genres.entries) OVER (
        PARTITION BY genres.month_start, genres.chart, genres.cadence
    ) AS BIGINT) AS DOUBLE), 0) AS share_of_entries,
    genres.best_rank,
    genres.points,
    genres.global_streams,
    genres.country_streams,
    CAST(genres.tracks_with_popularity AS INTEGER) AS tracks_with_popularity,
    genres.mean_popularity
FROM genres
LEFT JOIN warehouse.dim_genre AS known ON known.genre = genres.genre

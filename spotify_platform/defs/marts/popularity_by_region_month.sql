-- How popular the tracks are that chart in a region and month, as far as their popularity is known.
SELECT
    month.month_start,
    month.region_code,
    month.chart,
    month.cadence,
    CAST(COUNT(*) AS INTEGER) AS tracks,
    CAST(COUNT(track.popularity) AS INTEGER) AS tracks_with_popularity,
    AVG(CAST(track.popularity AS DOUBLE)) AS mean_popularity,
    CAST(SUM(CAST(track.popularity * month.entries AS DOUBLE)) AS DOUBLE)
        / NULLIF(CAST(SUM(CASE WHEN track.popularity IS NOT NULL THEN month.entries END) AS DOUBLE), 0)
        AS mean_popularity_by_entries
FROM marts.track_region_month AS month
INNER JOIN warehouse.dim_track AS track ON track.track_id = month.track_id
GROUP BY month.month_start, month.region_code, month.chart, month.cadence

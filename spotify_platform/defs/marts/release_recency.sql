-- How much of a month's chart is new music. As the trade has it: current until 18 months after the release,
-- catalog until 36, deep catalog from then on. Of a release known by its year alone, January counts.
WITH aged AS (
    SELECT
        month.month_start, month.region_code, month.chart, month.cadence, month.entries, month.streams,
        track.popularity,
        CASE
            WHEN track.release_date IS NULL THEN 'unknown'
            WHEN (YEAR(month.month_start) - YEAR(track.release_date)) * 12
                + MONTH(month.month_start) - MONTH(track.release_date) < 18 THEN 'current'
            WHEN (YEAR(month.month_start) - YEAR(track.release_date)) * 12
                + MONTH(month.month_start) - MONTH(track.release_date) < 36 THEN 'catalog'
            ELSE 'deep catalog'
        END AS recency
    FROM marts.track_region_month AS month
    INNER JOIN warehouse.dim_track AS track ON track.track_id = month.track_id
),
classes AS (
    SELECT
        aged.month_start, aged.region_code, aged.chart, aged.cadence, aged.recency,
        COUNT(*) AS tracks,
        CAST(SUM(CAST(aged.entries AS BIGINT)) AS BIGINT) AS entries,
        CAST(SUM(aged.streams) AS BIGINT) AS streams,
        COUNT(aged.popularity) AS tracks_with_popularity,
        AVG(CAST(aged.popularity AS DOUBLE)) AS mean_popularity
    FROM aged
    GROUP BY aged.month_start, aged.region_code, aged.chart, aged.cadence, aged.recency
)
SELECT
    classes.month_start,
    classes.region_code,
    classes.chart,
    classes.cadence,
    classes.recency,
    CAST(classes.tracks AS INTEGER) AS tracks,
    CAST(classes.entries AS INTEGER) AS entries,
    classes.entries / NULLIF(CAST(CAST(SUM(classes.entries) OVER (
        PARTITION BY classes.month_start, classes.region_code, classes.chart, classes.cadence
    ) AS BIGINT) AS DOUBLE), 0) AS share_of_entries,
    classes.streams,
    CAST(classes.tracks_with_popularity AS INTEGER) AS tracks_with_popularity,
    classes.mean_popularity
FROM classes

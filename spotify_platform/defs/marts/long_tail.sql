-- How few tracks have how much of a chart's streams. Tracks whose streams nobody tells are left out.
WITH ranked AS (
    SELECT
        life.region_code, life.chart, life.cadence, life.streams,
        ROW_NUMBER() OVER (
            PARTITION BY life.region_code, life.chart, life.cadence
            ORDER BY life.streams DESC NULLS LAST, life.track_id NULLS LAST
        ) AS position,
        COUNT(*) OVER (PARTITION BY life.region_code, life.chart, life.cadence) AS tracks,
        CAST(SUM(life.streams) OVER (PARTITION BY life.region_code, life.chart, life.cadence) AS BIGINT) AS total,
        CAST(SUM(life.streams) OVER (
            PARTITION BY life.region_code, life.chart, life.cadence
            ORDER BY life.streams DESC NULLS LAST, life.track_id NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS BIGINT) - life.streams AS before
    FROM marts.track_chart_runs AS life
    WHERE life.streams IS NOT NULL
),
sums AS (
    SELECT
        ranked.region_code, ranked.chart, ranked.cadence, ranked.tracks, ranked.total,
        CAST(SUM(CASE WHEN ranked.position <= 10 THEN ranked.streams END) AS BIGINT) AS top_10,
        CAST(SUM(CASE WHEN (ranked.position - 1) * 100 < ranked.tracks THEN ranked.streams END) AS BIGINT)
            AS top_percent,
        CAST(SUM(CASE WHEN (ranked.position - 1) * 10 < ranked.tracks THEN ranked.streams END) AS BIGINT) AS top_tenth,
        COUNT(CASE WHEN ranked.before < ranked.total * 0.5e0 THEN 1 END) AS tracks_for_half
    FROM ranked
    GROUP BY ranked.region_code, ranked.chart, ranked.cadence, ranked.tracks, ranked.total
)
SELECT
    sums.region_code,
    sums.chart,
    sums.cadence,
    CAST(sums.tracks AS INTEGER) AS tracks,
    sums.total AS streams,
    sums.top_10 / NULLIF(CAST(sums.total AS DOUBLE), 0) AS top_10_share,
    sums.top_percent / NULLIF(CAST(sums.total AS DOUBLE), 0) AS top_percent_share,
    sums.top_tenth / NULLIF(CAST(sums.total AS DOUBLE), 0) AS top_tenth_share,
    CAST(sums.tracks_for_half AS INTEGER) AS tracks_for_half
FROM sums

-- How the entries of a month moved against the chart before, as far as the sources tell.
WITH trends AS (
    SELECT
        MAKE_DATE(YEAR(entry.chart_date), MONTH(entry.chart_date), 1) AS month_start,
        entry.region_code, entry.chart, entry.cadence, entry.trend, COUNT(*) AS entries,
        AVG(CAST(entry.rank AS DOUBLE)) AS mean_rank, CAST(SUM(entry.streams) AS BIGINT) AS streams
    FROM warehouse.fact_chart_entry AS entry
    WHERE entry.trend IS NOT NULL
    GROUP BY
        YEAR(entry.chart_date), MONTH(entry.chart_date), entry.region_code, entry.chart, entry.cadence, entry.trend
)
SELECT
    trends.month_start,
    trends.region_code,
    trends.chart,
    trends.cadence,
    trends.trend,
    CAST(trends.entries AS INTEGER) AS entries,
    trends.entries / NULLIF(CAST(CAST(SUM(trends.entries) OVER (
        PARTITION BY trends.month_start, trends.region_code, trends.chart, trends.cadence
    ) AS BIGINT) AS DOUBLE), 0) AS share_of_entries,
    trends.mean_rank,
    trends.streams
FROM trends

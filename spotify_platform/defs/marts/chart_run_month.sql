-- Stays of a track on a chart within one month: consecutive days (weeks of a weekly chart) without a gap.
-- The one mart that reads the facts; the others derive from it, so a new day never rescans them.
WITH numbered AS (
    SELECT
        entry.chart_date, entry.region_code, entry.chart, entry.cadence, entry.track_id, entry.rank, entry.streams,
        MAKE_DATE(YEAR(entry.chart_date), MONTH(entry.chart_date), 1) AS month_start,
        CAST(DATE_DIFF('day', DATE '2000-01-01', entry.chart_date) AS INTEGER) AS day_number,
        CASE WHEN entry.cadence = 'weekly' THEN 7 ELSE 1 END AS step,
        CAST(ROW_NUMBER() OVER (
            PARTITION BY entry.region_code, entry.chart, entry.cadence, entry.track_id,
                YEAR(entry.chart_date), MONTH(entry.chart_date)
            ORDER BY entry.chart_date NULLS LAST
        ) AS INTEGER) AS number
    FROM warehouse.fact_chart_entry AS entry
)
SELECT
    numbered.month_start,
    numbered.region_code,
    numbered.chart,
    numbered.cadence,
    numbered.track_id,
    MIN(numbered.chart_date) AS run_start,
    MAX(numbered.chart_date) AS run_end,
    CAST(COUNT(*) AS INTEGER) AS entries,
    CAST(SUM(numbered.rank) AS INTEGER) AS rank_sum,
    CAST(SUM(CASE WHEN numbered.chart = 'viral50' THEN 51 ELSE 201 END - numbered.rank) AS INTEGER) AS points,
    CAST(COUNT(CASE WHEN numbered.rank = 1 THEN 1 END) AS INTEGER) AS entries_at_one,
    CAST(SUM(numbered.streams) AS BIGINT) AS streams,
    CAST(COUNT(numbered.streams) AS INTEGER) AS entries_with_streams,
    -- The best rank and the first day on it, in one number that a later minimum keeps together.
    CAST(MIN(numbered.rank * 100000 + numbered.day_number) AS INTEGER) AS peak_code
FROM numbered
GROUP BY
    numbered.month_start, numbered.region_code, numbered.chart, numbered.cadence, numbered.track_id,
    numbered.day_number - numbered.number * numbered.step

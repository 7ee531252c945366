-- A track's life on one chart: peak, days, runs, returns. A run that crosses a month's end is one run.
WITH stays AS (
    SELECT
        run.region_code, run.chart, run.cadence, run.track_id, run.run_start, run.run_end, run.entries,
        run.entries_at_one, run.points, run.streams, run.peak_code,
        DATE_DIFF('day', DATE '2000-01-01', run.run_start) AS first_day,
        CASE WHEN run.cadence = 'weekly' THEN 7 ELSE 1 END AS step
    FROM marts.chart_run_month AS run
),
-- A stay's first day, less the time that the track was on the chart before, is the same for all stays of one run.
-- Weekly charts that end on different days of the week do not follow each other.
placed AS (
    SELECT
        stays.*,
        CAST(stays.first_day - stays.step * (SUM(stays.entries) OVER (
            PARTITION BY stays.region_code, stays.chart, stays.cadence, stays.track_id,
                stays.first_day % NULLIF(stays.step, 0)
            ORDER BY stays.run_start NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) - stays.entries) AS INTEGER) AS run_key
    FROM stays
),
runs AS (
    SELECT
        placed.region_code, placed.chart, placed.cadence, placed.track_id, placed.run_key,
        MIN(placed.run_start) AS run_start, MAX(placed.run_end) AS run_end,
        CAST(SUM(placed.entries) AS INTEGER) AS entries,
        CAST(SUM(placed.entries_at_one) AS INTEGER) AS entries_at_one,
        CAST(SUM(placed.points) AS INTEGER) AS points,
        CAST(SUM(placed.streams) AS BIGINT) AS streams, MIN(placed.peak_code) AS peak_code
    FROM placed
    GROUP BY placed.region_code, placed.chart, placed.cadence, placed.track_id, placed.run_key
),
lives AS (
    SELECT
        runs.region_code, runs.chart, runs.cadence, runs.track_id, MIN(runs.run_start) AS first_date,
        MAX(runs.run_end) AS last_date, CAST(SUM(runs.entries) AS INTEGER) AS entries,
        CAST(COUNT(*) AS INTEGER) AS runs, MAX(runs.entries) AS longest_run,
        CAST(SUM(runs.entries_at_one) AS INTEGER) AS entries_at_one,
        CAST(SUM(runs.points) AS INTEGER) AS points, CAST(SUM(runs.streams) AS BIGINT) AS streams,
        MIN(runs.peak_code) AS peak_code
    FROM runs
    GROUP BY runs.region_code, runs.chart, runs.cadence, runs.track_id
),
peaks AS (
    SELECT lives.*, CAST(FLOOR(CAST(lives.peak_code AS DOUBLE) / 100000) AS INTEGER) AS peak_rank FROM lives
)
SELECT
    region_code,
    chart,
    cadence,
    track_id,
    first_date,
    last_date,
    entries,
    runs,
    runs - 1 AS re_entries,
    longest_run,
    peak_rank,
    DATE_ADD(DATE '2000-01-01', peak_code - peak_rank * 100000) AS peak_date,
    entries_at_one,
    points,
    streams
FROM peaks

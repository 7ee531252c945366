-- A track's life on one chart: peak, days, runs, returns. A run that crosses a month's end is one run.
WITH stepped AS (
    SELECT
        run.region_code, run.chart, run.cadence, run.track_id, run.run_start, run.run_end, run.entries,
        run.entries_at_one, run.points, run.streams, run.peak_code,
        CASE WHEN DATE_DIFF('day', LAG(run.run_end) OVER (
            PARTITION BY run.region_code, run.chart, run.cadence, run.track_id ORDER BY run.run_start NULLS LAST
        ), run.run_start) = CASE WHEN run.cadence = 'weekly' THEN 7 ELSE 1 END THEN 0 ELSE 1 END AS is_new
    FROM marts.chart_run_month AS run
),
numbered AS (
    SELECT
        stepped.*,
        CAST(SUM(stepped.is_new) OVER (
            PARTITION BY stepped.region_code, stepped.chart, stepped.cadence, stepped.track_id
            ORDER BY stepped.run_start NULLS LAST ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS INTEGER) AS run_number
    FROM stepped
),
runs AS (
    SELECT
        numbered.region_code, numbered.chart, numbered.cadence, numbered.track_id, numbered.run_number,
        MIN(numbered.run_start) AS run_start, MAX(numbered.run_end) AS run_end,
        CAST(SUM(numbered.entries) AS INTEGER) AS entries,
        CAST(SUM(numbered.entries_at_one) AS INTEGER) AS entries_at_one,
        CAST(SUM(numbered.points) AS INTEGER) AS points,
        CAST(SUM(numbered.streams) AS BIGINT) AS streams, MIN(numbered.peak_code) AS peak_code
    FROM numbered
    GROUP BY
        numbered.region_code, numbered.chart, numbered.cadence, numbered.track_id, numbered.run_number
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

-- A track's month on a chart.
SELECT
    run.month_start,
    run.region_code,
    run.chart,
    run.cadence,
    run.track_id,
    CAST(SUM(run.entries) AS INTEGER) AS entries,
    CAST(FLOOR(CAST(MIN(run.peak_code) AS DOUBLE) / 100000) AS INTEGER) AS best_rank,
    CAST(SUM(run.rank_sum) AS DOUBLE) / NULLIF(CAST(SUM(run.entries) AS DOUBLE), 0) AS mean_rank,
    CAST(SUM(run.points) AS INTEGER) AS points,
    CAST(SUM(run.entries_at_one) AS INTEGER) AS entries_at_one,
    CAST(SUM(run.streams) AS BIGINT) AS streams,
    CAST(SUM(run.entries_with_streams) AS INTEGER) AS entries_with_streams,
    MIN(run.run_start) AS first_date,
    MAX(run.run_end) AS last_date
FROM marts.chart_run_month AS run
GROUP BY run.month_start, run.region_code, run.chart, run.cadence, run.track_id

-- A track's month on one kind of chart, over all regions. A date on which it is on the charts of several regions
-- is one date. The world's streams are not added to those of the countries, of which they are the sum.
WITH stays AS (
    SELECT DISTINCT
        run.month_start, run.chart, run.cadence, run.track_id, run.run_start, run.run_end,
        CASE WHEN run.cadence = 'weekly' THEN 7 ELSE 1 END AS step
    FROM marts.chart_run_month AS run
),
-- Up to which date is covered; weekly charts that end on different days of the week share no date.
reached AS (
    SELECT
        stays.*,
        DATE_DIFF('day', DATE '2000-01-01', stays.run_start) % NULLIF(stays.step, 0) AS phase,
        MAX(stays.run_end) OVER (
            PARTITION BY stays.month_start, stays.chart, stays.cadence, stays.track_id,
                DATE_DIFF('day', DATE '2000-01-01', stays.run_start) % NULLIF(stays.step, 0)
            ORDER BY stays.run_start NULLS LAST, stays.run_end NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS reached
    FROM stays
),
followed AS (
    SELECT
        reached.*,
        LAG(reached.reached) OVER (
            PARTITION BY reached.month_start, reached.chart, reached.cadence, reached.track_id, reached.phase
            ORDER BY reached.run_start NULLS LAST, reached.run_end NULLS LAST
        ) AS covered_to
    FROM reached
),
dates AS (
    SELECT
        followed.month_start, followed.chart, followed.cadence, followed.track_id,
        CAST(SUM(CASE
            WHEN followed.covered_to IS NULL OR followed.covered_to < followed.run_start
                THEN DATE_DIFF('day', followed.run_start, followed.run_end) + followed.step
            WHEN followed.covered_to < followed.run_end THEN DATE_DIFF('day', followed.covered_to, followed.run_end)
            ELSE 0
        END) AS DOUBLE) / NULLIF(followed.step, 0) AS dates
    FROM followed
    GROUP BY followed.month_start, followed.chart, followed.cadence, followed.track_id, followed.step
),
months AS (
    SELECT
        run.month_start, run.chart, run.cadence, run.track_id,
        COUNT(DISTINCT CASE WHEN run.region_code <> 'GLOBAL' THEN run.region_code END) AS countries,
        CAST(SUM(run.entries) AS INTEGER) AS entries,
        CAST(SUM(run.entries_at_one) AS INTEGER) AS entries_at_one,
        CAST(SUM(run.points) AS INTEGER) AS points,
        MIN(run.peak_code) AS peak_code,
        CAST(SUM(CASE WHEN run.region_code = 'GLOBAL' THEN run.streams END) AS BIGINT) AS global_streams,
        CAST(SUM(CASE WHEN run.region_code <> 'GLOBAL' THEN run.streams END) AS BIGINT) AS country_streams,
        MIN(run.run_start) AS first_date,
        MAX(run.run_end) AS last_date
    FROM marts.chart_run_month AS run
    GROUP BY run.month_start, run.chart, run.cadence, run.track_id
)
SELECT
    months.month_start,
    months.chart,
    months.cadence,
    months.track_id,
    CAST(months.countries AS INTEGER) AS countries,
    CAST(FLOOR(dates.dates) AS INTEGER) AS dates,
    months.entries,
    months.entries_at_one,
    CAST(FLOOR(CAST(months.peak_code AS DOUBLE) / 100000) AS INTEGER) AS best_rank,
    months.points,
    months.global_streams,
    months.country_streams,
    months.first_date,
    months.last_date
FROM months
INNER JOIN dates
    ON dates.month_start = months.month_start AND dates.chart = months.chart AND dates.cadence = months.cadence
    AND dates.track_id = months.track_id

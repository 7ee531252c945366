-- Stays of a track on a chart within one month: consecutive days (weeks of a weekly chart) without a gap.
-- The one mart that reads the facts; the others derive from it, so a new day never rescans them.
-- Most tracks stay in one piece, which their first day, last day and number of entries tell. Only the entries
-- of the others are numbered: a window over all of them would cost more than everything else here.
WITH months AS (
    SELECT
        MAKE_DATE(YEAR(entry.chart_date), MONTH(entry.chart_date), 1) AS month_start,
        entry.region_code, entry.chart, entry.cadence, entry.track_id,
        MIN(entry.chart_date) AS run_start,
        MAX(entry.chart_date) AS run_end,
        CAST(COUNT(*) AS INTEGER) AS entries,
        CAST(SUM(entry.rank) AS INTEGER) AS rank_sum,
        CAST(COUNT(CASE WHEN entry.rank = 1 THEN 1 END) AS INTEGER) AS entries_at_one,
        CAST(SUM(entry.streams) AS BIGINT) AS streams,
        CAST(COUNT(entry.streams) AS INTEGER) AS entries_with_streams,
        -- The best rank and the first day on it, in one number that a later minimum keeps together.
        CAST(MIN(entry.rank * 100000 + DATE_DIFF('day', DATE '2000-01-01', entry.chart_date)) AS INTEGER) AS peak_code
    FROM warehouse.fact_chart_entry AS entry
    GROUP BY
        YEAR(entry.chart_date), MONTH(entry.chart_date), entry.region_code, entry.chart, entry.cadence, entry.track_id
),
measured AS (
    SELECT
        months.*,
        CASE WHEN DATE_DIFF('day', months.run_start, months.run_end)
            = (months.entries - 1) * CASE WHEN months.cadence = 'weekly' THEN 7 ELSE 1 END
            THEN 1 ELSE 0 END AS is_one_stay
    FROM months
),
numbered AS (
    SELECT
        broken.month_start, broken.region_code, broken.chart, broken.cadence, broken.track_id,
        entry.chart_date, entry.rank, entry.streams,
        CAST(DATE_DIFF('day', DATE '2000-01-01', entry.chart_date) AS INTEGER) AS day_number,
        CASE WHEN broken.cadence = 'weekly' THEN 7 ELSE 1 END AS step,
        CAST(ROW_NUMBER() OVER (
            PARTITION BY broken.month_start, broken.region_code, broken.chart, broken.cadence, broken.track_id
            ORDER BY entry.chart_date NULLS LAST
        ) AS INTEGER) AS number
    FROM warehouse.fact_chart_entry AS entry
    INNER JOIN measured AS broken
        ON broken.month_start = MAKE_DATE(YEAR(entry.chart_date), MONTH(entry.chart_date), 1)
        AND broken.region_code = entry.region_code AND broken.chart = entry.chart
        AND broken.cadence = entry.cadence AND broken.track_id = entry.track_id AND broken.is_one_stay = 0
),
stays AS (
    SELECT
        month_start, region_code, chart, cadence, track_id, run_start, run_end, entries, rank_sum, entries_at_one,
        streams, entries_with_streams, peak_code
    FROM measured
    WHERE is_one_stay = 1
    UNION ALL
    SELECT
        numbered.month_start, numbered.region_code, numbered.chart, numbered.cadence, numbered.track_id,
        MIN(numbered.chart_date) AS run_start,
        MAX(numbered.chart_date) AS run_end,
        CAST(COUNT(*) AS INTEGER) AS entries,
        CAST(SUM(numbered.rank) AS INTEGER) AS rank_sum,
        CAST(COUNT(CASE WHEN numbered.rank = 1 THEN 1 END) AS INTEGER) AS entries_at_one,
        CAST(SUM(numbered.streams) AS BIGINT) AS streams,
        CAST(COUNT(numbered.streams) AS INTEGER) AS entries_with_streams,
        CAST(MIN(numbered.rank * 100000 + numbered.day_number) AS INTEGER) AS peak_code
    FROM numbered
    GROUP BY
        numbered.month_start, numbered.region_code, numbered.chart, numbered.cadence, numbered.track_id,
        numbered.day_number - numbered.number * numbered.step
)
SELECT
    month_start,
    region_code,
    chart,
    cadence,
    track_id,
    run_start,
    run_end,
    entries,
    rank_sum,
    entries * CASE WHEN chart = 'top200' THEN 201 ELSE 51 END - rank_sum AS points,
    entries_at_one,
    streams,
    entries_with_streams,
    peak_code
FROM stays

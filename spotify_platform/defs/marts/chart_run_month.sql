-- Stays of a track on a chart within one month: consecutive days (weeks of a weekly chart) without a gap.
-- The one mart that reads the facts; the others derive from it, so a new day never rescans them.
-- Most tracks stay on a daily chart in one piece, which their first day, last day and number of entries tell. Only
-- the entries of the others are numbered: a window over all of them would cost more than everything else here.
-- Weekly charts that end on different days of the week do not follow each other.
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
        CASE WHEN months.entries = 1
            OR (months.cadence = 'daily' AND DATE_DIFF('day', months.run_start, months.run_end) = months.entries - 1)
            THEN 1 ELSE 0 END AS is_one_stay
    FROM months
),
-- One number instead of five keys: half the cost of the window.
broken AS (
    SELECT
        measured.month_start, measured.region_code, measured.chart, measured.cadence, measured.track_id,
        CAST(ROW_NUMBER() OVER (
            ORDER BY measured.month_start NULLS LAST, measured.region_code NULLS LAST, measured.chart NULLS LAST,
                measured.cadence NULLS LAST, measured.track_id NULLS LAST
        ) AS INTEGER) AS broken_number
    FROM measured
    WHERE measured.is_one_stay = 0
),
numbered AS (
    SELECT
        broken.broken_number,
        entry.chart_date, entry.rank, entry.streams,
        CAST(DATE_DIFF('day', DATE '2000-01-01', entry.chart_date) AS INTEGER) AS day_number,
        CASE WHEN broken.cadence = 'weekly' THEN 7 ELSE 1 END AS step,
        CAST(ROW_NUMBER() OVER (
            PARTITION BY broken.broken_number,
                CASE WHEN broken.cadence = 'weekly' THEN DATE_DIFF('day', DATE '2000-01-01', entry.chart_date) % 7 ELSE 0 END
            ORDER BY entry.chart_date NULLS LAST
        ) AS INTEGER) AS number
    FROM warehouse.fact_chart_entry AS entry
    INNER JOIN broken
        ON broken.month_start = MAKE_DATE(YEAR(entry.chart_date), MONTH(entry.chart_date), 1)
        AND broken.region_code = entry.region_code AND broken.chart = entry.chart
        AND broken.cadence = entry.cadence AND broken.track_id = entry.track_id
),
pieces AS (
    SELECT
        numbered.broken_number,
        MIN(numbered.chart_date) AS run_start,
        MAX(numbered.chart_date) AS run_end,
        CAST(COUNT(*) AS INTEGER) AS entries,
        CAST(SUM(numbered.rank) AS INTEGER) AS rank_sum,
        CAST(COUNT(CASE WHEN numbered.rank = 1 THEN 1 END) AS INTEGER) AS entries_at_one,
        CAST(SUM(numbered.streams) AS BIGINT) AS streams,
        CAST(COUNT(numbered.streams) AS INTEGER) AS entries_with_streams,
        CAST(MIN(numbered.rank * 100000 + numbered.day_number) AS INTEGER) AS peak_code
    FROM numbered
    GROUP BY numbered.broken_number, numbered.day_number - numbered.number * numbered.step
),
stays AS (
    SELECT
        month_start, region_code, chart, cadence, track_id, run_start, run_end, entries, rank_sum, entries_at_one,
        streams, entries_with_streams, peak_code
    FROM measured
    WHERE is_one_stay = 1
    UNION ALL
    SELECT
        broken.month_start, broken.region_code, broken.chart, broken.cadence, broken.track_id,
        piece.run_start, piece.run_end, piece.entries, piece.rank_sum, piece.entries_at_one, piece.streams,
        piece.entries_with_streams, piece.peak_code
    FROM pieces AS piece
    INNER JOIN broken ON broken.broken_number = piece.broken_number
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

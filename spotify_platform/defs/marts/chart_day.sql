-- One row per published chart: how long it is, what it counts, and who leads it.
WITH charts AS (
    SELECT
        entry.chart_date, entry.region_code, entry.chart, entry.cadence,
        CAST(COUNT(*) AS INTEGER) AS entries,
        CAST(SUM(entry.streams) AS BIGINT) AS streams,
        CAST(COUNT(entry.streams) AS INTEGER) AS entries_with_streams
    FROM warehouse.fact_chart_entry AS entry
    GROUP BY entry.chart_date, entry.region_code, entry.chart, entry.cadence
),
-- Where a source has several tracks at the first place, the one with more streams leads, then the lesser id.
leaders AS (
    SELECT
        entry.chart_date, entry.region_code, entry.chart, entry.cadence, entry.track_id, entry.streams, entry.is_tied,
        ROW_NUMBER() OVER (
            PARTITION BY entry.chart_date, entry.region_code, entry.chart, entry.cadence
            ORDER BY entry.streams DESC NULLS LAST, entry.track_id NULLS LAST
        ) AS place
    FROM warehouse.fact_chart_entry AS entry
    WHERE entry.rank = 1
)
SELECT
    charts.chart_date, charts.region_code, charts.chart, charts.cadence, charts.entries, charts.streams,
    charts.entries_with_streams, leader.track_id AS leader_track_id, leader.streams AS leader_streams,
    leader.is_tied AS leader_is_tied
FROM charts
LEFT JOIN leaders AS leader
    ON leader.chart_date = charts.chart_date AND leader.region_code = charts.region_code
    AND leader.chart = charts.chart AND leader.cadence = charts.cadence AND leader.place = 1

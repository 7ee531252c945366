-- One row per track of a published chart. Streams are null where the source does not tell them.
SELECT
    entry.chart_date,
    CAST(YEAR(entry.chart_date) * 10000 + MONTH(entry.chart_date) * 100 + DAY(entry.chart_date) AS INTEGER) AS date_key,
    entry.region_code,
    entry.chart,
    entry.cadence,
    entry.rank,
    entry.is_tied,
    entry.track_id,
    entry.streams,
    entry.trend,
    entry.previous_rank
FROM cleandata.charts AS entry

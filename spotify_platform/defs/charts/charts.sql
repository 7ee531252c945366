-- Chart entries: one row per track of a chart, from the best source of that chart.
SELECT
    entry.chart_date,
    entry.period_start,
    entry.region_code,
    entry.chart,
    entry.cadence,
    entry.rank,
    COALESCE(conflict.is_tied, FALSE) AS is_tied,
    label.track_id,
    label.title,
    label.artist_credit,
    entry.streams,
    entry.trend,
    entry.previous_rank,
    entry.file_id AS source_file_id,
    CAST(YEAR(entry.chart_date) AS INTEGER) AS year,
    CAST(MONTH(entry.chart_date) AS INTEGER) AS month
FROM candidates.chart_entries AS entry
INNER JOIN candidates.chart_labels AS label ON label.file_id = entry.file_id AND label.label_id = entry.label_id
LEFT JOIN cleandata.chart_conflicts AS conflict
    ON conflict.file_id = entry.file_id AND conflict.record = entry.record
WHERE conflict.outcome IS NULL OR conflict.outcome = 'loaded'

-- The latest chart that there is of each region, and what each of its tracks has done so far.
WITH latest AS (
    SELECT life.region_code, life.chart, life.cadence, MAX(life.last_date) AS chart_date
    FROM marts.track_chart_runs AS life
    GROUP BY life.region_code, life.chart, life.cadence
)
SELECT
    entry.region_code,
    entry.chart,
    entry.cadence,
    entry.chart_date,
    entry.rank,
    entry.track_id,
    track.title,
    track.artist_credit,
    entry.streams,
    entry.trend,
    entry.previous_rank,
    life.peak_rank,
    life.peak_date,
    life.first_date,
    life.entries
FROM latest
INNER JOIN warehouse.fact_chart_entry AS entry
    ON entry.chart_date = latest.chart_date AND entry.region_code = latest.region_code
    AND entry.chart = latest.chart AND entry.cadence = latest.cadence
INNER JOIN marts.track_chart_runs AS life
    ON life.region_code = entry.region_code AND life.chart = entry.chart AND life.cadence = entry.cadence
    AND life.track_id = entry.track_id
INNER JOIN warehouse.dim_track AS track ON track.track_id = entry.track_id

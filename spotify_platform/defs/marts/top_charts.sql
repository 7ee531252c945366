-- The fifty greatest tracks of every month, region and chart: by streams, or by points where there are none.
WITH ranked AS (
    SELECT
        month.month_start, month.region_code, month.chart, month.cadence, month.track_id, month.entries,
        month.best_rank, month.points, month.streams,
        CAST(ROW_NUMBER() OVER (
            PARTITION BY month.month_start, month.region_code, month.chart, month.cadence
            ORDER BY month.streams DESC NULLS LAST, month.points DESC NULLS LAST, month.track_id NULLS LAST
        ) AS INTEGER) AS position
    FROM marts.track_region_month AS month
)
SELECT
    ranked.month_start, ranked.region_code, ranked.chart, ranked.cadence, ranked.position, ranked.track_id,
    track.title, track.artist_credit, ranked.streams, ranked.points, ranked.entries, ranked.best_rank
FROM ranked
INNER JOIN warehouse.dim_track AS track ON track.track_id = ranked.track_id
WHERE ranked.position <= 50

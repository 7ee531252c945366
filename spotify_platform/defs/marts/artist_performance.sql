-- An artist's month on one kind of chart. Each artist of a track has all of it, once; what is counted as lead
-- adds up over artists.
WITH credits AS (
    SELECT bridge.track_id, bridge.artist_id, MIN(bridge.position) AS position
    FROM warehouse.bridge_track_artist AS bridge
    GROUP BY bridge.track_id, bridge.artist_id
)
SELECT
    month.month_start,
    month.chart,
    month.cadence,
    credits.artist_id,
    artist.artist_name,
    CAST(COUNT(*) AS INTEGER) AS tracks,
    CAST(SUM(month.entries) AS INTEGER) AS entries,
    CAST(SUM(month.entries_at_one) AS INTEGER) AS entries_at_one,
    MIN(month.best_rank) AS best_rank,
    CAST(SUM(CAST(month.points AS BIGINT)) AS BIGINT) AS points,
    CAST(SUM(month.global_streams) AS BIGINT) AS global_streams,
    CAST(SUM(month.country_streams) AS BIGINT) AS country_streams,
    CAST(COUNT(CASE WHEN credits.position = 1 THEN 1 END) AS INTEGER) AS tracks_as_lead,
    CAST(SUM(CASE WHEN credits.position = 1 THEN month.global_streams END) AS BIGINT) AS global_streams_as_lead,
    CAST(SUM(CASE WHEN credits.position = 1 THEN month.country_streams END) AS BIGINT) AS country_streams_as_lead
FROM marts.track_month AS month
INNER JOIN credits ON credits.track_id = month.track_id
INNER JOIN warehouse.dim_artist AS artist ON artist.artist_id = credits.artist_id
GROUP BY month.month_start, month.chart, month.cadence, credits.artist_id, artist.artist_name

-- Who led each published chart, and for how many charts in a row.
WITH numbered AS (
    SELECT
        day.chart_date, day.region_code, day.chart, day.cadence, day.leader_track_id, day.leader_streams,
        day.leader_is_tied,
        ROW_NUMBER() OVER (
            PARTITION BY day.region_code, day.chart, day.cadence ORDER BY day.chart_date NULLS LAST
        ) - ROW_NUMBER() OVER (
            PARTITION BY day.region_code, day.chart, day.cadence, day.leader_track_id ORDER BY day.chart_date NULLS LAST
        ) AS reign
    FROM marts.chart_day AS day
)
SELECT
    numbered.chart_date,
    numbered.region_code,
    numbered.chart,
    numbered.cadence,
    numbered.leader_track_id AS track_id,
    track.title,
    track.artist_credit,
    numbered.leader_streams AS streams,
    numbered.leader_is_tied AS is_tied,
    CAST(ROW_NUMBER() OVER (
        PARTITION BY numbered.region_code, numbered.chart, numbered.cadence, numbered.leader_track_id, numbered.reign
        ORDER BY numbered.chart_date NULLS LAST
    ) AS INTEGER) AS charts_in_a_row
FROM numbered
INNER JOIN warehouse.dim_track AS track ON track.track_id = numbered.leader_track_id

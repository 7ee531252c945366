-- One row per track that was ever on a chart. Dates are distinct ones, however many regions had the track on them.
WITH dates AS (
    SELECT
        month.track_id,
        CAST(SUM(CASE WHEN month.chart = 'top200' AND month.cadence = 'daily' THEN month.dates ELSE 0 END) AS INTEGER)
            AS days_on_top200,
        CAST(SUM(CASE WHEN month.chart = 'top200' AND month.cadence = 'weekly' THEN month.dates ELSE 0 END) AS INTEGER)
            AS weeks_on_top200,
        CAST(SUM(CASE WHEN month.chart = 'viral50' AND month.cadence = 'daily' THEN month.dates ELSE 0 END) AS INTEGER)
            AS days_on_viral50
    FROM marts.track_month AS month
    GROUP BY month.track_id
),
-- A weekly chart counts the streams of the daily ones once more.
lives AS (
    SELECT
        life.track_id,
        CAST(COUNT(DISTINCT CASE WHEN life.region_code <> 'GLOBAL' THEN life.region_code END) AS INTEGER) AS countries,
        CAST(SUM(life.entries) AS INTEGER) AS entries,
        CAST(SUM(life.entries_at_one) AS INTEGER) AS entries_at_one,
        MIN(life.peak_rank) AS peak_rank,
        MIN(life.first_date) AS first_date,
        MAX(life.last_date) AS last_date,
        CAST(SUM(CASE WHEN life.region_code = 'GLOBAL' AND life.cadence = 'daily' THEN life.streams END) AS BIGINT)
            AS global_by_day,
        CAST(SUM(CASE WHEN life.region_code = 'GLOBAL' AND life.cadence = 'weekly' THEN life.streams END) AS BIGINT)
            AS global_by_week,
        CAST(SUM(CASE WHEN life.region_code <> 'GLOBAL' AND life.cadence = 'daily' THEN life.streams END) AS BIGINT)
            AS countries_by_day,
        CAST(SUM(CASE WHEN life.region_code <> 'GLOBAL' AND life.cadence = 'weekly' THEN life.streams END) AS BIGINT)
            AS countries_by_week
    FROM marts.track_chart_runs AS life
    GROUP BY life.track_id
)
SELECT
    lives.track_id,
    -- Editions of one song have ids of their own: what agrees in title and first artist is taken for one.
    CASE WHEN track.title IS NULL OR track.primary_artist_id IS NULL THEN lives.track_id
        ELSE MIN(lives.track_id) OVER (PARTITION BY track.title, track.primary_artist_id) END AS song_id,
    track.title,
    track.artist_credit,
    lives.first_date,
    lives.last_date,
    dates.days_on_top200,
    dates.weeks_on_top200,
    dates.days_on_viral50,
    lives.countries,
    lives.entries,
    lives.entries_at_one,
    lives.peak_rank,
    COALESCE(lives.global_by_day, lives.global_by_week) AS global_streams,
    COALESCE(lives.countries_by_day, lives.countries_by_week) AS country_streams
FROM lives
INNER JOIN dates ON dates.track_id = lives.track_id
INNER JOIN warehouse.dim_track AS track ON track.track_id = lives.track_id

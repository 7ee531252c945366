-- What went viral in the last two weeks that a region has viral charts of: of the data, whatever the calendar says.
WITH latest AS (
    SELECT life.region_code, life.cadence, MAX(life.last_date) AS window_end
    FROM marts.track_chart_runs AS life
    WHERE life.chart = 'viral50'
    GROUP BY life.region_code, life.cadence
),
windows AS (
    SELECT
        entry.region_code, entry.cadence, entry.track_id, latest.window_end,
        COUNT(*) AS entries, MIN(entry.rank) AS best_rank, CAST(SUM(51 - entry.rank) AS INTEGER) AS points,
        MIN(entry.chart_date) AS first_date, MAX(entry.chart_date) AS last_date
    FROM latest
    INNER JOIN warehouse.fact_chart_entry AS entry
        ON entry.chart = 'viral50' AND entry.region_code = latest.region_code AND entry.cadence = latest.cadence
        AND entry.chart_date > DATE_ADD(latest.window_end, -14)
    GROUP BY entry.region_code, entry.cadence, entry.track_id, latest.window_end
)
SELECT
    windows.region_code,
    windows.cadence,
    windows.window_end,
    CAST(ROW_NUMBER() OVER (
        PARTITION BY windows.region_code, windows.cadence
        ORDER BY windows.points DESC NULLS LAST, windows.best_rank NULLS LAST, windows.track_id NULLS LAST
    ) AS INTEGER) AS position,
    windows.track_id,
    track.title,
    track.artist_credit,
    CAST(windows.entries AS INTEGER) AS entries,
    windows.best_rank,
    windows.points,
    windows.first_date,
    windows.last_date,
    life.first_date AS first_viral_date
FROM windows
INNER JOIN marts.track_chart_runs AS life
    ON life.region_code = windows.region_code AND life.chart = 'viral50' AND life.cadence = windows.cadence
    AND life.track_id = windows.track_id
INNER JOIN warehouse.dim_track AS track ON track.track_id = windows.track_id

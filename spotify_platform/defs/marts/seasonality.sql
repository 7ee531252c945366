-- What charts count by month of the year and day of the week. Sums may be added up over either.
SELECT
    day.region_code,
    day.chart,
    day.cadence,
    CAST(MONTH(day.chart_date) AS SMALLINT) AS month,
    calendar.weekday,
    CAST(COUNT(*) AS INTEGER) AS charts,
    CAST(COUNT(day.streams) AS INTEGER) AS charts_with_streams,
    CAST(SUM(day.streams) AS BIGINT) AS streams,
    CAST(SUM(day.streams) AS DOUBLE) / NULLIF(COUNT(day.streams), 0) AS mean_streams
FROM marts.chart_day AS day
INNER JOIN warehouse.dim_date AS calendar ON calendar.date = day.chart_date
GROUP BY day.region_code, day.chart, day.cadence, MONTH(day.chart_date), calendar.weekday

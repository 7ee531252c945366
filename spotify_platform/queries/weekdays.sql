-- On which days of the week is most streamed? Mean streams of the world's daily top 200.
SELECT
    season.weekday,
    CAST(SUM(season.charts) AS INTEGER) AS charts,
    CAST(SUM(season.streams) AS DOUBLE) / NULLIF(CAST(SUM(season.charts_with_streams) AS DOUBLE), 0) AS mean_streams
FROM marts.seasonality AS season
WHERE season.region_code = 'GLOBAL' AND season.chart = 'top200' AND season.cadence = 'daily'
GROUP BY season.weekday
ORDER BY season.weekday
LIMIT 7

-- Which ten tracks led the world's daily top 200 for most days?
SELECT
    leader.title,
    leader.artist_credit,
    CAST(COUNT(*) AS INTEGER) AS days,
    CAST(MAX(leader.charts_in_a_row) AS INTEGER) AS days_in_a_row,
    MIN(leader.chart_date) AS first_date
FROM marts.number_one_tracks AS leader
WHERE leader.region_code = 'GLOBAL' AND leader.chart = 'top200' AND leader.cadence = 'daily'
GROUP BY leader.track_id, leader.title, leader.artist_credit
ORDER BY COUNT(*) DESC, leader.track_id
LIMIT 10

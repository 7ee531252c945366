-- The charts that exist: what they count, how long they are, and whether the source tells streams.
SELECT 'top200' AS chart, 'daily' AS cadence, 'Top 200, daily' AS chart_name, 200 AS places, 1 AS period_days, 1 AS has_streams
UNION ALL
SELECT 'top200' AS chart, 'weekly' AS cadence, 'Top 200, weekly' AS chart_name, 200 AS places, 7 AS period_days, 1 AS has_streams
UNION ALL
SELECT 'viral50' AS chart, 'daily' AS cadence, 'Viral 50, daily' AS chart_name, 50 AS places, 1 AS period_days, 0 AS has_streams
UNION ALL
SELECT 'viral50' AS chart, 'weekly' AS cadence, 'Viral 50, weekly' AS chart_name, 50 AS places, 7 AS period_days, 0 AS has_streams
UNION ALL
SELECT 'top50' AS chart, 'daily' AS cadence, 'Top 50 playlist, daily' AS chart_name, 50 AS places, 1 AS period_days, 0 AS has_streams

-- How much of each year's charts is recent music, and how much is older?
SELECT
    CAST(YEAR(release.month_start) AS SMALLINT) AS chart_year,
    release.recency,
    CAST(SUM(CAST(release.entries AS BIGINT)) AS BIGINT) AS entries
FROM marts.release_recency AS release
GROUP BY YEAR(release.month_start), release.recency
ORDER BY YEAR(release.month_start) DESC, release.recency
LIMIT 100

-- How alike the charts of two regions are, over all that there is of them: by the tracks that both had, and by the
-- cosine of the angle between their tracks' points. Each pair stands both ways round.
WITH regions AS (
    SELECT
        life.chart, life.cadence, life.region_code, COUNT(*) AS tracks,
        CAST(SUM(CAST(life.points AS BIGINT) * life.points) AS BIGINT) AS square
    FROM marts.track_chart_runs AS life
    GROUP BY life.chart, life.cadence, life.region_code
),
shared AS (
    SELECT
        one.chart, one.cadence, one.region_code, other.region_code AS other_region_code, COUNT(*) AS tracks,
        CAST(SUM(CAST(one.points AS BIGINT) * other.points) AS BIGINT) AS product
    FROM marts.track_chart_runs AS one
    INNER JOIN marts.track_chart_runs AS other
        ON other.track_id = one.track_id AND other.chart = one.chart AND other.cadence = one.cadence
        AND other.region_code > one.region_code
    GROUP BY one.chart, one.cadence, one.region_code, other.region_code
),
both_ways AS (
    SELECT
        shared.chart, shared.cadence, shared.region_code, shared.other_region_code, shared.tracks, shared.product
    FROM shared
    UNION ALL
    SELECT
        shared.chart, shared.cadence, shared.other_region_code AS region_code,
        shared.region_code AS other_region_code, shared.tracks, shared.product
    FROM shared
)
SELECT
    one.chart,
    one.cadence,
    one.region_code,
    other.region_code AS other_region_code,
    CAST(one.tracks AS INTEGER) AS tracks,
    CAST(other.tracks AS INTEGER) AS other_tracks,
    CAST(COALESCE(pair.tracks, 0) AS INTEGER) AS shared_tracks,
    COALESCE(pair.tracks, 0) / NULLIF(CAST(one.tracks + other.tracks - COALESCE(pair.tracks, 0) AS DOUBLE), 0)
        AS jaccard,
    CAST(COALESCE(pair.product, 0) AS DOUBLE)
        / NULLIF(SQRT(CAST(one.square AS DOUBLE)) * SQRT(CAST(other.square AS DOUBLE)), 0) AS cosine
FROM regions AS one
INNER JOIN regions AS other
    ON other.chart = one.chart AND other.cadence = one.cadence AND other.region_code <> one.region_code
LEFT JOIN both_ways AS pair
    ON pair.chart = one.chart AND pair.cadence = one.cadence AND pair.region_code = one.region_code
    AND pair.other_region_code = other.region_code

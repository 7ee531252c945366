-- Pearson's correlation of each feature with popularity, over the tracks that have both.
-- By sums, since not every engine has CORR; of whole thousandths or millionths, because sums of fractions
-- depend on the order of adding. Correlation does not mind the scale.
WITH measured AS (
    SELECT 'danceability' AS feature, CAST(FLOOR(danceability * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE danceability IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'energy' AS feature, CAST(FLOOR(energy * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE energy IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'loudness' AS feature, CAST(FLOOR(loudness * 1000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE loudness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'speechiness' AS feature, CAST(FLOOR(speechiness * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE speechiness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'acousticness' AS feature, CAST(FLOOR(acousticness * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE acousticness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'instrumentalness' AS feature, CAST(FLOOR(instrumentalness * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE instrumentalness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'liveness' AS feature, CAST(FLOOR(liveness * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE liveness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'valence' AS feature, CAST(FLOOR(valence * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE valence IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'tempo' AS feature, CAST(FLOOR(tempo * 1000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE tempo IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'duration_ms' AS feature, CAST(duration_ms AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE duration_ms IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'mode' AS feature, CAST(mode AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE mode IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'key' AS feature, CAST(key AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE key IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'energy_tempo' AS feature, CAST(FLOOR(energy_tempo * 1000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE energy_tempo IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'energy_efficiency' AS feature, CAST(FLOOR(energy_efficiency * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE energy_efficiency IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'emotional_impact' AS feature, CAST(FLOOR(emotional_impact * 1000000 + 0.5e0) AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE emotional_impact IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'track_age_days' AS feature, CAST(track_age_days AS BIGINT) AS x, CAST(popularity AS BIGINT) AS y
    FROM warehouse.dim_track WHERE track_age_days IS NOT NULL AND popularity IS NOT NULL
),
sums AS (
    SELECT
        feature, COUNT(*) AS tracks, CAST(COUNT(*) AS DOUBLE) AS n,
        CAST(CAST(SUM(x) AS BIGINT) AS DOUBLE) AS sx, CAST(CAST(SUM(y) AS BIGINT) AS DOUBLE) AS sy,
        CAST(CAST(SUM(x * y) AS BIGINT) AS DOUBLE) AS sxy, CAST(CAST(SUM(x * x) AS BIGINT) AS DOUBLE) AS sxx,
        CAST(CAST(SUM(y * y) AS BIGINT) AS DOUBLE) AS syy
    FROM measured
    GROUP BY feature
),
moments AS (
    SELECT
        feature, tracks, n * sxy - sx * sy AS covariance, n * sxx - sx * sx AS feature_variance,
        n * syy - sy * sy AS popularity_variance
    FROM sums
)
SELECT
    feature, CAST(tracks AS INTEGER) AS tracks,
    CASE WHEN feature_variance > 0 AND popularity_variance > 0
        THEN covariance / NULLIF(SQRT(feature_variance) * SQRT(popularity_variance), 0) END AS correlation
FROM moments

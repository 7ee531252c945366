-- Pearson's correlation of each feature with popularity, over the tracks that have both.
-- By sums of deviations from the mean: not every engine has CORR, and plain sums of squares lose digits.
WITH measured AS (
    SELECT 'danceability' AS feature, CAST(danceability AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE danceability IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'energy' AS feature, CAST(energy AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE energy IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'loudness' AS feature, CAST(loudness AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE loudness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'speechiness' AS feature, CAST(speechiness AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE speechiness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'acousticness' AS feature, CAST(acousticness AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE acousticness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'instrumentalness' AS feature, CAST(instrumentalness AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE instrumentalness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'liveness' AS feature, CAST(liveness AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE liveness IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'valence' AS feature, CAST(valence AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE valence IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'tempo' AS feature, CAST(tempo AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE tempo IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'duration_ms' AS feature, CAST(duration_ms AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE duration_ms IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'mode' AS feature, CAST(mode AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE mode IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'key' AS feature, CAST(key AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE key IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'energy_tempo' AS feature, CAST(energy_tempo AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE energy_tempo IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'energy_efficiency' AS feature, CAST(energy_efficiency AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE energy_efficiency IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'emotional_impact' AS feature, CAST(emotional_impact AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE emotional_impact IS NOT NULL AND popularity IS NOT NULL
    UNION ALL
    SELECT 'track_age_days' AS feature, CAST(track_age_days AS DOUBLE) AS value, CAST(popularity AS DOUBLE) AS popularity
    FROM warehouse.dim_track WHERE track_age_days IS NOT NULL AND popularity IS NOT NULL
),
means AS (
    SELECT feature, AVG(CAST(value AS DOUBLE)) AS mean_value, AVG(CAST(popularity AS DOUBLE)) AS mean_popularity FROM measured GROUP BY feature
),
sums AS (
    SELECT
        measured.feature,
        COUNT(*) AS tracks,
        SUM(CAST((measured.value - means.mean_value) * (measured.popularity - means.mean_popularity) AS DOUBLE)) AS sxy,
        SUM(CAST((measured.value - means.mean_value) * (measured.value - means.mean_value) AS DOUBLE)) AS sxx,
        SUM(CAST((measured.popularity - means.mean_popularity) * (measured.popularity - means.mean_popularity) AS DOUBLE))
            AS syy
    FROM measured
    INNER JOIN means ON means.feature = measured.feature
    GROUP BY measured.feature
)
SELECT feature, CAST(tracks AS INTEGER) AS tracks, sxy / NULLIF(SQRT(sxx * syy), 0) AS correlation
FROM sums

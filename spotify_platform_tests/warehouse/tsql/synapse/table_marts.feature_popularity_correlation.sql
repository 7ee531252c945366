CREATE TABLE [marts].[feature_popularity_correlation] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [measured] AS (
  SELECT
    'danceability' AS [feature],
    CAST(FLOOR([danceability] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [danceability] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'energy' AS [feature],
    CAST(FLOOR([energy] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [energy] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'loudness' AS [feature],
    CAST(FLOOR([loudness] * 1000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [loudness] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'speechiness' AS [feature],
    CAST(FLOOR([speechiness] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [speechiness] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'acousticness' AS [feature],
    CAST(FLOOR([acousticness] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [acousticness] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'instrumentalness' AS [feature],
    CAST(FLOOR([instrumentalness] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [instrumentalness] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'liveness' AS [feature],
    CAST(FLOOR([liveness] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [liveness] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'valence' AS [feature],
    CAST(FLOOR([valence] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [valence] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'tempo' AS [feature],
    CAST(FLOOR([tempo] * 1000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [tempo] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'duration_ms' AS [feature],
    CAST([duration_ms] AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [duration_ms] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'mode' AS [feature],
    CAST([mode] AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [mode] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'key' AS [feature],
    CAST([key] AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [key] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'energy_tempo' AS [feature],
    CAST(FLOOR([energy_tempo] * 1000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [energy_tempo] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'energy_efficiency' AS [feature],
    CAST(FLOOR([energy_efficiency] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [energy_efficiency] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'emotional_impact' AS [feature],
    CAST(FLOOR([emotional_impact] * 1000000 + 0.5e0) AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [emotional_impact] IS NULL AND NOT [popularity] IS NULL
  UNION ALL
  SELECT
    'track_age_days' AS [feature],
    CAST([track_age_days] AS BIGINT) AS [x],
    CAST([popularity] AS BIGINT) AS [y]
  FROM [warehouse].[dim_track]
  WHERE
    NOT [track_age_days] IS NULL AND NOT [popularity] IS NULL
), [sums] AS (
  SELECT
    [feature] AS [feature],
    COUNT_BIG(*) AS [tracks],
    CAST(COUNT_BIG(*) AS FLOAT) AS [n],
    CAST(CAST(SUM([x]) AS BIGINT) AS FLOAT) AS [sx],
    CAST(CAST(SUM([y]) AS BIGINT) AS FLOAT) AS [sy],
    CAST(CAST(SUM([x] * [y]) AS BIGINT) AS FLOAT) AS [sxy],
    CAST(CAST(SUM([x] * [x]) AS BIGINT) AS FLOAT) AS [sxx],
    CAST(CAST(SUM([y] * [y]) AS BIGINT) AS FLOAT) AS [syy]
  FROM [measured]
  GROUP BY
    [feature]
), [moments] AS (
  SELECT
    [feature] AS [feature],
    [tracks] AS [tracks],
    [n] * [sxy] - [sx] * [sy] AS [covariance],
    [n] * [sxx] - [sx] * [sx] AS [feature_variance],
    [n] * [syy] - [sy] * [sy] AS [popularity_variance]
  FROM [sums]
), [rows of the model] AS (
  SELECT
    [feature] AS [feature],
    CAST([tracks] AS INTEGER) AS [tracks],
    CASE
      WHEN [feature_variance] > 0 AND [popularity_variance] > 0
      THEN CAST([covariance] AS FLOAT) / NULLIF(SQRT([feature_variance]) * SQRT([popularity_variance]), 0)
    END AS [correlation]
  FROM [moments]
)
SELECT
  CAST([feature] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [feature],
  CAST([tracks] AS INT) AS [tracks],
  CAST([correlation] AS FLOAT) AS [correlation]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [feature] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN [correlation] < -1.000001 OR [correlation] > 1.000001 THEN 1 ELSE 0 END
  )
FROM [marts].[feature_popularity_correlation];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [feature] AS [feature]
  FROM [marts].[feature_popularity_correlation]
  GROUP BY
    [feature]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_feature] ON [marts].[feature_popularity_correlation] ([feature]);

SELECT
TOP 5
  *
FROM [marts].[feature_popularity_correlation];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([correlation])
FROM [marts].[feature_popularity_correlation];

SELECT
TOP 50
  [feature],
  [correlation]
FROM [marts].[feature_popularity_correlation]
ORDER BY
  [correlation] DESC,
  CASE WHEN [feature] IS NULL THEN 1 ELSE 0 END, [feature];

CREATE VIEW [published].[feature_popularity_correlation] AS SELECT [t].[feature], [t].[tracks], [t].[correlation] FROM [published_a].[feature_popularity_correlation] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[feature], [t].[tracks], [t].[correlation] FROM [published_b].[feature_popularity_correlation] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

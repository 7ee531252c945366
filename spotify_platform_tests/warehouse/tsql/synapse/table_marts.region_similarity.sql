CREATE TABLE [marts].[region_similarity] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [regions] AS (
  SELECT
    [life].[chart] AS [chart],
    [life].[cadence] AS [cadence],
    [life].[region_code] AS [region_code],
    COUNT_BIG(*) AS [tracks],
    CAST(SUM(CAST([life].[points] AS BIGINT) * [life].[points]) AS BIGINT) AS [square]
  FROM [marts].[track_chart_runs] AS [life]
  GROUP BY
    [life].[chart],
    [life].[cadence],
    [life].[region_code]
), [shared] AS (
  SELECT
    [one].[chart] AS [chart],
    [one].[cadence] AS [cadence],
    [one].[region_code] AS [region_code],
    [other].[region_code] AS [other_region_code],
    COUNT_BIG(*) AS [tracks],
    CAST(SUM(CAST([one].[points] AS BIGINT) * [other].[points]) AS BIGINT) AS [product]
  FROM [marts].[track_chart_runs] AS [one]
  INNER JOIN [marts].[track_chart_runs] AS [other]
    ON [other].[track_id] = [one].[track_id]
    AND [other].[chart] = [one].[chart]
    AND [other].[cadence] = [one].[cadence]
    AND [other].[region_code] > [one].[region_code]
  GROUP BY
    [one].[chart],
    [one].[cadence],
    [one].[region_code],
    [other].[region_code]
), [both_ways] AS (
  SELECT
    [shared].[chart],
    [shared].[cadence],
    [shared].[region_code],
    [shared].[other_region_code],
    [shared].[tracks],
    [shared].[product]
  FROM [shared]
  UNION ALL
  SELECT
    [shared].[chart],
    [shared].[cadence],
    [shared].[other_region_code] AS [region_code],
    [shared].[region_code] AS [other_region_code],
    [shared].[tracks],
    [shared].[product]
  FROM [shared]
), [rows of the model] AS (
  SELECT
    [one].[chart] AS [chart],
    [one].[cadence] AS [cadence],
    [one].[region_code] AS [region_code],
    [other].[region_code] AS [other_region_code],
    CAST([one].[tracks] AS INTEGER) AS [tracks],
    CAST([other].[tracks] AS INTEGER) AS [other_tracks],
    CAST(COALESCE([pair].[tracks], 0) AS INTEGER) AS [shared_tracks],
    CAST(COALESCE([pair].[tracks], 0) AS FLOAT) / NULLIF(CAST([one].[tracks] + [other].[tracks] - COALESCE([pair].[tracks], 0) AS FLOAT), 0) AS [jaccard],
    CAST(COALESCE([pair].[product], 0) AS FLOAT) / NULLIF(SQRT(CAST([one].[square] AS FLOAT)) * SQRT(CAST([other].[square] AS FLOAT)), 0) AS [cosine]
  FROM [regions] AS [one]
  INNER JOIN [regions] AS [other]
    ON [other].[chart] = [one].[chart]
    AND [other].[cadence] = [one].[cadence]
    AND [other].[region_code] <> [one].[region_code]
  LEFT JOIN [both_ways] AS [pair]
    ON [pair].[chart] = [one].[chart]
    AND [pair].[cadence] = [one].[cadence]
    AND [pair].[region_code] = [one].[region_code]
    AND [pair].[other_region_code] = [other].[region_code]
)
SELECT
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([other_region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [other_region_code],
  CAST([tracks] AS INT) AS [tracks],
  CAST([other_tracks] AS INT) AS [other_tracks],
  CAST([shared_tracks] AS INT) AS [shared_tracks],
  CAST([jaccard] AS FLOAT) AS [jaccard],
  CAST([cosine] AS FLOAT) AS [cosine]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [other_region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [other_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [shared_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [jaccard] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cosine] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [other_tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [shared_tracks] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [jaccard] < 0 OR [jaccard] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cosine] < 0 OR [cosine] > 1.000001 THEN 1 ELSE 0 END)
FROM [marts].[region_similarity];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [chart] AS [chart],
    [cadence] AS [cadence],
    [region_code] AS [region_code],
    [other_region_code] AS [other_region_code]
  FROM [marts].[region_similarity]
  GROUP BY
    [chart],
    [cadence],
    [region_code],
    [other_region_code]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_chart] ON [marts].[region_similarity] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[region_similarity] ([cadence]);

CREATE STATISTICS [stat_region_code] ON [marts].[region_similarity] ([region_code]);

CREATE STATISTICS [stat_other_region_code] ON [marts].[region_similarity] ([other_region_code]);

SELECT
TOP 5
  *
FROM [marts].[region_similarity];

SELECT
  COUNT_BIG(*)
FROM [marts].[region_similarity];

SELECT
TOP 80
  [region_code],
  [cosine]
FROM [marts].[region_similarity]
WHERE
  [other_region_code] = 'GLOBAL' AND [chart] = 'top200' AND [cadence] = 'daily'
ORDER BY
  [cosine] DESC,
  CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END, [region_code];

CREATE VIEW [published].[region_similarity] AS SELECT [t].[chart], [t].[cadence], [t].[region_code], [t].[other_region_code], [t].[tracks], [t].[other_tracks], [t].[shared_tracks], [t].[jaccard], [t].[cosine] FROM [published_a].[region_similarity] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[chart], [t].[cadence], [t].[region_code], [t].[other_region_code], [t].[tracks], [t].[other_tracks], [t].[shared_tracks], [t].[jaccard], [t].[cosine] FROM [published_b].[region_similarity] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

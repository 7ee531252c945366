CREATE TABLE [marts].[popularity_by_region_month] AS WITH [rows of the model] AS (
  SELECT
    [month].[month_start] AS [month_start],
    [month].[region_code] AS [region_code],
    [month].[chart] AS [chart],
    [month].[cadence] AS [cadence],
    CAST(COUNT_BIG(*) AS INTEGER) AS [tracks],
    CAST(COUNT_BIG([track].[popularity]) AS INTEGER) AS [tracks_with_popularity],
    AVG(CAST([track].[popularity] AS FLOAT)) AS [mean_popularity],
    CAST(SUM(CAST([track].[popularity] * [month].[entries] AS FLOAT)) AS FLOAT) / NULLIF(
      CAST(SUM(CASE WHEN NOT [track].[popularity] IS NULL THEN [month].[entries] END) AS FLOAT),
      0
    ) AS [mean_popularity_by_entries]
  FROM [marts].[track_region_month] AS [month]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [month].[track_id]
  GROUP BY
    [month].[month_start],
    [month].[region_code],
    [month].[chart],
    [month].[cadence]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([tracks] AS INT) AS [tracks],
  CAST([tracks_with_popularity] AS INT) AS [tracks_with_popularity],
  CAST([mean_popularity] AS FLOAT) AS [mean_popularity],
  CAST([mean_popularity_by_entries] AS FLOAT) AS [mean_popularity_by_entries]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_popularity] < 0 OR [mean_popularity] > 100 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [mean_popularity_by_entries] < 0 OR [mean_popularity_by_entries] > 100
      THEN 1
      ELSE 0
    END
  )
FROM [marts].[popularity_by_region_month];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence]
  FROM [marts].[popularity_by_region_month]
  GROUP BY
    [month_start],
    [region_code],
    [chart],
    [cadence]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[popularity_by_region_month] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[popularity_by_region_month] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[popularity_by_region_month] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[popularity_by_region_month] ([cadence]);

SELECT
TOP 5
  *
FROM [marts].[popularity_by_region_month];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([mean_popularity]),
  COUNT_BIG([mean_popularity_by_entries])
FROM [marts].[popularity_by_region_month];

SELECT
TOP 300
  [region_code],
  AVG([mean_popularity]) AS [mean]
FROM [marts].[popularity_by_region_month]
GROUP BY
  [region_code]
ORDER BY
  AVG([mean_popularity]) DESC,
  CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END, [region_code];

CREATE VIEW [published].[popularity_by_region_month] AS SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[tracks], [t].[tracks_with_popularity], [t].[mean_popularity], [t].[mean_popularity_by_entries] FROM [published_a].[popularity_by_region_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[tracks], [t].[tracks_with_popularity], [t].[mean_popularity], [t].[mean_popularity_by_entries] FROM [published_b].[popularity_by_region_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

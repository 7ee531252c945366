CREATE TABLE [marts].[release_recency] AS WITH [aged] AS (
  SELECT
    [month].[month_start] AS [month_start],
    [month].[region_code] AS [region_code],
    [month].[chart] AS [chart],
    [month].[cadence] AS [cadence],
    [month].[entries] AS [entries],
    [month].[streams] AS [streams],
    [track].[popularity] AS [popularity],
    CASE
      WHEN [track].[release_date] IS NULL
      THEN 'unknown'
      WHEN (
        YEAR([month].[month_start]) - YEAR([track].[release_date])
      ) * 12 + MONTH([month].[month_start]) - MONTH([track].[release_date]) < 18
      THEN 'current'
      WHEN (
        YEAR([month].[month_start]) - YEAR([track].[release_date])
      ) * 12 + MONTH([month].[month_start]) - MONTH([track].[release_date]) < 36
      THEN 'catalog'
      ELSE 'deep catalog'
    END AS [recency]
  FROM [marts].[track_region_month] AS [month]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [month].[track_id]
), [classes] AS (
  SELECT
    [aged].[month_start] AS [month_start],
    [aged].[region_code] AS [region_code],
    [aged].[chart] AS [chart],
    [aged].[cadence] AS [cadence],
    [aged].[recency] AS [recency],
    COUNT_BIG(*) AS [tracks],
    CAST(SUM(CAST([aged].[entries] AS BIGINT)) AS BIGINT) AS [entries],
    CAST(SUM([aged].[streams]) AS BIGINT) AS [streams],
    COUNT_BIG([aged].[popularity]) AS [tracks_with_popularity],
    AVG(CAST([aged].[popularity] AS FLOAT)) AS [mean_popularity]
  FROM [aged]
  GROUP BY
    [aged].[month_start],
    [aged].[region_code],
    [aged].[chart],
    [aged].[cadence],
    [aged].[recency]
), [rows of the model] AS (
  SELECT
    [classes].[month_start] AS [month_start],
    [classes].[region_code] AS [region_code],
    [classes].[chart] AS [chart],
    [classes].[cadence] AS [cadence],
    [classes].[recency] AS [recency],
    CAST([classes].[tracks] AS INTEGER) AS [tracks],
    CAST([classes].[entries] AS INTEGER) AS [entries],
    CAST([classes].[entries] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([classes].[entries]) OVER (
        PARTITION BY [classes].[month_start], [classes].[region_code], [classes].[chart], [classes].[cadence]
      ) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_entries],
    [classes].[streams] AS [streams],
    CAST([classes].[tracks_with_popularity] AS INTEGER) AS [tracks_with_popularity],
    [classes].[mean_popularity] AS [mean_popularity]
  FROM [classes]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([recency] AS VARCHAR(8000)) AS [recency],
  CAST([tracks] AS INT) AS [tracks],
  CAST([entries] AS INT) AS [entries],
  CAST([share_of_entries] AS FLOAT) AS [share_of_entries],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([tracks_with_popularity] AS INT) AS [tracks_with_popularity],
  CAST([mean_popularity] AS FLOAT) AS [mean_popularity]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [recency] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [recency] IN ('current', 'catalog', 'deep catalog', 'unknown')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] < 0 OR [share_of_entries] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_popularity] < 0 OR [mean_popularity] > 100 THEN 1 ELSE 0 END)
FROM [marts].[release_recency];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [recency] AS [recency]
  FROM [marts].[release_recency]
  GROUP BY
    [month_start],
    [region_code],
    [chart],
    [cadence],
    [recency]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[release_recency] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[release_recency] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[release_recency] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[release_recency] ([cadence]);

CREATE STATISTICS [stat_recency] ON [marts].[release_recency] ([recency]);

SELECT
TOP 5
  *
FROM [marts].[release_recency];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams]),
  COUNT_BIG([mean_popularity])
FROM [marts].[release_recency];

SELECT
TOP 10
  [recency],
  SUM(CAST([entries] AS BIGINT)) AS [entries]
FROM [marts].[release_recency]
GROUP BY
  [recency]
ORDER BY
  CASE WHEN [recency] IS NULL THEN 1 ELSE 0 END, [recency];

CREATE VIEW [published].[release_recency] AS SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[recency], [t].[tracks], [t].[entries], [t].[share_of_entries], [t].[streams], [t].[tracks_with_popularity], [t].[mean_popularity] FROM [published_a].[release_recency] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[recency], [t].[tracks], [t].[entries], [t].[share_of_entries], [t].[streams], [t].[tracks_with_popularity], [t].[mean_popularity] FROM [published_b].[release_recency] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

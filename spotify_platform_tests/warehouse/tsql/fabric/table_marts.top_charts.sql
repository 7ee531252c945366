CREATE TABLE [marts].[top_charts] AS WITH [ranked] AS (
  SELECT
    [month].[month_start] AS [month_start],
    [month].[region_code] AS [region_code],
    [month].[chart] AS [chart],
    [month].[cadence] AS [cadence],
    [month].[track_id] AS [track_id],
    [month].[entries] AS [entries],
    [month].[best_rank] AS [best_rank],
    [month].[points] AS [points],
    [month].[streams] AS [streams],
    CAST(ROW_NUMBER() OVER (
      PARTITION BY [month].[month_start], [month].[region_code], [month].[chart], [month].[cadence]
      ORDER BY [month].[streams] DESC, [month].[points] DESC, CASE WHEN [month].[track_id] IS NULL THEN 1 ELSE 0 END, [month].[track_id]
    ) AS INTEGER) AS [position]
  FROM [marts].[track_region_month] AS [month]
), [rows of the model] AS (
  SELECT
    [ranked].[month_start] AS [month_start],
    [ranked].[region_code] AS [region_code],
    [ranked].[chart] AS [chart],
    [ranked].[cadence] AS [cadence],
    [ranked].[position] AS [position],
    [ranked].[track_id] AS [track_id],
    [track].[title] AS [title],
    [track].[artist_credit] AS [artist_credit],
    [ranked].[streams] AS [streams],
    [ranked].[points] AS [points],
    [ranked].[entries] AS [entries],
    [ranked].[best_rank] AS [best_rank]
  FROM [ranked]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [ranked].[track_id]
  WHERE
    [ranked].[position] <= 50
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([position] AS INT) AS [position],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([title] AS VARCHAR(8000)) AS [title],
  CAST([artist_credit] AS VARCHAR(8000)) AS [artist_credit],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([points] AS INT) AS [points],
  CAST([entries] AS INT) AS [entries],
  CAST([best_rank] AS INT) AS [best_rank]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] < 1 OR [position] > 50 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 200 THEN 1 ELSE 0 END)
FROM [marts].[top_charts];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [position] AS [position]
  FROM [marts].[top_charts]
  GROUP BY
    [month_start],
    [region_code],
    [chart],
    [cadence],
    [position]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[top_charts] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[top_charts] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[top_charts] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[top_charts] ([cadence]);

CREATE STATISTICS [stat_position] ON [marts].[top_charts] ([position]);

SELECT
TOP 5
  *
FROM [marts].[top_charts];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([streams])
FROM [marts].[top_charts];

CREATE VIEW [published].[top_charts] AS SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[position], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[points], [t].[entries], [t].[best_rank] FROM [published_a].[top_charts] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[position], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[points], [t].[entries], [t].[best_rank] FROM [published_b].[top_charts] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

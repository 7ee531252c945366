CREATE TABLE [warehouse].[dim_chart] WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    'top200' AS [chart],
    'daily' AS [cadence],
    'Top 200, daily' AS [chart_name],
    200 AS [places],
    1 AS [period_days],
    1 AS [has_streams]
  UNION ALL
  SELECT
    'top200' AS [chart],
    'weekly' AS [cadence],
    'Top 200, weekly' AS [chart_name],
    200 AS [places],
    7 AS [period_days],
    1 AS [has_streams]
  UNION ALL
  SELECT
    'viral50' AS [chart],
    'daily' AS [cadence],
    'Viral 50, daily' AS [chart_name],
    50 AS [places],
    1 AS [period_days],
    0 AS [has_streams]
  UNION ALL
  SELECT
    'viral50' AS [chart],
    'weekly' AS [cadence],
    'Viral 50, weekly' AS [chart_name],
    50 AS [places],
    7 AS [period_days],
    0 AS [has_streams]
  UNION ALL
  SELECT
    'top50' AS [chart],
    'daily' AS [cadence],
    'Top 50 playlist, daily' AS [chart_name],
    50 AS [places],
    1 AS [period_days],
    0 AS [has_streams]
)
SELECT
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([chart_name] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart_name],
  CAST([places] AS INT) AS [places],
  CAST([period_days] AS INT) AS [period_days],
  CAST([has_streams] AS INT) AS [has_streams]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [places] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [period_days] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [has_streams] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [places] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [period_days] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [has_streams] < 0 OR [has_streams] > 1 THEN 1 ELSE 0 END)
FROM [warehouse].[dim_chart];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [chart] AS [chart],
    [cadence] AS [cadence]
  FROM [warehouse].[dim_chart]
  GROUP BY
    [chart],
    [cadence]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_chart] ON [warehouse].[dim_chart] ([chart]);

CREATE STATISTICS [stat_cadence] ON [warehouse].[dim_chart] ([cadence]);

SELECT
TOP 5
  *
FROM [warehouse].[dim_chart];

SELECT
  COUNT_BIG(*)
FROM [warehouse].[dim_chart];

CREATE VIEW [published].[dim_chart] AS SELECT [t].[chart], [t].[cadence], [t].[chart_name], [t].[places], [t].[period_days], [t].[has_streams] FROM [published_a].[dim_chart] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[chart], [t].[cadence], [t].[chart_name], [t].[places], [t].[period_days], [t].[has_streams] FROM [published_b].[dim_chart] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

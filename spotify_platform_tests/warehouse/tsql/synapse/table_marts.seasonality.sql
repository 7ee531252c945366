CREATE TABLE [marts].[seasonality] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [day].[region_code] AS [region_code],
    [day].[chart] AS [chart],
    [day].[cadence] AS [cadence],
    CAST(MONTH([day].[chart_date]) AS SMALLINT) AS [month],
    [calendar].[weekday] AS [weekday],
    CAST(COUNT_BIG(*) AS INTEGER) AS [charts],
    CAST(COUNT_BIG([day].[streams]) AS INTEGER) AS [charts_with_streams],
    CAST(SUM([day].[streams]) AS BIGINT) AS [streams],
    CAST(SUM([day].[streams]) AS FLOAT) / NULLIF(COUNT_BIG([day].[streams]), 0) AS [mean_streams]
  FROM [marts].[chart_day] AS [day]
  INNER JOIN [warehouse].[dim_date] AS [calendar]
    ON [calendar].[date] = [day].[chart_date]
  GROUP BY
    [day].[region_code],
    [day].[chart],
    [day].[cadence],
    MONTH([day].[chart_date]),
    [calendar].[weekday]
)
SELECT
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([month] AS SMALLINT) AS [month],
  CAST([weekday] AS SMALLINT) AS [weekday],
  CAST([charts] AS INT) AS [charts],
  CAST([charts_with_streams] AS INT) AS [charts_with_streams],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([mean_streams] AS FLOAT) AS [mean_streams]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [month] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weekday] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charts] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charts_with_streams] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [month] < 1 OR [month] > 12 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weekday] < 1 OR [weekday] > 7 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charts] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charts_with_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [mean_streams] < 0 OR [mean_streams] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  )
FROM [marts].[seasonality];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [month] AS [month],
    [weekday] AS [weekday]
  FROM [marts].[seasonality]
  GROUP BY
    [region_code],
    [chart],
    [cadence],
    [month],
    [weekday]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_region_code] ON [marts].[seasonality] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[seasonality] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[seasonality] ([cadence]);

CREATE STATISTICS [stat_month] ON [marts].[seasonality] ([month]);

CREATE STATISTICS [stat_weekday] ON [marts].[seasonality] ([weekday]);

SELECT
TOP 5
  *
FROM [marts].[seasonality];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams]),
  COUNT_BIG([mean_streams])
FROM [marts].[seasonality];

SELECT
TOP 7
  [weekday],
  CAST(SUM([streams]) AS FLOAT) / NULLIF(SUM(CAST([charts_with_streams] AS BIGINT)), 0) AS [mean]
FROM [marts].[seasonality]
WHERE
  [chart] = 'top200' AND [cadence] = 'daily'
GROUP BY
  [weekday]
ORDER BY
  CASE WHEN [weekday] IS NULL THEN 1 ELSE 0 END, [weekday];

CREATE VIEW [published].[seasonality] AS SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[month], [t].[weekday], [t].[charts], [t].[charts_with_streams], [t].[streams], [t].[mean_streams] FROM [published_a].[seasonality] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[month], [t].[weekday], [t].[charts], [t].[charts_with_streams], [t].[streams], [t].[mean_streams] FROM [published_b].[seasonality] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [marts].[trend_summary] AS WITH [trends] AS (
  SELECT
    DATEFROMPARTS(YEAR([entry].[chart_date]), MONTH([entry].[chart_date]), 1) AS [month_start],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[trend] AS [trend],
    COUNT_BIG(*) AS [entries],
    AVG(CAST([entry].[rank] AS FLOAT)) AS [mean_rank],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams]
  FROM [warehouse].[fact_chart_entry] AS [entry]
  WHERE
    NOT [entry].[trend] IS NULL
  GROUP BY
    YEAR([entry].[chart_date]),
    MONTH([entry].[chart_date]),
    [entry].[region_code],
    [entry].[chart],
    [entry].[cadence],
    [entry].[trend]
), [rows of the model] AS (
  SELECT
    [trends].[month_start] AS [month_start],
    [trends].[region_code] AS [region_code],
    [trends].[chart] AS [chart],
    [trends].[cadence] AS [cadence],
    [trends].[trend] AS [trend],
    CAST([trends].[entries] AS INTEGER) AS [entries],
    CAST([trends].[entries] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([trends].[entries]) OVER (
        PARTITION BY [trends].[month_start], [trends].[region_code], [trends].[chart], [trends].[cadence]
      ) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_entries],
    [trends].[mean_rank] AS [mean_rank],
    [trends].[streams] AS [streams]
  FROM [trends]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([trend] AS VARCHAR(8000)) AS [trend],
  CAST([entries] AS INT) AS [entries],
  CAST([share_of_entries] AS FLOAT) AS [share_of_entries],
  CAST([mean_rank] AS FLOAT) AS [mean_rank],
  CAST([streams] AS BIGINT) AS [streams]
FROM [rows of the model];

CREATE TABLE [marts].[trend_summary] AS WITH [trends] AS (
  SELECT
    DATEFROMPARTS(YEAR([entry].[chart_date]), MONTH([entry].[chart_date]), 1) AS [month_start],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[trend] AS [trend],
    COUNT_BIG(*) AS [entries],
    AVG(CAST([entry].[rank] AS FLOAT)) AS [mean_rank],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams]
  FROM (
    SELECT
      *
    FROM [warehouse].[fact_chart_entry]
    WHERE
      [chart_date] >= CAST('2020-02-01' AS DATE)
      AND [chart_date] < CAST('2020-04-01' AS DATE)
  ) AS [entry]
  WHERE
    NOT [entry].[trend] IS NULL
  GROUP BY
    YEAR([entry].[chart_date]),
    MONTH([entry].[chart_date]),
    [entry].[region_code],
    [entry].[chart],
    [entry].[cadence],
    [entry].[trend]
), [rows of the model] AS (
  SELECT
    [trends].[month_start] AS [month_start],
    [trends].[region_code] AS [region_code],
    [trends].[chart] AS [chart],
    [trends].[cadence] AS [cadence],
    [trends].[trend] AS [trend],
    CAST([trends].[entries] AS INTEGER) AS [entries],
    CAST([trends].[entries] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([trends].[entries]) OVER (
        PARTITION BY [trends].[month_start], [trends].[region_code], [trends].[chart], [trends].[cadence]
      ) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_entries],
    [trends].[mean_rank] AS [mean_rank],
    [trends].[streams] AS [streams]
  FROM [trends]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([trend] AS VARCHAR(8000)) AS [trend],
  CAST([entries] AS INT) AS [entries],
  CAST([share_of_entries] AS FLOAT) AS [share_of_entries],
  CAST([mean_rank] AS FLOAT) AS [mean_rank],
  CAST([streams] AS BIGINT) AS [streams]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [trend] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [trend] IN ('MOVE_UP', 'MOVE_DOWN', 'SAME_POSITION', 'NEW_ENTRY', 'RE_ENTRY')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] < 0 OR [share_of_entries] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_rank] < 1 OR [mean_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[trend_summary];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [trend] AS [trend]
  FROM [marts].[trend_summary]
  GROUP BY
    [month_start],
    [region_code],
    [chart],
    [cadence],
    [trend]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[trend_summary] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[trend_summary] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[trend_summary] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[trend_summary] ([cadence]);

CREATE STATISTICS [stat_trend] ON [marts].[trend_summary] ([trend]);

SELECT
TOP 5
  *
FROM [marts].[trend_summary];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams])
FROM [marts].[trend_summary];

SELECT
TOP 10
  [trend],
  SUM(CAST([entries] AS BIGINT)) AS [entries]
FROM [marts].[trend_summary]
GROUP BY
  [trend]
ORDER BY
  CASE WHEN [trend] IS NULL THEN 1 ELSE 0 END, [trend];

CREATE VIEW [published].[trend_summary] AS SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[trend], [t].[entries], [t].[share_of_entries], [t].[mean_rank], [t].[streams] FROM [published_a].[trend_summary] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[trend], [t].[entries], [t].[share_of_entries], [t].[mean_rank], [t].[streams] FROM [published_b].[trend_summary] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

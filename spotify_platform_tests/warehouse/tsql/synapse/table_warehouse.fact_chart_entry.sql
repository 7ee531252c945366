CREATE TABLE [warehouse].[fact_chart_entry] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [entry].[chart_date] AS [chart_date],
    CAST(YEAR([entry].[chart_date]) * 10000 + MONTH([entry].[chart_date]) * 100 + DAY([entry].[chart_date]) AS INTEGER) AS [date_key],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[rank] AS [rank],
    [entry].[is_tied] AS [is_tied],
    [entry].[track_id] AS [track_id],
    [entry].[streams] AS [streams],
    [entry].[trend] AS [trend],
    [entry].[previous_rank] AS [previous_rank]
  FROM [cleandata].[charts] AS [entry]
)
SELECT
  CAST([chart_date] AS DATE) AS [chart_date],
  CAST([date_key] AS INT) AS [date_key],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([rank] AS SMALLINT) AS [rank],
  CAST([is_tied] AS BIT) AS [is_tied],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([trend] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [trend],
  CAST([previous_rank] AS SMALLINT) AS [previous_rank]
FROM [rows of the model];

CREATE TABLE [warehouse].[fact_chart_entry] WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS WITH [rows of the model] AS (
  SELECT
    [entry].[chart_date] AS [chart_date],
    CAST(YEAR([entry].[chart_date]) * 10000 + MONTH([entry].[chart_date]) * 100 + DAY([entry].[chart_date]) AS INTEGER) AS [date_key],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[rank] AS [rank],
    [entry].[is_tied] AS [is_tied],
    [entry].[track_id] AS [track_id],
    [entry].[streams] AS [streams],
    [entry].[trend] AS [trend],
    [entry].[previous_rank] AS [previous_rank]
  FROM (
    SELECT
      *
    FROM [cleandata].[charts]
    WHERE
      [year] * 100 + [month] BETWEEN 202002 AND 202003
  ) AS [entry]
)
SELECT
  CAST([chart_date] AS DATE) AS [chart_date],
  CAST([date_key] AS INT) AS [date_key],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([rank] AS SMALLINT) AS [rank],
  CAST([is_tied] AS BIT) AS [is_tied],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([trend] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [trend],
  CAST([previous_rank] AS SMALLINT) AS [previous_rank]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [chart_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [is_tied] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] < 1 OR [rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [trend] IN ('MOVE_UP', 'MOVE_DOWN', 'SAME_POSITION', 'NEW_ENTRY', 'RE_ENTRY')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [previous_rank] < 1 THEN 1 ELSE 0 END)
FROM [warehouse].[fact_chart_entry];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [chart_date] AS [chart_date],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id]
  FROM [warehouse].[fact_chart_entry]
  GROUP BY
    [chart_date],
    [region_code],
    [chart],
    [cadence],
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_chart_date] ON [warehouse].[fact_chart_entry] ([chart_date]);

CREATE STATISTICS [stat_region_code] ON [warehouse].[fact_chart_entry] ([region_code]);

CREATE STATISTICS [stat_chart] ON [warehouse].[fact_chart_entry] ([chart]);

CREATE STATISTICS [stat_cadence] ON [warehouse].[fact_chart_entry] ([cadence]);

CREATE STATISTICS [stat_track_id] ON [warehouse].[fact_chart_entry] ([track_id]);

SELECT
TOP 5
  *
FROM [warehouse].[fact_chart_entry];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams]),
  COUNT_BIG([trend]),
  COUNT_BIG([previous_rank])
FROM [warehouse].[fact_chart_entry];

SELECT
TOP 72
  [region_code],
  COUNT_BIG(*) AS [entries]
FROM [warehouse].[fact_chart_entry]
GROUP BY
  [region_code]
ORDER BY
  COUNT_BIG(*) DESC,
  CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END, [region_code];

CREATE VIEW [published].[fact_chart_entry] AS SELECT [t].[chart_date], [t].[date_key], [t].[region_code], [t].[chart], [t].[cadence], [t].[rank], [t].[is_tied], [t].[track_id], [t].[streams], [t].[trend], [t].[previous_rank] FROM [published_a].[fact_chart_entry] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[chart_date], [t].[date_key], [t].[region_code], [t].[chart], [t].[cadence], [t].[rank], [t].[is_tied], [t].[track_id], [t].[streams], [t].[trend], [t].[previous_rank] FROM [published_b].[fact_chart_entry] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [marts].[track_region_month] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [run].[month_start] AS [month_start],
    [run].[region_code] AS [region_code],
    [run].[chart] AS [chart],
    [run].[cadence] AS [cadence],
    [run].[track_id] AS [track_id],
    CAST(SUM([run].[entries]) AS INTEGER) AS [entries],
    CAST(FLOOR(CAST(MIN([run].[peak_code]) AS FLOAT) / 100000) AS INTEGER) AS [best_rank],
    CAST(SUM([run].[rank_sum]) AS FLOAT) / NULLIF(CAST(SUM([run].[entries]) AS FLOAT), 0) AS [mean_rank],
    CAST(SUM([run].[points]) AS INTEGER) AS [points],
    CAST(SUM([run].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    CAST(SUM([run].[streams]) AS BIGINT) AS [streams],
    CAST(SUM([run].[entries_with_streams]) AS INTEGER) AS [entries_with_streams],
    MIN([run].[run_start]) AS [first_date],
    MAX([run].[run_end]) AS [last_date]
  FROM [marts].[chart_run_month] AS [run]
  GROUP BY
    [run].[month_start],
    [run].[region_code],
    [run].[chart],
    [run].[cadence],
    [run].[track_id]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([entries] AS INT) AS [entries],
  CAST([best_rank] AS INT) AS [best_rank],
  CAST([mean_rank] AS FLOAT) AS [mean_rank],
  CAST([points] AS INT) AS [points],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([entries_with_streams] AS INT) AS [entries_with_streams],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date]
FROM [rows of the model];

CREATE TABLE [marts].[track_region_month] WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS WITH [rows of the model] AS (
  SELECT
    [run].[month_start] AS [month_start],
    [run].[region_code] AS [region_code],
    [run].[chart] AS [chart],
    [run].[cadence] AS [cadence],
    [run].[track_id] AS [track_id],
    CAST(SUM([run].[entries]) AS INTEGER) AS [entries],
    CAST(FLOOR(CAST(MIN([run].[peak_code]) AS FLOAT) / 100000) AS INTEGER) AS [best_rank],
    CAST(SUM([run].[rank_sum]) AS FLOAT) / NULLIF(CAST(SUM([run].[entries]) AS FLOAT), 0) AS [mean_rank],
    CAST(SUM([run].[points]) AS INTEGER) AS [points],
    CAST(SUM([run].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    CAST(SUM([run].[streams]) AS BIGINT) AS [streams],
    CAST(SUM([run].[entries_with_streams]) AS INTEGER) AS [entries_with_streams],
    MIN([run].[run_start]) AS [first_date],
    MAX([run].[run_end]) AS [last_date]
  FROM (
    SELECT
      *
    FROM [marts].[chart_run_month]
    WHERE
      [month_start] >= CAST('2020-02-01' AS DATE)
      AND [month_start] < CAST('2020-04-01' AS DATE)
  ) AS [run]
  GROUP BY
    [run].[month_start],
    [run].[region_code],
    [run].[chart],
    [run].[cadence],
    [run].[track_id]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([entries] AS INT) AS [entries],
  CAST([best_rank] AS INT) AS [best_rank],
  CAST([mean_rank] AS FLOAT) AS [mean_rank],
  CAST([points] AS INT) AS [points],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([entries_with_streams] AS INT) AS [entries_with_streams],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_streams] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [last_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_rank] < 1 OR [mean_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[track_region_month];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id]
  FROM [marts].[track_region_month]
  GROUP BY
    [month_start],
    [region_code],
    [chart],
    [cadence],
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[track_region_month] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[track_region_month] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[track_region_month] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[track_region_month] ([cadence]);

CREATE STATISTICS [stat_track_id] ON [marts].[track_region_month] ([track_id]);

SELECT
TOP 5
  *
FROM [marts].[track_region_month];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams])
FROM [marts].[track_region_month];

SELECT
TOP 600
  [month_start],
  COUNT_BIG(DISTINCT [track_id]) AS [tracks]
FROM [marts].[track_region_month]
GROUP BY
  [month_start]
ORDER BY
  CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END, [month_start];

CREATE VIEW [published].[track_region_month] AS SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[entries], [t].[best_rank], [t].[mean_rank], [t].[points], [t].[entries_at_one], [t].[streams], [t].[entries_with_streams], [t].[first_date], [t].[last_date] FROM [published_a].[track_region_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[entries], [t].[best_rank], [t].[mean_rank], [t].[points], [t].[entries_at_one], [t].[streams], [t].[entries_with_streams], [t].[first_date], [t].[last_date] FROM [published_b].[track_region_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

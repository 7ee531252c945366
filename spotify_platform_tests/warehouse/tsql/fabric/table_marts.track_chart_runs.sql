CREATE TABLE [marts].[track_chart_runs] AS WITH [stays] AS (
  SELECT
    [run].[region_code] AS [region_code],
    [run].[chart] AS [chart],
    [run].[cadence] AS [cadence],
    [run].[track_id] AS [track_id],
    [run].[run_start] AS [run_start],
    [run].[run_end] AS [run_end],
    [run].[entries] AS [entries],
    [run].[entries_at_one] AS [entries_at_one],
    [run].[points] AS [points],
    [run].[streams] AS [streams],
    [run].[peak_code] AS [peak_code],
    DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [run].[run_start]) AS [first_day],
    CASE WHEN [run].[cadence] = 'weekly' THEN 7 ELSE 1 END AS [step]
  FROM [marts].[chart_run_month] AS [run]
), [placed] AS (
  SELECT
    [stays].*,
    CAST([stays].[first_day] - [stays].[step] * (
      SUM([stays].[entries]) OVER (
        PARTITION BY [stays].[region_code], [stays].[chart], [stays].[cadence], [stays].[track_id], [stays].[first_day] % NULLIF([stays].[step], 0)
        ORDER BY CASE WHEN [stays].[run_start] IS NULL THEN 1 ELSE 0 END, [stays].[run_start]
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) - [stays].[entries]
    ) AS INTEGER) AS [run_key]
  FROM [stays]
), [runs] AS (
  SELECT
    [placed].[region_code] AS [region_code],
    [placed].[chart] AS [chart],
    [placed].[cadence] AS [cadence],
    [placed].[track_id] AS [track_id],
    [placed].[run_key] AS [run_key],
    MIN([placed].[run_start]) AS [run_start],
    MAX([placed].[run_end]) AS [run_end],
    CAST(SUM([placed].[entries]) AS INTEGER) AS [entries],
    CAST(SUM([placed].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    CAST(SUM([placed].[points]) AS INTEGER) AS [points],
    CAST(SUM([placed].[streams]) AS BIGINT) AS [streams],
    MIN([placed].[peak_code]) AS [peak_code]
  FROM [placed]
  GROUP BY
    [placed].[region_code],
    [placed].[chart],
    [placed].[cadence],
    [placed].[track_id],
    [placed].[run_key]
), [lives] AS (
  SELECT
    [runs].[region_code] AS [region_code],
    [runs].[chart] AS [chart],
    [runs].[cadence] AS [cadence],
    [runs].[track_id] AS [track_id],
    MIN([runs].[run_start]) AS [first_date],
    MAX([runs].[run_end]) AS [last_date],
    CAST(SUM([runs].[entries]) AS INTEGER) AS [entries],
    CAST(COUNT_BIG(*) AS INTEGER) AS [runs],
    MAX([runs].[entries]) AS [longest_run],
    CAST(SUM([runs].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    CAST(SUM([runs].[points]) AS INTEGER) AS [points],
    CAST(SUM([runs].[streams]) AS BIGINT) AS [streams],
    MIN([runs].[peak_code]) AS [peak_code]
  FROM [runs]
  GROUP BY
    [runs].[region_code],
    [runs].[chart],
    [runs].[cadence],
    [runs].[track_id]
), [peaks] AS (
  SELECT
    [lives].*,
    CAST(FLOOR(CAST([lives].[peak_code] AS FLOAT) / 100000) AS INTEGER) AS [peak_rank]
  FROM [lives]
), [rows of the model] AS (
  SELECT
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id],
    [first_date] AS [first_date],
    [last_date] AS [last_date],
    [entries] AS [entries],
    [runs] AS [runs],
    [runs] - 1 AS [re_entries],
    [longest_run] AS [longest_run],
    [peak_rank] AS [peak_rank],
    DATEADD(DAY, [peak_code] - [peak_rank] * 100000, CAST('2000-01-01' AS DATE)) AS [peak_date],
    [entries_at_one] AS [entries_at_one],
    [points] AS [points],
    [streams] AS [streams]
  FROM [peaks]
)
SELECT
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date],
  CAST([entries] AS INT) AS [entries],
  CAST([runs] AS INT) AS [runs],
  CAST([re_entries] AS INT) AS [re_entries],
  CAST([longest_run] AS INT) AS [longest_run],
  CAST([peak_rank] AS INT) AS [peak_rank],
  CAST([peak_date] AS DATE) AS [peak_date],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([points] AS INT) AS [points],
  CAST([streams] AS BIGINT) AS [streams]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [last_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [runs] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [re_entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [longest_run] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [runs] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [re_entries] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [longest_run] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_rank] < 1 OR [peak_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[track_chart_runs];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id]
  FROM [marts].[track_chart_runs]
  GROUP BY
    [region_code],
    [chart],
    [cadence],
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_region_code] ON [marts].[track_chart_runs] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[track_chart_runs] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[track_chart_runs] ([cadence]);

CREATE STATISTICS [stat_track_id] ON [marts].[track_chart_runs] ([track_id]);

SELECT
TOP 5
  *
FROM [marts].[track_chart_runs];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams])
FROM [marts].[track_chart_runs];

SELECT
TOP 200
  [peak_rank],
  COUNT_BIG(*) AS [lives]
FROM [marts].[track_chart_runs]
GROUP BY
  [peak_rank]
ORDER BY
  CASE WHEN [peak_rank] IS NULL THEN 1 ELSE 0 END, [peak_rank];

CREATE VIEW [published].[track_chart_runs] AS SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[first_date], [t].[last_date], [t].[entries], [t].[runs], [t].[re_entries], [t].[longest_run], [t].[peak_rank], [t].[peak_date], [t].[entries_at_one], [t].[points], [t].[streams] FROM [published_a].[track_chart_runs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[first_date], [t].[last_date], [t].[entries], [t].[runs], [t].[re_entries], [t].[longest_run], [t].[peak_rank], [t].[peak_date], [t].[entries_at_one], [t].[points], [t].[streams] FROM [published_b].[track_chart_runs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

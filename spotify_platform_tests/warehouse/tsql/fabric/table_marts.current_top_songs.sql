CREATE TABLE [marts].[current_top_songs] AS WITH [latest] AS (
  SELECT
    [life].[region_code] AS [region_code],
    [life].[chart] AS [chart],
    [life].[cadence] AS [cadence],
    MAX([life].[last_date]) AS [chart_date]
  FROM [marts].[track_chart_runs] AS [life]
  GROUP BY
    [life].[region_code],
    [life].[chart],
    [life].[cadence]
), [rows of the model] AS (
  SELECT
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[chart_date] AS [chart_date],
    [entry].[rank] AS [rank],
    [entry].[track_id] AS [track_id],
    [track].[title] AS [title],
    [track].[artist_credit] AS [artist_credit],
    [entry].[streams] AS [streams],
    [entry].[trend] AS [trend],
    [entry].[previous_rank] AS [previous_rank],
    [life].[peak_rank] AS [peak_rank],
    [life].[peak_date] AS [peak_date],
    [life].[first_date] AS [first_date],
    [life].[entries] AS [entries]
  FROM [latest]
  INNER JOIN [warehouse].[fact_chart_entry] AS [entry]
    ON [entry].[chart_date] = [latest].[chart_date]
    AND [entry].[region_code] = [latest].[region_code]
    AND [entry].[chart] = [latest].[chart]
    AND [entry].[cadence] = [latest].[cadence]
  INNER JOIN [marts].[track_chart_runs] AS [life]
    ON [life].[region_code] = [entry].[region_code]
    AND [life].[chart] = [entry].[chart]
    AND [life].[cadence] = [entry].[cadence]
    AND [life].[track_id] = [entry].[track_id]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [entry].[track_id]
)
SELECT
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([chart_date] AS DATE) AS [chart_date],
  CAST([rank] AS SMALLINT) AS [rank],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([title] AS VARCHAR(8000)) AS [title],
  CAST([artist_credit] AS VARCHAR(8000)) AS [artist_credit],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([trend] AS VARCHAR(8000)) AS [trend],
  CAST([previous_rank] AS SMALLINT) AS [previous_rank],
  CAST([peak_rank] AS INT) AS [peak_rank],
  CAST([peak_date] AS DATE) AS [peak_date],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([entries] AS INT) AS [entries]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] < 1 OR [rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [trend] IN ('MOVE_UP', 'MOVE_DOWN', 'SAME_POSITION', 'NEW_ENTRY', 'RE_ENTRY')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [previous_rank] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_rank] < 1 OR [peak_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END)
FROM [marts].[current_top_songs];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id]
  FROM [marts].[current_top_songs]
  GROUP BY
    [region_code],
    [chart],
    [cadence],
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_region_code] ON [marts].[current_top_songs] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[current_top_songs] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[current_top_songs] ([cadence]);

CREATE STATISTICS [stat_track_id] ON [marts].[current_top_songs] ([track_id]);

SELECT
TOP 5
  *
FROM [marts].[current_top_songs];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([streams]),
  COUNT_BIG([trend]),
  COUNT_BIG([previous_rank])
FROM [marts].[current_top_songs];

CREATE VIEW [published].[current_top_songs] AS SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[chart_date], [t].[rank], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[trend], [t].[previous_rank], [t].[peak_rank], [t].[peak_date], [t].[first_date], [t].[entries] FROM [published_a].[current_top_songs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[chart_date], [t].[rank], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[trend], [t].[previous_rank], [t].[peak_rank], [t].[peak_date], [t].[first_date], [t].[entries] FROM [published_b].[current_top_songs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [warehouse].[fact_listener_top] AS WITH [rows of the model] AS (
  SELECT
    [entry].[snapshot_date] AS [snapshot_date],
    CAST(YEAR([entry].[snapshot_date]) * 10000 + MONTH([entry].[snapshot_date]) * 100 + DAY([entry].[snapshot_date]) AS INTEGER) AS [date_key],
    [entry].[listener] AS [listener],
    [entry].[item_type] AS [item_type],
    [entry].[time_range] AS [time_range],
    [entry].[rank] AS [rank],
    [entry].[track_id] AS [track_id],
    [entry].[artist_id] AS [artist_id],
    [entry].[name] AS [name],
    [entry].[artist_credit] AS [artist_credit],
    [entry].[popularity] AS [popularity],
    [entry].[genres] AS [genres]
  FROM [cleandata].[listener_tops] AS [entry]
)
SELECT
  CAST([snapshot_date] AS DATE) AS [snapshot_date],
  CAST([date_key] AS INT) AS [date_key],
  CAST([listener] AS VARCHAR(8000)) AS [listener],
  CAST([item_type] AS VARCHAR(8000)) AS [item_type],
  CAST([time_range] AS VARCHAR(8000)) AS [time_range],
  CAST([rank] AS SMALLINT) AS [rank],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([artist_id] AS VARCHAR(8000)) AS [artist_id],
  CAST([name] AS VARCHAR(8000)) AS [name],
  CAST([artist_credit] AS VARCHAR(8000)) AS [artist_credit],
  CAST([popularity] AS SMALLINT) AS [popularity],
  CAST([genres] AS VARCHAR(8000)) AS [genres]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [snapshot_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [listener] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [item_type] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [time_range] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [snapshot_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [item_type] IN ('track', 'artist') THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [time_range] IN ('short_term', 'medium_term', 'long_term')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [rank] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [popularity] < 0 OR [popularity] > 100 THEN 1 ELSE 0 END)
FROM [warehouse].[fact_listener_top];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [listener] AS [listener],
    [snapshot_date] AS [snapshot_date],
    [item_type] AS [item_type],
    [time_range] AS [time_range],
    [rank] AS [rank]
  FROM [warehouse].[fact_listener_top]
  GROUP BY
    [listener],
    [snapshot_date],
    [item_type],
    [time_range],
    [rank]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_listener] ON [warehouse].[fact_listener_top] ([listener]);

CREATE STATISTICS [stat_snapshot_date] ON [warehouse].[fact_listener_top] ([snapshot_date]);

CREATE STATISTICS [stat_item_type] ON [warehouse].[fact_listener_top] ([item_type]);

CREATE STATISTICS [stat_time_range] ON [warehouse].[fact_listener_top] ([time_range]);

CREATE STATISTICS [stat_rank] ON [warehouse].[fact_listener_top] ([rank]);

SELECT
  COUNT_BIG(*),
  COUNT_BIG([track_id]),
  COUNT_BIG([artist_id]),
  COUNT_BIG([name]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([popularity]),
  COUNT_BIG([genres])
FROM [warehouse].[fact_listener_top];

CREATE VIEW [published].[fact_listener_top] AS SELECT [t].[snapshot_date], [t].[date_key], [t].[listener], [t].[item_type], [t].[time_range], [t].[rank], [t].[track_id], [t].[artist_id], [t].[name], [t].[artist_credit], [t].[popularity], [t].[genres] FROM [published_a].[fact_listener_top] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[snapshot_date], [t].[date_key], [t].[listener], [t].[item_type], [t].[time_range], [t].[rank], [t].[track_id], [t].[artist_id], [t].[name], [t].[artist_credit], [t].[popularity], [t].[genres] FROM [published_b].[fact_listener_top] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

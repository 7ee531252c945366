CREATE TABLE [marts].[listener_top_changes] AS WITH [days] AS (
  SELECT DISTINCT
    [entry].[listener] AS [listener],
    [entry].[item_type] AS [item_type],
    [entry].[time_range] AS [time_range],
    [entry].[snapshot_date] AS [snapshot_date]
  FROM [warehouse].[fact_listener_top] AS [entry]
), [lists] AS (
  SELECT
    [days].[listener] AS [listener],
    [days].[item_type] AS [item_type],
    [days].[time_range] AS [time_range],
    [days].[snapshot_date] AS [snapshot_date],
    LAG([days].[snapshot_date]) OVER (
      PARTITION BY [days].[listener], [days].[item_type], [days].[time_range]
      ORDER BY CASE WHEN [days].[snapshot_date] IS NULL THEN 1 ELSE 0 END, [days].[snapshot_date]
    ) AS [previous_date]
  FROM [days]
), [compared] AS (
  SELECT
    [lists].[snapshot_date] AS [snapshot_date],
    [lists].[previous_date] AS [previous_date],
    [lists].[listener] AS [listener],
    [lists].[item_type] AS [item_type],
    [lists].[time_range] AS [time_range],
    COALESCE([entry].[track_id], [entry].[artist_id]) AS [item_id],
    MIN([entry].[name]) AS [name],
    MIN([entry].[artist_credit]) AS [artist_credit],
    MIN(
      CASE WHEN [entry].[snapshot_date] = [lists].[snapshot_date] THEN [entry].[rank] END
    ) AS [rank],
    MIN(
      CASE WHEN [entry].[snapshot_date] = [lists].[previous_date] THEN [entry].[rank] END
    ) AS [previous_rank]
  FROM [lists]
  INNER JOIN [warehouse].[fact_listener_top] AS [entry]
    ON [entry].[listener] = [lists].[listener]
    AND [entry].[item_type] = [lists].[item_type]
    AND [entry].[time_range] = [lists].[time_range]
    AND (
      [entry].[snapshot_date] = [lists].[snapshot_date]
      OR [entry].[snapshot_date] = [lists].[previous_date]
    )
  WHERE
    NOT [lists].[previous_date] IS NULL
  GROUP BY
    [lists].[snapshot_date],
    [lists].[previous_date],
    [lists].[listener],
    [lists].[item_type],
    [lists].[time_range],
    COALESCE([entry].[track_id], [entry].[artist_id])
), [rows of the model] AS (
  SELECT
    [compared].[snapshot_date] AS [snapshot_date],
    [compared].[previous_date] AS [previous_date],
    [compared].[listener] AS [listener],
    [compared].[item_type] AS [item_type],
    [compared].[time_range] AS [time_range],
    [compared].[item_id] AS [item_id],
    [compared].[name] AS [name],
    [compared].[artist_credit] AS [artist_credit],
    CASE
      WHEN [compared].[previous_rank] IS NULL
      THEN 'new'
      WHEN [compared].[rank] IS NULL
      THEN 'gone'
      WHEN [compared].[rank] < [compared].[previous_rank]
      THEN 'up'
      ELSE 'down'
    END AS [change],
    [compared].[rank] AS [rank],
    [compared].[previous_rank] AS [previous_rank]
  FROM [compared]
  WHERE
    [compared].[rank] IS NULL
    OR [compared].[previous_rank] IS NULL
    OR [compared].[rank] <> [compared].[previous_rank]
)
SELECT
  CAST([snapshot_date] AS DATE) AS [snapshot_date],
  CAST([previous_date] AS DATE) AS [previous_date],
  CAST([listener] AS VARCHAR(8000)) AS [listener],
  CAST([item_type] AS VARCHAR(8000)) AS [item_type],
  CAST([time_range] AS VARCHAR(8000)) AS [time_range],
  CAST([item_id] AS VARCHAR(8000)) AS [item_id],
  CAST([name] AS VARCHAR(8000)) AS [name],
  CAST([artist_credit] AS VARCHAR(8000)) AS [artist_credit],
  CAST([change] AS VARCHAR(8000)) AS [change],
  CAST([rank] AS SMALLINT) AS [rank],
  CAST([previous_rank] AS SMALLINT) AS [previous_rank]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [snapshot_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [previous_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [listener] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [item_type] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [time_range] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [item_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [change] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [snapshot_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [item_type] IN ('track', 'artist') THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [time_range] IN ('short_term', 'medium_term', 'long_term')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN NOT [change] IN ('new', 'up', 'down', 'gone') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [previous_rank] < 1 THEN 1 ELSE 0 END)
FROM [marts].[listener_top_changes];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [snapshot_date] AS [snapshot_date],
    [listener] AS [listener],
    [item_type] AS [item_type],
    [time_range] AS [time_range],
    [item_id] AS [item_id]
  FROM [marts].[listener_top_changes]
  GROUP BY
    [snapshot_date],
    [listener],
    [item_type],
    [time_range],
    [item_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_snapshot_date] ON [marts].[listener_top_changes] ([snapshot_date]);

CREATE STATISTICS [stat_listener] ON [marts].[listener_top_changes] ([listener]);

CREATE STATISTICS [stat_item_type] ON [marts].[listener_top_changes] ([item_type]);

CREATE STATISTICS [stat_time_range] ON [marts].[listener_top_changes] ([time_range]);

CREATE STATISTICS [stat_item_id] ON [marts].[listener_top_changes] ([item_id]);

SELECT
  COUNT_BIG(*),
  COUNT_BIG([name]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([rank]),
  COUNT_BIG([previous_rank])
FROM [marts].[listener_top_changes];

CREATE VIEW [published].[listener_top_changes] AS SELECT [t].[snapshot_date], [t].[previous_date], [t].[listener], [t].[item_type], [t].[time_range], [t].[item_id], [t].[name], [t].[artist_credit], [t].[change], [t].[rank], [t].[previous_rank] FROM [published_a].[listener_top_changes] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[snapshot_date], [t].[previous_date], [t].[listener], [t].[item_type], [t].[time_range], [t].[item_id], [t].[name], [t].[artist_credit], [t].[change], [t].[rank], [t].[previous_rank] FROM [published_b].[listener_top_changes] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

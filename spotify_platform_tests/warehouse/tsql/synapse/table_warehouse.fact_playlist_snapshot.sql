CREATE TABLE [warehouse].[fact_playlist_snapshot] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [seen].[snapshot_date] AS [snapshot_date],
    CAST(YEAR([seen].[snapshot_date]) * 10000 + MONTH([seen].[snapshot_date]) * 100 + DAY([seen].[snapshot_date]) AS INTEGER) AS [date_key],
    [seen].[playlist_id] AS [playlist_id],
    [seen].[playlist_version] AS [playlist_version],
    [seen].[source] AS [source],
    [seen].[places] AS [places],
    [seen].[tracks] AS [tracks],
    [seen].[episodes] AS [episodes],
    [seen].[local_files] AS [local_files],
    [seen].[removed] AS [removed]
  FROM [cleandata].[playlist_snapshots] AS [seen]
)
SELECT
  CAST([snapshot_date] AS DATE) AS [snapshot_date],
  CAST([date_key] AS INT) AS [date_key],
  CAST([playlist_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [playlist_id],
  CAST([playlist_version] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [playlist_version],
  CAST([source] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [source],
  CAST([places] AS INT) AS [places],
  CAST([tracks] AS INT) AS [tracks],
  CAST([episodes] AS INT) AS [episodes],
  CAST([local_files] AS INT) AS [local_files],
  CAST([removed] AS INT) AS [removed]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [snapshot_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [playlist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [places] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [episodes] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [local_files] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [removed] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [places] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [episodes] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [local_files] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [removed] < 0 THEN 1 ELSE 0 END)
FROM [warehouse].[fact_playlist_snapshot];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [snapshot_date] AS [snapshot_date],
    [playlist_id] AS [playlist_id]
  FROM [warehouse].[fact_playlist_snapshot]
  GROUP BY
    [snapshot_date],
    [playlist_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_snapshot_date] ON [warehouse].[fact_playlist_snapshot] ([snapshot_date]);

CREATE STATISTICS [stat_playlist_id] ON [warehouse].[fact_playlist_snapshot] ([playlist_id]);

SELECT
TOP 5
  *
FROM [warehouse].[fact_playlist_snapshot];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([playlist_version])
FROM [warehouse].[fact_playlist_snapshot];

CREATE VIEW [published].[fact_playlist_snapshot] AS SELECT [t].[snapshot_date], [t].[date_key], [t].[playlist_id], [t].[playlist_version], [t].[source], [t].[places], [t].[tracks], [t].[episodes], [t].[local_files], [t].[removed] FROM [published_a].[fact_playlist_snapshot] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[snapshot_date], [t].[date_key], [t].[playlist_id], [t].[playlist_version], [t].[source], [t].[places], [t].[tracks], [t].[episodes], [t].[local_files], [t].[removed] FROM [published_b].[fact_playlist_snapshot] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

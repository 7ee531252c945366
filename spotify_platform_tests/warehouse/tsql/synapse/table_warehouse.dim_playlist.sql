CREATE TABLE [warehouse].[dim_playlist] WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX) AS WITH [placed] AS (
  SELECT
    [seen].[playlist_id] AS [playlist_id],
    [seen].[snapshot_date] AS [snapshot_date],
    [seen].[playlist_name] AS [playlist_name],
    [seen].[source] AS [source],
    [seen].[listener] AS [listener],
    [seen].[places] AS [places],
    [seen].[tracks] AS [tracks],
    ROW_NUMBER() OVER (PARTITION BY [seen].[playlist_id] ORDER BY [seen].[snapshot_date] DESC) AS [age],
    ROW_NUMBER() OVER (
      PARTITION BY [seen].[playlist_id]
      ORDER BY CASE WHEN CASE WHEN [seen].[playlist_name] IS NULL THEN 1 ELSE 0 END IS NULL THEN 1 ELSE 0 END, CASE WHEN [seen].[playlist_name] IS NULL THEN 1 ELSE 0 END, [seen].[snapshot_date] DESC
    ) AS [named]
  FROM [cleandata].[playlist_snapshots] AS [seen]
), [rows of the model] AS (
  SELECT
    [placed].[playlist_id] AS [playlist_id],
    COALESCE(
      MAX(CASE WHEN [placed].[named] = 1 THEN [placed].[playlist_name] END),
      [placed].[playlist_id]
    ) AS [playlist_name],
    MAX(CASE WHEN [placed].[age] = 1 THEN [placed].[source] END) AS [source],
    MAX(CASE WHEN [placed].[age] = 1 THEN [placed].[listener] END) AS [listener],
    MIN([placed].[snapshot_date]) AS [first_date],
    MAX([placed].[snapshot_date]) AS [last_date],
    CAST(COUNT_BIG(*) AS INTEGER) AS [snapshots],
    MAX(CASE WHEN [placed].[age] = 1 THEN [placed].[places] END) AS [places],
    MAX(CASE WHEN [placed].[age] = 1 THEN [placed].[tracks] END) AS [tracks]
  FROM [placed]
  GROUP BY
    [placed].[playlist_id]
)
SELECT
  CAST([playlist_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [playlist_id],
  CAST([playlist_name] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [playlist_name],
  CAST([source] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [source],
  CAST([listener] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [listener],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date],
  CAST([snapshots] AS INT) AS [snapshots],
  CAST([places] AS INT) AS [places],
  CAST([tracks] AS INT) AS [tracks]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [playlist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [playlist_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [last_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [snapshots] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [places] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [snapshots] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [places] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 0 THEN 1 ELSE 0 END)
FROM [warehouse].[dim_playlist];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [playlist_id] AS [playlist_id]
  FROM [warehouse].[dim_playlist]
  GROUP BY
    [playlist_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_playlist_id] ON [warehouse].[dim_playlist] ([playlist_id]);

SELECT
  COUNT_BIG(*),
  COUNT_BIG([listener])
FROM [warehouse].[dim_playlist];

CREATE VIEW [published].[dim_playlist] AS SELECT [t].[playlist_id], [t].[playlist_name], [t].[source], [t].[listener], [t].[first_date], [t].[last_date], [t].[snapshots], [t].[places], [t].[tracks] FROM [published_a].[dim_playlist] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[playlist_id], [t].[playlist_name], [t].[source], [t].[listener], [t].[first_date], [t].[last_date], [t].[snapshots], [t].[places], [t].[tracks] FROM [published_b].[dim_playlist] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

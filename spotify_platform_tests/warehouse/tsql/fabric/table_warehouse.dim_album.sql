CREATE TABLE [warehouse].[dim_album] AS WITH [rows of the model] AS (
  SELECT
    [album].[album_id] AS [album_id],
    [album].[title] AS [title],
    [album].[album_type] AS [album_type],
    [album].[artist_id] AS [artist_id],
    [album].[artist_name] AS [artist_name],
    [album].[first_artists] AS [first_artists],
    [album].[release_date] AS [release_date],
    [album].[release_date_precision] AS [release_date_precision],
    [album].[tracks] AS [tracks],
    [album].[total_tracks] AS [total_tracks],
    [album].[label] AS [label],
    [album].[upc] AS [upc],
    [album].[provider] AS [provider]
  FROM [cleandata].[albums] AS [album]
)
SELECT
  CAST([album_id] AS VARCHAR(8000)) AS [album_id],
  CAST([title] AS VARCHAR(8000)) AS [title],
  CAST([album_type] AS VARCHAR(8000)) AS [album_type],
  CAST([artist_id] AS VARCHAR(8000)) AS [artist_id],
  CAST([artist_name] AS VARCHAR(8000)) AS [artist_name],
  CAST([first_artists] AS INT) AS [first_artists],
  CAST([release_date] AS DATE) AS [release_date],
  CAST([release_date_precision] AS VARCHAR(8000)) AS [release_date_precision],
  CAST([tracks] AS INT) AS [tracks],
  CAST([total_tracks] AS INT) AS [total_tracks],
  CAST([label] AS VARCHAR(8000)) AS [label],
  CAST([upc] AS VARCHAR(8000)) AS [upc],
  CAST([provider] AS VARCHAR(8000)) AS [provider]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [album_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_artists] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [provider] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_artists] < 0 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN NOT [release_date_precision] IN ('year', 'month', 'day') THEN 1 ELSE 0 END
  ),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [total_tracks] < 0 THEN 1 ELSE 0 END)
FROM [warehouse].[dim_album];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [album_id] AS [album_id]
  FROM [warehouse].[dim_album]
  GROUP BY
    [album_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_album_id] ON [warehouse].[dim_album] ([album_id]);

SELECT
TOP 5
  *
FROM [warehouse].[dim_album];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([album_type]),
  COUNT_BIG([artist_id]),
  COUNT_BIG([artist_name]),
  COUNT_BIG([release_date]),
  COUNT_BIG([release_date_precision]),
  COUNT_BIG([total_tracks]),
  COUNT_BIG([label]),
  COUNT_BIG([upc])
FROM [warehouse].[dim_album];

CREATE VIEW [published].[dim_album] AS SELECT [t].[album_id], [t].[title], [t].[album_type], [t].[artist_id], [t].[artist_name], [t].[first_artists], [t].[release_date], [t].[release_date_precision], [t].[tracks], [t].[total_tracks], [t].[label], [t].[upc], [t].[provider] FROM [published_a].[dim_album] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[album_id], [t].[title], [t].[album_type], [t].[artist_id], [t].[artist_name], [t].[first_artists], [t].[release_date], [t].[release_date_precision], [t].[tracks], [t].[total_tracks], [t].[label], [t].[upc], [t].[provider] FROM [published_b].[dim_album] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

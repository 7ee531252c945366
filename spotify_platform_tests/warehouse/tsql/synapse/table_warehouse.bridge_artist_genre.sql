CREATE TABLE [warehouse].[bridge_artist_genre] WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [artist_genre].[artist_id] AS [artist_id],
    [artist_genre].[genre] AS [genre],
    [artist_genre].[provider] AS [provider],
    [artist_genre].[tracks] AS [tracks],
    [artist_genre].[weight] AS [weight]
  FROM [cleandata].[artist_genres] AS [artist_genre]
  INNER JOIN [cleandata].[artists] AS [artist]
    ON [artist].[artist_id] = [artist_genre].[artist_id]
)
SELECT
  CAST([artist_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_id],
  CAST([genre] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [genre],
  CAST([provider] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [provider],
  CAST([tracks] AS INT) AS [tracks],
  CAST([weight] AS SMALLINT) AS [weight]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [artist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [genre] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [provider] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weight] < 10 OR [weight] > 100 THEN 1 ELSE 0 END)
FROM [warehouse].[bridge_artist_genre];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [artist_id] AS [artist_id],
    [genre] AS [genre],
    [provider] AS [provider]
  FROM [warehouse].[bridge_artist_genre]
  GROUP BY
    [artist_id],
    [genre],
    [provider]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_artist_id] ON [warehouse].[bridge_artist_genre] ([artist_id]);

CREATE STATISTICS [stat_genre] ON [warehouse].[bridge_artist_genre] ([genre]);

CREATE STATISTICS [stat_provider] ON [warehouse].[bridge_artist_genre] ([provider]);

SELECT
TOP 5
  *
FROM [warehouse].[bridge_artist_genre];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([tracks]),
  COUNT_BIG([weight])
FROM [warehouse].[bridge_artist_genre];

CREATE VIEW [published].[bridge_artist_genre] AS SELECT [t].[artist_id], [t].[genre], [t].[provider], [t].[tracks], [t].[weight] FROM [published_a].[bridge_artist_genre] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[artist_id], [t].[genre], [t].[provider], [t].[tracks], [t].[weight] FROM [published_b].[bridge_artist_genre] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

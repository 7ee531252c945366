CREATE TABLE [warehouse].[dim_artist] AS WITH [rows of the model] AS (
  SELECT
    [artist].[artist_id] AS [artist_id],
    [artist].[artist_name] AS [artist_name],
    [artist].[tracks] AS [tracks]
  FROM [cleandata].[artists] AS [artist]
)
SELECT
  CAST([artist_id] AS VARCHAR(8000)) AS [artist_id],
  CAST([artist_name] AS VARCHAR(8000)) AS [artist_name],
  CAST([tracks] AS INT) AS [tracks]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [artist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 0 THEN 1 ELSE 0 END)
FROM [warehouse].[dim_artist];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [artist_id] AS [artist_id]
  FROM [warehouse].[dim_artist]
  GROUP BY
    [artist_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_artist_id] ON [warehouse].[dim_artist] ([artist_id]);

SELECT
TOP 5
  *
FROM [warehouse].[dim_artist];

SELECT
  COUNT_BIG(*)
FROM [warehouse].[dim_artist];

CREATE VIEW [published].[dim_artist] AS SELECT [t].[artist_id], [t].[artist_name], [t].[tracks] FROM [published_a].[dim_artist] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[artist_id], [t].[artist_name], [t].[tracks] FROM [published_b].[dim_artist] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

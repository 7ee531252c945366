CREATE TABLE [warehouse].[dim_genre] AS WITH [rows of the model] AS (
  SELECT
    [artist_genre].[genre] AS [genre],
    CAST(COUNT_BIG(DISTINCT [artist_genre].[artist_id]) AS INTEGER) AS [artists]
  FROM [cleandata].[artist_genres] AS [artist_genre]
  GROUP BY
    [artist_genre].[genre]
)
SELECT
  CAST([genre] AS VARCHAR(8000)) AS [genre],
  CAST([artists] AS INT) AS [artists]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [genre] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artists] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artists] < 1 THEN 1 ELSE 0 END)
FROM [warehouse].[dim_genre];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [genre] AS [genre]
  FROM [warehouse].[dim_genre]
  GROUP BY
    [genre]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_genre] ON [warehouse].[dim_genre] ([genre]);

SELECT
TOP 5
  *
FROM [warehouse].[dim_genre];

SELECT
  COUNT_BIG(*),
  COUNT_BIG(*),
  COUNT_BIG(*)
FROM [warehouse].[dim_genre];

CREATE VIEW [published].[dim_genre] AS SELECT [t].[genre], [t].[artists] FROM [published_a].[dim_genre] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[genre], [t].[artists] FROM [published_b].[dim_genre] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

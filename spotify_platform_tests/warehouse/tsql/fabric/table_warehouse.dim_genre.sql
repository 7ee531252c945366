CREATE TABLE [warehouse].[dim_genre] AS WITH [named] AS (
  SELECT
    [artist_genre].[genre] AS [genre],
    COUNT_BIG(DISTINCT [artist_genre].[artist_id]) AS [artists]
  FROM [cleandata].[artist_genres] AS [artist_genre]
  GROUP BY
    [artist_genre].[genre]
), [rows of the model] AS (
  SELECT
    [genre].[genre] AS [genre],
    [genre].[family] AS [family],
    CAST(COALESCE([named].[artists], 0) AS INTEGER) AS [artists],
    [genre].[tracks] AS [tracks]
  FROM [cleandata].[genres] AS [genre]
  LEFT JOIN [named]
    ON [named].[genre] = [genre].[genre]
)
SELECT
  CAST([genre] AS VARCHAR(8000)) AS [genre],
  CAST([family] AS VARCHAR(8000)) AS [family],
  CAST([artists] AS INT) AS [artists],
  CAST([tracks] AS INT) AS [tracks]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [genre] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [family] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artists] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [family] IN (
        'pop',
        'rock',
        'metal',
        'hip hop',
        'electronic',
        'r&b',
        'latin',
        'country',
        'folk',
        'jazz',
        'blues',
        'classical',
        'reggae',
        'soundtrack',
        'world',
        'other'
      )
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [artists] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 0 THEN 1 ELSE 0 END)
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
  COUNT_BIG(*)
FROM [warehouse].[dim_genre];

CREATE VIEW [published].[dim_genre] AS SELECT [t].[genre], [t].[family], [t].[artists], [t].[tracks] FROM [published_a].[dim_genre] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[genre], [t].[family], [t].[artists], [t].[tracks] FROM [published_b].[dim_genre] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

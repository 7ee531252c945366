CREATE TABLE [warehouse].[bridge_track_artist] WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [credit].[track_id] AS [track_id],
    [credit].[artist_id] AS [artist_id],
    [credit].[position] AS [position]
  FROM [cleandata].[track_artists] AS [credit]
)
SELECT
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([artist_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_id],
  CAST([position] AS SMALLINT) AS [position]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] < 1 THEN 1 ELSE 0 END)
FROM [warehouse].[bridge_track_artist];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [track_id] AS [track_id],
    [position] AS [position]
  FROM [warehouse].[bridge_track_artist]
  GROUP BY
    [track_id],
    [position]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_track_id] ON [warehouse].[bridge_track_artist] ([track_id]);

CREATE STATISTICS [stat_position] ON [warehouse].[bridge_track_artist] ([position]);

SELECT
TOP 5
  *
FROM [warehouse].[bridge_track_artist];

SELECT
  COUNT_BIG(*)
FROM [warehouse].[bridge_track_artist];

CREATE VIEW [published].[bridge_track_artist] AS SELECT [t].[track_id], [t].[artist_id], [t].[position] FROM [published_a].[bridge_track_artist] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[track_id], [t].[artist_id], [t].[position] FROM [published_b].[bridge_track_artist] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [ml].[popularity_predictions__load_00000000] ([track_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [predicted_popularity] FLOAT NULL, [artist_tracks_used] BIGINT NULL, [model_version] BIGINT NULL, [snapshot] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [ml].[popularity_predictions__load_00000000] ([track_id], [predicted_popularity], [artist_tracks_used], [model_version], [snapshot]) FROM 'https://account.blob.core.windows.net/staging/1.parquet' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

SELECT COUNT_BIG(*) AS [rows] FROM [ml].[popularity_predictions__load_00000000];

CREATE TABLE [ml].[popularity_predictions] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS SELECT CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id], CAST([predicted_popularity] AS FLOAT) AS [predicted_popularity], CAST([artist_tracks_used] AS BIGINT) AS [artist_tracks_used], CAST([model_version] AS BIGINT) AS [model_version], CAST([snapshot] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [snapshot] FROM [ml].[popularity_predictions__load_00000000];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [predicted_popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_tracks_used] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [model_version] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [snapshot] IS NULL THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [predicted_popularity] < 0 OR [predicted_popularity] > 100
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [artist_tracks_used] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [model_version] < 1 THEN 1 ELSE 0 END)
FROM [ml].[popularity_predictions];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [track_id] AS [track_id]
  FROM [ml].[popularity_predictions]
  GROUP BY
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_track_id] ON [ml].[popularity_predictions] ([track_id]);

SELECT
TOP 5
  *
FROM [ml].[popularity_predictions];

SELECT
  COUNT_BIG(*)
FROM [ml].[popularity_predictions];

CREATE VIEW [published].[popularity_predictions] AS SELECT [t].[track_id], [t].[predicted_popularity], [t].[artist_tracks_used], [t].[model_version], [t].[snapshot] FROM [published_a].[popularity_predictions] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[track_id], [t].[predicted_popularity], [t].[artist_tracks_used], [t].[model_version], [t].[snapshot] FROM [published_b].[popularity_predictions] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

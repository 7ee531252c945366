CREATE TABLE [warehouse].[fact_playlist_track] AS WITH [rows of the model] AS (
  SELECT
    [entry].[snapshot_date] AS [snapshot_date],
    CAST(YEAR([entry].[snapshot_date]) * 10000 + MONTH([entry].[snapshot_date]) * 100 + DAY([entry].[snapshot_date]) AS INTEGER) AS [date_key],
    [entry].[playlist_id] AS [playlist_id],
    [entry].[position] AS [position],
    [entry].[track_id] AS [track_id],
    [entry].[matched_by] AS [matched_by],
    [entry].[popularity] AS [popularity],
    [entry].[added_at] AS [added_at]
  FROM [cleandata].[playlist_tracks] AS [entry]
)
SELECT
  CAST([snapshot_date] AS DATE) AS [snapshot_date],
  CAST([date_key] AS INT) AS [date_key],
  CAST([playlist_id] AS VARCHAR(8000)) AS [playlist_id],
  CAST([position] AS SMALLINT) AS [position],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([matched_by] AS VARCHAR(8000)) AS [matched_by],
  CAST([popularity] AS SMALLINT) AS [popularity],
  CAST([added_at] AS DATETIME2(6)) AS [added_at]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [snapshot_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [playlist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [matched_by] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] < 1 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [matched_by] IN ('id', 'title and artists', 'spelling', 'isrc')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [popularity] < 0 OR [popularity] > 100 THEN 1 ELSE 0 END)
FROM [warehouse].[fact_playlist_track];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [snapshot_date] AS [snapshot_date],
    [playlist_id] AS [playlist_id],
    [position] AS [position]
  FROM [warehouse].[fact_playlist_track]
  GROUP BY
    [snapshot_date],
    [playlist_id],
    [position]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_snapshot_date] ON [warehouse].[fact_playlist_track] ([snapshot_date]);

CREATE STATISTICS [stat_playlist_id] ON [warehouse].[fact_playlist_track] ([playlist_id]);

CREATE STATISTICS [stat_position] ON [warehouse].[fact_playlist_track] ([position]);

SELECT
TOP 5
  *
FROM [warehouse].[fact_playlist_track];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([popularity]),
  COUNT_BIG([added_at])
FROM [warehouse].[fact_playlist_track];

CREATE VIEW [published].[fact_playlist_track] AS SELECT [t].[snapshot_date], [t].[date_key], [t].[playlist_id], [t].[position], [t].[track_id], [t].[matched_by], [t].[popularity], [t].[added_at] FROM [published_a].[fact_playlist_track] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[snapshot_date], [t].[date_key], [t].[playlist_id], [t].[position], [t].[track_id], [t].[matched_by], [t].[popularity], [t].[added_at] FROM [published_b].[fact_playlist_track] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

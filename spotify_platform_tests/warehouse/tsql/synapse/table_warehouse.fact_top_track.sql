CREATE TABLE [warehouse].[fact_top_track] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [entry].[snapshot_date] AS [snapshot_date],
    CAST(YEAR([entry].[snapshot_date]) * 10000 + MONTH([entry].[snapshot_date]) * 100 + DAY([entry].[snapshot_date]) AS INTEGER) AS [date_key],
    [entry].[region_code] AS [region_code],
    [entry].[source] AS [source],
    [entry].[rank] AS [rank],
    [entry].[list] AS [list],
    [entry].[is_tied] AS [is_tied],
    [entry].[track_id] AS [track_id],
    [entry].[matched_by] AS [matched_by],
    [entry].[similarity] AS [similarity],
    [entry].[song_key] AS [song_key],
    [entry].[title] AS [title],
    [entry].[artist_credit] AS [artist_credit],
    [entry].[artist_id] AS [artist_id],
    [entry].[artist_name] AS [artist_name],
    [entry].[streams] AS [streams],
    [entry].[listeners] AS [listeners],
    [entry].[lastfm_popularity] AS [lastfm_popularity],
    [entry].[duration_ms] AS [duration_ms]
  FROM [cleandata].[top_tracks] AS [entry]
)
SELECT
  CAST([snapshot_date] AS DATE) AS [snapshot_date],
  CAST([date_key] AS INT) AS [date_key],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([source] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [source],
  CAST([rank] AS SMALLINT) AS [rank],
  CAST([list] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [list],
  CAST([is_tied] AS BIT) AS [is_tied],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([matched_by] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [matched_by],
  CAST([similarity] AS FLOAT) AS [similarity],
  CAST([song_key] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [song_key],
  CAST([title] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [title],
  CAST([artist_credit] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_credit],
  CAST([artist_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_id],
  CAST([artist_name] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_name],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([listeners] AS BIGINT) AS [listeners],
  CAST([lastfm_popularity] AS FLOAT) AS [lastfm_popularity],
  CAST([duration_ms] AS INT) AS [duration_ms]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [snapshot_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [list] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [is_tied] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [song_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [snapshot_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [source] IN ('spotify', 'lastfm') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank] < 1 OR [rank] > 1000 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [list] IN ('top200', 'top50', 'playlist', 'named', 'listeners')
      THEN 1
      ELSE 0
    END
  ),
  SUM(
    CASE
      WHEN NOT [matched_by] IN ('id', 'title and artists', 'spelling', 'isrc')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [similarity] < 0 OR [similarity] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [listeners] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [lastfm_popularity] < 0 OR [lastfm_popularity] > 100 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [duration_ms] < 1 THEN 1 ELSE 0 END)
FROM [warehouse].[fact_top_track];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [snapshot_date] AS [snapshot_date],
    [region_code] AS [region_code],
    [source] AS [source],
    [rank] AS [rank]
  FROM [warehouse].[fact_top_track]
  GROUP BY
    [snapshot_date],
    [region_code],
    [source],
    [rank]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_snapshot_date] ON [warehouse].[fact_top_track] ([snapshot_date]);

CREATE STATISTICS [stat_region_code] ON [warehouse].[fact_top_track] ([region_code]);

CREATE STATISTICS [stat_source] ON [warehouse].[fact_top_track] ([source]);

CREATE STATISTICS [stat_rank] ON [warehouse].[fact_top_track] ([rank]);

SELECT
TOP 5
  *
FROM [warehouse].[fact_top_track];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([track_id]),
  COUNT_BIG([matched_by]),
  COUNT_BIG([similarity]),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([streams]),
  COUNT_BIG([listeners]),
  COUNT_BIG([lastfm_popularity]),
  COUNT_BIG([duration_ms])
FROM [warehouse].[fact_top_track];

SELECT
TOP 72
  [region_code],
  COUNT_BIG(*) AS [places]
FROM [warehouse].[fact_top_track]
GROUP BY
  [region_code]
ORDER BY
  COUNT_BIG(*) DESC,
  CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END, [region_code];

CREATE VIEW [published].[fact_top_track] AS SELECT [t].[snapshot_date], [t].[date_key], [t].[region_code], [t].[source], [t].[rank], [t].[list], [t].[is_tied], [t].[track_id], [t].[matched_by], [t].[similarity], [t].[song_key], [t].[title], [t].[artist_credit], [t].[artist_id], [t].[artist_name], [t].[streams], [t].[listeners], [t].[lastfm_popularity], [t].[duration_ms] FROM [published_a].[fact_top_track] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[snapshot_date], [t].[date_key], [t].[region_code], [t].[source], [t].[rank], [t].[list], [t].[is_tied], [t].[track_id], [t].[matched_by], [t].[similarity], [t].[song_key], [t].[title], [t].[artist_credit], [t].[artist_id], [t].[artist_name], [t].[streams], [t].[listeners], [t].[lastfm_popularity], [t].[duration_ms] FROM [published_b].[fact_top_track] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [marts].[current_top_tracks] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [latest] AS (
  SELECT
    [entry].[region_code] AS [region_code],
    [entry].[source] AS [source],
    MAX([entry].[snapshot_date]) AS [snapshot_date]
  FROM [warehouse].[fact_top_track] AS [entry]
  GROUP BY
    [entry].[region_code],
    [entry].[source]
), [entries] AS (
  SELECT
    [entry].[region_code] AS [region_code],
    [entry].[source] AS [source],
    [entry].[snapshot_date] AS [snapshot_date],
    [entry].[song_key] AS [song_key],
    [entry].[track_id] AS [track_id],
    [entry].[title] AS [title],
    [entry].[artist_credit] AS [artist_credit],
    [entry].[rank] AS [rank],
    [entry].[streams] AS [streams],
    [entry].[listeners] AS [listeners],
    [entry].[lastfm_popularity] AS [lastfm_popularity],
    [entry].[duration_ms] AS [duration_ms],
    ROW_NUMBER() OVER (
      PARTITION BY [entry].[region_code], [entry].[source], [entry].[song_key]
      ORDER BY CASE WHEN [entry].[rank] IS NULL THEN 1 ELSE 0 END, [entry].[rank]
    ) AS [place]
  FROM [warehouse].[fact_top_track] AS [entry]
  INNER JOIN [latest]
    ON [latest].[region_code] = [entry].[region_code]
    AND [latest].[source] = [entry].[source]
    AND [latest].[snapshot_date] = [entry].[snapshot_date]
), [songs] AS (
  SELECT
    COALESCE([ours].[region_code], [theirs].[region_code]) AS [region_code],
    COALESCE([ours].[song_key], [theirs].[song_key]) AS [song_key],
    COALESCE([ours].[track_id], [theirs].[track_id]) AS [track_id],
    COALESCE([ours].[title], [theirs].[title]) AS [title],
    COALESCE([ours].[artist_credit], [theirs].[artist_credit]) AS [artist_credit],
    [ours].[snapshot_date] AS [spotify_date],
    [ours].[rank] AS [spotify_rank],
    [theirs].[snapshot_date] AS [lastfm_date],
    [theirs].[rank] AS [lastfm_rank],
    [ours].[streams] AS [streams],
    [theirs].[listeners] AS [listeners],
    [theirs].[lastfm_popularity] AS [lastfm_popularity],
    COALESCE([ours].[duration_ms], [theirs].[duration_ms]) AS [duration_ms]
  FROM (
    SELECT
      *
    FROM [entries]
    WHERE
      [entries].[source] = 'spotify' AND [entries].[place] = 1
  ) AS [ours]
  FULL JOIN (
    SELECT
      *
    FROM [entries]
    WHERE
      [entries].[source] = 'lastfm' AND [entries].[place] = 1
  ) AS [theirs]
    ON [theirs].[region_code] = [ours].[region_code]
    AND [theirs].[song_key] = [ours].[song_key]
), [rows of the model] AS (
  SELECT
    [songs].[region_code] AS [region_code],
    [songs].[song_key] AS [song_key],
    [songs].[track_id] AS [track_id],
    [songs].[title] AS [title],
    [songs].[artist_credit] AS [artist_credit],
    [songs].[spotify_date] AS [spotify_date],
    [songs].[spotify_rank] AS [spotify_rank],
    [songs].[lastfm_date] AS [lastfm_date],
    [songs].[lastfm_rank] AS [lastfm_rank],
    [songs].[streams] AS [streams],
    [songs].[listeners] AS [listeners],
    [songs].[lastfm_popularity] AS [lastfm_popularity],
    [songs].[duration_ms] AS [duration_ms],
    [track].[popularity] AS [popularity],
    [track].[popularity_category] AS [popularity_category],
    [track].[energy_efficiency] AS [energy_efficiency],
    [track].[emotional_impact] AS [emotional_impact],
    CAST(DATEDIFF(DAY, [track].[release_date], COALESCE([songs].[spotify_date], [songs].[lastfm_date])) AS INTEGER) AS [age_days]
  FROM [songs]
  LEFT JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [songs].[track_id]
)
SELECT
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([song_key] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [song_key],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([title] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [title],
  CAST([artist_credit] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_credit],
  CAST([spotify_date] AS DATE) AS [spotify_date],
  CAST([spotify_rank] AS SMALLINT) AS [spotify_rank],
  CAST([lastfm_date] AS DATE) AS [lastfm_date],
  CAST([lastfm_rank] AS SMALLINT) AS [lastfm_rank],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([listeners] AS BIGINT) AS [listeners],
  CAST([lastfm_popularity] AS FLOAT) AS [lastfm_popularity],
  CAST([duration_ms] AS INT) AS [duration_ms],
  CAST([popularity] AS SMALLINT) AS [popularity],
  CAST([popularity_category] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [popularity_category],
  CAST([energy_efficiency] AS FLOAT) AS [energy_efficiency],
  CAST([emotional_impact] AS FLOAT) AS [emotional_impact],
  CAST([age_days] AS INT) AS [age_days]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [song_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [spotify_rank] < 1 OR [spotify_rank] > 1000 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [lastfm_rank] < 1 OR [lastfm_rank] > 1000 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [listeners] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [lastfm_popularity] < 0 OR [lastfm_popularity] > 100 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [duration_ms] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [popularity] < 0 OR [popularity] > 100 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN NOT [popularity_category] IN ('Low', 'Medium', 'High') THEN 1 ELSE 0 END
  ),
  SUM(
    CASE
      WHEN [energy_efficiency] < 0 OR [energy_efficiency] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  ),
  SUM(
    CASE
      WHEN [emotional_impact] < 0 OR [emotional_impact] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  )
FROM [marts].[current_top_tracks];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [region_code] AS [region_code],
    [song_key] AS [song_key]
  FROM [marts].[current_top_tracks]
  GROUP BY
    [region_code],
    [song_key]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_region_code] ON [marts].[current_top_tracks] ([region_code]);

CREATE STATISTICS [stat_song_key] ON [marts].[current_top_tracks] ([song_key]);

SELECT
TOP 5
  *
FROM [marts].[current_top_tracks];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([track_id]),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([spotify_date]),
  COUNT_BIG([spotify_rank]),
  COUNT_BIG([lastfm_date]),
  COUNT_BIG([lastfm_rank]),
  COUNT_BIG([streams]),
  COUNT_BIG([listeners]),
  COUNT_BIG([lastfm_popularity]),
  COUNT_BIG([duration_ms]),
  COUNT_BIG([popularity]),
  COUNT_BIG([popularity_category]),
  COUNT_BIG([energy_efficiency]),
  COUNT_BIG([emotional_impact]),
  COUNT_BIG([age_days])
FROM [marts].[current_top_tracks];

CREATE VIEW [published].[current_top_tracks] AS SELECT [t].[region_code], [t].[song_key], [t].[track_id], [t].[title], [t].[artist_credit], [t].[spotify_date], [t].[spotify_rank], [t].[lastfm_date], [t].[lastfm_rank], [t].[streams], [t].[listeners], [t].[lastfm_popularity], [t].[duration_ms], [t].[popularity], [t].[popularity_category], [t].[energy_efficiency], [t].[emotional_impact], [t].[age_days] FROM [published_a].[current_top_tracks] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[region_code], [t].[song_key], [t].[track_id], [t].[title], [t].[artist_credit], [t].[spotify_date], [t].[spotify_rank], [t].[lastfm_date], [t].[lastfm_rank], [t].[streams], [t].[listeners], [t].[lastfm_popularity], [t].[duration_ms], [t].[popularity], [t].[popularity_category], [t].[energy_efficiency], [t].[emotional_impact], [t].[age_days] FROM [published_b].[current_top_tracks] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

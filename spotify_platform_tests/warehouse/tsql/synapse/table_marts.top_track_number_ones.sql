CREATE TABLE [marts].[top_track_number_ones] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [lists] AS (
  SELECT
    [entry].[snapshot_date] AS [snapshot_date],
    [entry].[region_code] AS [region_code],
    [entry].[source] AS [source],
    MIN([entry].[rank]) AS [best_rank]
  FROM [warehouse].[fact_top_track] AS [entry]
  GROUP BY
    [entry].[snapshot_date],
    [entry].[region_code],
    [entry].[source]
), [leaders] AS (
  SELECT
    [lists].[snapshot_date] AS [snapshot_date],
    [lists].[region_code] AS [region_code],
    [lists].[source] AS [source],
    [leader].[song_key] AS [song_key],
    [leader].[track_id] AS [track_id],
    [leader].[title] AS [title],
    [leader].[artist_credit] AS [artist_credit],
    [leader].[streams] AS [streams],
    [leader].[listeners] AS [listeners],
    [leader].[is_tied] AS [is_tied],
    ROW_NUMBER() OVER (
      PARTITION BY [lists].[region_code], [lists].[source]
      ORDER BY CASE WHEN [lists].[snapshot_date] IS NULL THEN 1 ELSE 0 END, [lists].[snapshot_date]
    ) - ROW_NUMBER() OVER (
      PARTITION BY [lists].[region_code], [lists].[source], [leader].[song_key]
      ORDER BY CASE WHEN [lists].[snapshot_date] IS NULL THEN 1 ELSE 0 END, [lists].[snapshot_date]
    ) AS [reign]
  FROM [lists]
  LEFT JOIN [warehouse].[fact_top_track] AS [leader]
    ON [leader].[snapshot_date] = [lists].[snapshot_date]
    AND [leader].[region_code] = [lists].[region_code]
    AND [leader].[source] = [lists].[source]
    AND [leader].[rank] = 1
), [rows of the model] AS (
  SELECT
    [leaders].[snapshot_date] AS [snapshot_date],
    [leaders].[region_code] AS [region_code],
    [leaders].[source] AS [source],
    [leaders].[song_key] AS [song_key],
    [leaders].[track_id] AS [track_id],
    [leaders].[title] AS [title],
    [leaders].[artist_credit] AS [artist_credit],
    [leaders].[streams] AS [streams],
    [leaders].[listeners] AS [listeners],
    [leaders].[is_tied] AS [is_tied],
    CAST(ROW_NUMBER() OVER (
      PARTITION BY [leaders].[region_code], [leaders].[source], [leaders].[song_key], [leaders].[reign]
      ORDER BY CASE WHEN [leaders].[snapshot_date] IS NULL THEN 1 ELSE 0 END, [leaders].[snapshot_date]
    ) AS INTEGER) AS [lists_in_a_row]
  FROM [leaders]
  WHERE
    NOT [leaders].[song_key] IS NULL
)
SELECT
  CAST([snapshot_date] AS DATE) AS [snapshot_date],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([source] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [source],
  CAST([song_key] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [song_key],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([title] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [title],
  CAST([artist_credit] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_credit],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([listeners] AS BIGINT) AS [listeners],
  CAST([is_tied] AS BIT) AS [is_tied],
  CAST([lists_in_a_row] AS INT) AS [lists_in_a_row]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [snapshot_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [song_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [is_tied] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [lists_in_a_row] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [snapshot_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [source] IN ('spotify', 'lastfm') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [listeners] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [lists_in_a_row] < 1 THEN 1 ELSE 0 END)
FROM [marts].[top_track_number_ones];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [snapshot_date] AS [snapshot_date],
    [region_code] AS [region_code],
    [source] AS [source]
  FROM [marts].[top_track_number_ones]
  GROUP BY
    [snapshot_date],
    [region_code],
    [source]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_snapshot_date] ON [marts].[top_track_number_ones] ([snapshot_date]);

CREATE STATISTICS [stat_region_code] ON [marts].[top_track_number_ones] ([region_code]);

CREATE STATISTICS [stat_source] ON [marts].[top_track_number_ones] ([source]);

SELECT
TOP 5
  *
FROM [marts].[top_track_number_ones];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([track_id]),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([streams]),
  COUNT_BIG([listeners])
FROM [marts].[top_track_number_ones];

CREATE VIEW [published].[top_track_number_ones] AS SELECT [t].[snapshot_date], [t].[region_code], [t].[source], [t].[song_key], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[listeners], [t].[is_tied], [t].[lists_in_a_row] FROM [published_a].[top_track_number_ones] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[snapshot_date], [t].[region_code], [t].[source], [t].[song_key], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[listeners], [t].[is_tied], [t].[lists_in_a_row] FROM [published_b].[top_track_number_ones] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [marts].[artist_summary] AS WITH [credits] AS (
  SELECT DISTINCT
    [bridge].[track_id] AS [track_id],
    [bridge].[artist_id] AS [artist_id]
  FROM [warehouse].[bridge_track_artist] AS [bridge]
), [songs] AS (
  SELECT
    [credits].[artist_id] AS [artist_id],
    COUNT_BIG(*) AS [tracks],
    COUNT_BIG([track].[popularity]) AS [tracks_with_popularity],
    AVG(CAST([track].[popularity] AS FLOAT)) AS [mean_popularity],
    MAX([track].[popularity]) AS [greatest_popularity],
    AVG(CAST([track].[duration_ms] AS FLOAT)) AS [mean_duration_ms],
    MIN([track].[release_date]) AS [first_release_date],
    MAX([track].[release_date]) AS [last_release_date],
    COUNT_BIG([song].[track_id]) AS [charted_tracks],
    CAST(SUM([song].[entries]) AS INTEGER) AS [appearances],
    MIN([song].[peak_rank]) AS [peak_rank],
    MIN([song].[first_date]) AS [first_date],
    MAX([song].[last_date]) AS [last_date],
    CAST(SUM([song].[global_streams]) AS BIGINT) AS [global_streams],
    CAST(SUM([song].[country_streams]) AS BIGINT) AS [country_streams]
  FROM [credits]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [credits].[track_id]
  LEFT JOIN [marts].[unique_songs] AS [song]
    ON [song].[track_id] = [credits].[track_id]
  GROUP BY
    [credits].[artist_id]
), [months] AS (
  SELECT
    [performance].[artist_id] AS [artist_id],
    COUNT_BIG(DISTINCT [performance].[month_start]) AS [months]
  FROM [marts].[artist_performance] AS [performance]
  GROUP BY
    [performance].[artist_id]
), [rows of the model] AS (
  SELECT
    [songs].[artist_id] AS [artist_id],
    [artist].[artist_name] AS [artist_name],
    CAST(ROW_NUMBER() OVER (
      ORDER BY [songs].[tracks] DESC, [songs].[appearances] DESC, CASE WHEN [songs].[artist_id] IS NULL THEN 1 ELSE 0 END, [songs].[artist_id]
    ) AS INTEGER) AS [position],
    CAST([songs].[tracks] AS INTEGER) AS [tracks],
    CAST([songs].[tracks_with_popularity] AS INTEGER) AS [tracks_with_popularity],
    [songs].[mean_popularity] AS [mean_popularity],
    [songs].[greatest_popularity] AS [greatest_popularity],
    [songs].[mean_duration_ms] AS [mean_duration_ms],
    [songs].[first_release_date] AS [first_release_date],
    [songs].[last_release_date] AS [last_release_date],
    CAST([songs].[charted_tracks] AS INTEGER) AS [charted_tracks],
    COALESCE([songs].[appearances], 0) AS [appearances],
    CAST(COALESCE([months].[months], 0) AS INTEGER) AS [months_on_charts],
    [songs].[peak_rank] AS [peak_rank],
    [songs].[first_date] AS [first_date],
    [songs].[last_date] AS [last_date],
    [songs].[global_streams] AS [global_streams],
    [songs].[country_streams] AS [country_streams]
  FROM [songs]
  INNER JOIN [warehouse].[dim_artist] AS [artist]
    ON [artist].[artist_id] = [songs].[artist_id]
  LEFT JOIN [months]
    ON [months].[artist_id] = [songs].[artist_id]
)
SELECT
  CAST([artist_id] AS VARCHAR(8000)) AS [artist_id],
  CAST([artist_name] AS VARCHAR(8000)) AS [artist_name],
  CAST([position] AS INT) AS [position],
  CAST([tracks] AS INT) AS [tracks],
  CAST([tracks_with_popularity] AS INT) AS [tracks_with_popularity],
  CAST([mean_popularity] AS FLOAT) AS [mean_popularity],
  CAST([greatest_popularity] AS SMALLINT) AS [greatest_popularity],
  CAST([mean_duration_ms] AS FLOAT) AS [mean_duration_ms],
  CAST([first_release_date] AS DATE) AS [first_release_date],
  CAST([last_release_date] AS DATE) AS [last_release_date],
  CAST([charted_tracks] AS INT) AS [charted_tracks],
  CAST([appearances] AS INT) AS [appearances],
  CAST([months_on_charts] AS INT) AS [months_on_charts],
  CAST([peak_rank] AS INT) AS [peak_rank],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date],
  CAST([global_streams] AS BIGINT) AS [global_streams],
  CAST([country_streams] AS BIGINT) AS [country_streams]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [artist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charted_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [appearances] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [months_on_charts] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_popularity] < 0 OR [mean_popularity] > 100 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN [greatest_popularity] < 0 OR [greatest_popularity] > 100 THEN 1 ELSE 0 END
  ),
  SUM(
    CASE
      WHEN [mean_duration_ms] < 0 OR [mean_duration_ms] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [charted_tracks] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [appearances] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [months_on_charts] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_rank] < 1 OR [peak_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [global_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [country_streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[artist_summary];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [artist_id] AS [artist_id]
  FROM [marts].[artist_summary]
  GROUP BY
    [artist_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_artist_id] ON [marts].[artist_summary] ([artist_id]);

SELECT
TOP 5
  *
FROM [marts].[artist_summary];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([mean_popularity]),
  COUNT_BIG([greatest_popularity]),
  COUNT_BIG([mean_duration_ms]),
  COUNT_BIG([first_release_date]),
  COUNT_BIG([last_release_date]),
  COUNT_BIG([peak_rank]),
  COUNT_BIG([first_date]),
  COUNT_BIG([last_date]),
  COUNT_BIG([global_streams]),
  COUNT_BIG([country_streams])
FROM [marts].[artist_summary];

SELECT
TOP 24
  [artist_name],
  [tracks]
FROM [marts].[artist_summary]
ORDER BY
  CASE WHEN [position] IS NULL THEN 1 ELSE 0 END, [position];

CREATE VIEW [published].[artist_summary] AS SELECT [t].[artist_id], [t].[artist_name], [t].[position], [t].[tracks], [t].[tracks_with_popularity], [t].[mean_popularity], [t].[greatest_popularity], [t].[mean_duration_ms], [t].[first_release_date], [t].[last_release_date], [t].[charted_tracks], [t].[appearances], [t].[months_on_charts], [t].[peak_rank], [t].[first_date], [t].[last_date], [t].[global_streams], [t].[country_streams] FROM [published_a].[artist_summary] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[artist_id], [t].[artist_name], [t].[position], [t].[tracks], [t].[tracks_with_popularity], [t].[mean_popularity], [t].[greatest_popularity], [t].[mean_duration_ms], [t].[first_release_date], [t].[last_release_date], [t].[charted_tracks], [t].[appearances], [t].[months_on_charts], [t].[peak_rank], [t].[first_date], [t].[last_date], [t].[global_streams], [t].[country_streams] FROM [published_b].[artist_summary] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [marts].[top_track_songs] AS WITH [songs] AS (
  SELECT
    [entry].[song_key] AS [song_key],
    MIN([entry].[track_id]) AS [track_id],
    MIN([entry].[title]) AS [title],
    MIN([entry].[artist_credit]) AS [artist_credit],
    MIN([entry].[snapshot_date]) AS [first_date],
    MAX([entry].[snapshot_date]) AS [last_date],
    COUNT_BIG(DISTINCT CASE WHEN [entry].[source] = 'spotify' THEN [entry].[region_code] END) AS [countries_on_spotify],
    COUNT_BIG(DISTINCT CASE WHEN [entry].[source] = 'lastfm' THEN [entry].[region_code] END) AS [countries_on_lastfm],
    COUNT_BIG(DISTINCT CASE WHEN [entry].[source] = 'spotify' THEN [entry].[snapshot_date] END) AS [days_on_spotify],
    COUNT_BIG(DISTINCT CASE WHEN [entry].[source] = 'lastfm' THEN [entry].[snapshot_date] END) AS [days_on_lastfm],
    MIN(CASE WHEN [entry].[source] = 'spotify' THEN [entry].[rank] END) AS [best_rank_on_spotify],
    MIN(CASE WHEN [entry].[source] = 'lastfm' THEN [entry].[rank] END) AS [best_rank_on_lastfm],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams],
    MAX([entry].[listeners]) AS [most_listeners],
    MAX([entry].[lastfm_popularity]) AS [greatest_lastfm_popularity]
  FROM [warehouse].[fact_top_track] AS [entry]
  GROUP BY
    [entry].[song_key]
), [rows of the model] AS (
  SELECT
    [songs].[song_key] AS [song_key],
    [songs].[track_id] AS [track_id],
    COALESCE([track].[title], [songs].[title]) AS [title],
    COALESCE([track].[artist_credit], [songs].[artist_credit]) AS [artist_credit],
    CASE
      WHEN [songs].[days_on_lastfm] = 0
      THEN 'spotify'
      WHEN [songs].[days_on_spotify] = 0
      THEN 'lastfm'
      ELSE 'both'
    END AS [found_in],
    [songs].[first_date] AS [first_date],
    [songs].[last_date] AS [last_date],
    CAST([songs].[countries_on_spotify] AS INTEGER) AS [countries_on_spotify],
    CAST([songs].[countries_on_lastfm] AS INTEGER) AS [countries_on_lastfm],
    CAST([songs].[days_on_spotify] AS INTEGER) AS [days_on_spotify],
    CAST([songs].[days_on_lastfm] AS INTEGER) AS [days_on_lastfm],
    [songs].[best_rank_on_spotify] AS [best_rank_on_spotify],
    [songs].[best_rank_on_lastfm] AS [best_rank_on_lastfm],
    [songs].[streams] AS [streams],
    [songs].[most_listeners] AS [most_listeners],
    [songs].[greatest_lastfm_popularity] AS [greatest_lastfm_popularity],
    [track].[popularity] AS [popularity],
    [track].[popularity_category] AS [popularity_category]
  FROM [songs]
  LEFT JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [songs].[track_id]
)
SELECT
  CAST([song_key] AS VARCHAR(8000)) AS [song_key],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([title] AS VARCHAR(8000)) AS [title],
  CAST([artist_credit] AS VARCHAR(8000)) AS [artist_credit],
  CAST([found_in] AS VARCHAR(8000)) AS [found_in],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date],
  CAST([countries_on_spotify] AS INT) AS [countries_on_spotify],
  CAST([countries_on_lastfm] AS INT) AS [countries_on_lastfm],
  CAST([days_on_spotify] AS INT) AS [days_on_spotify],
  CAST([days_on_lastfm] AS INT) AS [days_on_lastfm],
  CAST([best_rank_on_spotify] AS SMALLINT) AS [best_rank_on_spotify],
  CAST([best_rank_on_lastfm] AS SMALLINT) AS [best_rank_on_lastfm],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([most_listeners] AS BIGINT) AS [most_listeners],
  CAST([greatest_lastfm_popularity] AS FLOAT) AS [greatest_lastfm_popularity],
  CAST([popularity] AS SMALLINT) AS [popularity],
  CAST([popularity_category] AS VARCHAR(8000)) AS [popularity_category]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [song_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [found_in] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [last_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries_on_spotify] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries_on_lastfm] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_spotify] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_lastfm] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [found_in] IN ('both', 'spotify', 'lastfm') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries_on_spotify] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries_on_lastfm] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_spotify] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_lastfm] < 0 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [best_rank_on_spotify] < 1 OR [best_rank_on_spotify] > 1000
      THEN 1
      ELSE 0
    END
  ),
  SUM(
    CASE
      WHEN [best_rank_on_lastfm] < 1 OR [best_rank_on_lastfm] > 1000
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [most_listeners] < 0 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [greatest_lastfm_popularity] < 0 OR [greatest_lastfm_popularity] > 100
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [popularity] < 0 OR [popularity] > 100 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN NOT [popularity_category] IN ('Low', 'Medium', 'High') THEN 1 ELSE 0 END
  )
FROM [marts].[top_track_songs];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [song_key] AS [song_key]
  FROM [marts].[top_track_songs]
  GROUP BY
    [song_key]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_song_key] ON [marts].[top_track_songs] ([song_key]);

SELECT
TOP 5
  *
FROM [marts].[top_track_songs];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([track_id]),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([best_rank_on_spotify]),
  COUNT_BIG([best_rank_on_lastfm]),
  COUNT_BIG([streams]),
  COUNT_BIG([most_listeners]),
  COUNT_BIG([greatest_lastfm_popularity]),
  COUNT_BIG([popularity]),
  COUNT_BIG([popularity_category])
FROM [marts].[top_track_songs];

SELECT
TOP 3
  [found_in],
  COUNT_BIG(*) AS [songs]
FROM [marts].[top_track_songs]
GROUP BY
  [found_in]
ORDER BY
  CASE WHEN [found_in] IS NULL THEN 1 ELSE 0 END, [found_in];

CREATE VIEW [published].[top_track_songs] AS SELECT [t].[song_key], [t].[track_id], [t].[title], [t].[artist_credit], [t].[found_in], [t].[first_date], [t].[last_date], [t].[countries_on_spotify], [t].[countries_on_lastfm], [t].[days_on_spotify], [t].[days_on_lastfm], [t].[best_rank_on_spotify], [t].[best_rank_on_lastfm], [t].[streams], [t].[most_listeners], [t].[greatest_lastfm_popularity], [t].[popularity], [t].[popularity_category] FROM [published_a].[top_track_songs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[song_key], [t].[track_id], [t].[title], [t].[artist_credit], [t].[found_in], [t].[first_date], [t].[last_date], [t].[countries_on_spotify], [t].[countries_on_lastfm], [t].[days_on_spotify], [t].[days_on_lastfm], [t].[best_rank_on_spotify], [t].[best_rank_on_lastfm], [t].[streams], [t].[most_listeners], [t].[greatest_lastfm_popularity], [t].[popularity], [t].[popularity_category] FROM [published_b].[top_track_songs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

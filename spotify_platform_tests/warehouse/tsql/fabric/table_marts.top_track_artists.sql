CREATE TABLE [marts].[top_track_artists] AS WITH [artists] AS (
  SELECT
    DATEFROMPARTS(YEAR([entry].[snapshot_date]), MONTH([entry].[snapshot_date]), 1) AS [month_start],
    [entry].[region_code] AS [region_code],
    [entry].[source] AS [source],
    [entry].[artist_id] AS [artist_id],
    MIN([entry].[artist_name]) AS [artist_name],
    COUNT_BIG(DISTINCT [entry].[song_key]) AS [songs],
    COUNT_BIG(*) AS [entries],
    COUNT_BIG(CASE WHEN [entry].[rank] = 1 THEN 1 END) AS [entries_at_one],
    MIN([entry].[rank]) AS [best_rank],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams],
    MAX([entry].[listeners]) AS [most_listeners]
  FROM [warehouse].[fact_top_track] AS [entry]
  GROUP BY
    DATEFROMPARTS(YEAR([entry].[snapshot_date]), MONTH([entry].[snapshot_date]), 1),
    [entry].[region_code],
    [entry].[source],
    [entry].[artist_id]
), [rows of the model] AS (
  SELECT
    [artists].[month_start] AS [month_start],
    [artists].[region_code] AS [region_code],
    [artists].[source] AS [source],
    [artists].[artist_id] AS [artist_id],
    [artists].[artist_name] AS [artist_name],
    CAST([artists].[songs] AS INTEGER) AS [songs],
    CAST([artists].[entries] AS INTEGER) AS [entries],
    CAST([artists].[entries] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([artists].[entries]) OVER (
        PARTITION BY [artists].[month_start], [artists].[region_code], [artists].[source]
      ) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_entries],
    CAST([artists].[entries_at_one] AS INTEGER) AS [entries_at_one],
    [artists].[best_rank] AS [best_rank],
    [artists].[streams] AS [streams],
    [artists].[most_listeners] AS [most_listeners]
  FROM [artists]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([source] AS VARCHAR(8000)) AS [source],
  CAST([artist_id] AS VARCHAR(8000)) AS [artist_id],
  CAST([artist_name] AS VARCHAR(8000)) AS [artist_name],
  CAST([songs] AS INT) AS [songs],
  CAST([entries] AS INT) AS [entries],
  CAST([share_of_entries] AS FLOAT) AS [share_of_entries],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([best_rank] AS SMALLINT) AS [best_rank],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([most_listeners] AS BIGINT) AS [most_listeners]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [songs] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [source] IN ('spotify', 'lastfm') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [songs] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] < 0 OR [share_of_entries] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 1000 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [most_listeners] < 0 THEN 1 ELSE 0 END)
FROM [marts].[top_track_artists];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [source] AS [source],
    [artist_id] AS [artist_id]
  FROM [marts].[top_track_artists]
  GROUP BY
    [month_start],
    [region_code],
    [source],
    [artist_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[top_track_artists] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[top_track_artists] ([region_code]);

CREATE STATISTICS [stat_source] ON [marts].[top_track_artists] ([source]);

CREATE STATISTICS [stat_artist_id] ON [marts].[top_track_artists] ([artist_id]);

SELECT
TOP 5
  *
FROM [marts].[top_track_artists];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams]),
  COUNT_BIG([most_listeners])
FROM [marts].[top_track_artists];

CREATE VIEW [published].[top_track_artists] AS SELECT [t].[month_start], [t].[region_code], [t].[source], [t].[artist_id], [t].[artist_name], [t].[songs], [t].[entries], [t].[share_of_entries], [t].[entries_at_one], [t].[best_rank], [t].[streams], [t].[most_listeners] FROM [published_a].[top_track_artists] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[source], [t].[artist_id], [t].[artist_name], [t].[songs], [t].[entries], [t].[share_of_entries], [t].[entries_at_one], [t].[best_rank], [t].[streams], [t].[most_listeners] FROM [published_b].[top_track_artists] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

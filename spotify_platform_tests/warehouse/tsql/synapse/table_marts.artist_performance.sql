CREATE TABLE [marts].[artist_performance] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [credits] AS (
  SELECT
    [bridge].[track_id] AS [track_id],
    [bridge].[artist_id] AS [artist_id],
    MIN([bridge].[position]) AS [position]
  FROM [warehouse].[bridge_track_artist] AS [bridge]
  GROUP BY
    [bridge].[track_id],
    [bridge].[artist_id]
), [rows of the model] AS (
  SELECT
    [month].[month_start] AS [month_start],
    [month].[chart] AS [chart],
    [month].[cadence] AS [cadence],
    [credits].[artist_id] AS [artist_id],
    [artist].[artist_name] AS [artist_name],
    CAST(COUNT_BIG(*) AS INTEGER) AS [tracks],
    CAST(SUM([month].[entries]) AS INTEGER) AS [entries],
    CAST(SUM([month].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    MIN([month].[best_rank]) AS [best_rank],
    CAST(SUM(CAST([month].[points] AS BIGINT)) AS BIGINT) AS [points],
    CAST(SUM([month].[global_streams]) AS BIGINT) AS [global_streams],
    CAST(SUM([month].[country_streams]) AS BIGINT) AS [country_streams],
    CAST(COUNT_BIG(CASE WHEN [credits].[position] = 1 THEN 1 END) AS INTEGER) AS [tracks_as_lead],
    CAST(SUM(CASE WHEN [credits].[position] = 1 THEN [month].[global_streams] END) AS BIGINT) AS [global_streams_as_lead],
    CAST(SUM(CASE WHEN [credits].[position] = 1 THEN [month].[country_streams] END) AS BIGINT) AS [country_streams_as_lead]
  FROM [marts].[track_month] AS [month]
  INNER JOIN [credits]
    ON [credits].[track_id] = [month].[track_id]
  INNER JOIN [warehouse].[dim_artist] AS [artist]
    ON [artist].[artist_id] = [credits].[artist_id]
  GROUP BY
    [month].[month_start],
    [month].[chart],
    [month].[cadence],
    [credits].[artist_id],
    [artist].[artist_name]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([artist_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_id],
  CAST([artist_name] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_name],
  CAST([tracks] AS INT) AS [tracks],
  CAST([entries] AS INT) AS [entries],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([best_rank] AS INT) AS [best_rank],
  CAST([points] AS BIGINT) AS [points],
  CAST([global_streams] AS BIGINT) AS [global_streams],
  CAST([country_streams] AS BIGINT) AS [country_streams],
  CAST([tracks_as_lead] AS INT) AS [tracks_as_lead],
  CAST([global_streams_as_lead] AS BIGINT) AS [global_streams_as_lead],
  CAST([country_streams_as_lead] AS BIGINT) AS [country_streams_as_lead]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [artist_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_as_lead] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [global_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [country_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_as_lead] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [global_streams_as_lead] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [country_streams_as_lead] < 0 THEN 1 ELSE 0 END)
FROM [marts].[artist_performance];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [artist_id] AS [artist_id]
  FROM [marts].[artist_performance]
  GROUP BY
    [month_start],
    [chart],
    [cadence],
    [artist_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[artist_performance] ([month_start]);

CREATE STATISTICS [stat_chart] ON [marts].[artist_performance] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[artist_performance] ([cadence]);

CREATE STATISTICS [stat_artist_id] ON [marts].[artist_performance] ([artist_id]);

SELECT
TOP 5
  *
FROM [marts].[artist_performance];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([global_streams]),
  COUNT_BIG([country_streams]),
  COUNT_BIG([global_streams_as_lead]),
  COUNT_BIG([country_streams_as_lead])
FROM [marts].[artist_performance];

CREATE VIEW [published].[artist_performance] AS SELECT [t].[month_start], [t].[chart], [t].[cadence], [t].[artist_id], [t].[artist_name], [t].[tracks], [t].[entries], [t].[entries_at_one], [t].[best_rank], [t].[points], [t].[global_streams], [t].[country_streams], [t].[tracks_as_lead], [t].[global_streams_as_lead], [t].[country_streams_as_lead] FROM [published_a].[artist_performance] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[chart], [t].[cadence], [t].[artist_id], [t].[artist_name], [t].[tracks], [t].[entries], [t].[entries_at_one], [t].[best_rank], [t].[points], [t].[global_streams], [t].[country_streams], [t].[tracks_as_lead], [t].[global_streams_as_lead], [t].[country_streams_as_lead] FROM [published_b].[artist_performance] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

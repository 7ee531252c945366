CREATE TABLE [marts].[genre_performance] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [genres] AS (
  SELECT
    [month].[month_start] AS [month_start],
    [month].[chart] AS [chart],
    [month].[cadence] AS [cadence],
    COALESCE([track].[genre], 'unknown') AS [genre],
    COUNT_BIG(*) AS [tracks],
    CAST(SUM(CAST([month].[entries] AS BIGINT)) AS BIGINT) AS [entries],
    MIN([month].[best_rank]) AS [best_rank],
    CAST(SUM(CAST([month].[points] AS BIGINT)) AS BIGINT) AS [points],
    CAST(SUM([month].[global_streams]) AS BIGINT) AS [global_streams],
    CAST(SUM([month].[country_streams]) AS BIGINT) AS [country_streams],
    COUNT_BIG([track].[popularity]) AS [tracks_with_popularity],
    AVG(CAST([track].[popularity] AS FLOAT)) AS [mean_popularity]
  FROM [marts].[track_month] AS [month]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [month].[track_id]
  GROUP BY
    [month].[month_start],
    [month].[chart],
    [month].[cadence],
    COALESCE([track].[genre], 'unknown')
), [rows of the model] AS (
  SELECT
    [genres].[month_start] AS [month_start],
    [genres].[chart] AS [chart],
    [genres].[cadence] AS [cadence],
    [genres].[genre] AS [genre],
    COALESCE([known].[family], 'unknown') AS [family],
    CAST([genres].[tracks] AS INTEGER) AS [tracks],
    CAST([genres].[entries] AS INTEGER) AS [entries],
    CAST([genres].[entries] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([genres].[entries]) OVER (PARTITION BY [genres].[month_start], [genres].[chart], [genres].[cadence]) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_entries],
    [genres].[best_rank] AS [best_rank],
    [genres].[points] AS [points],
    [genres].[global_streams] AS [global_streams],
    [genres].[country_streams] AS [country_streams],
    CAST([genres].[tracks_with_popularity] AS INTEGER) AS [tracks_with_popularity],
    [genres].[mean_popularity] AS [mean_popularity]
  FROM [genres]
  LEFT JOIN [warehouse].[dim_genre] AS [known]
    ON [known].[genre] = [genres].[genre]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([genre] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [genre],
  CAST([family] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [family],
  CAST([tracks] AS INT) AS [tracks],
  CAST([entries] AS INT) AS [entries],
  CAST([share_of_entries] AS FLOAT) AS [share_of_entries],
  CAST([best_rank] AS INT) AS [best_rank],
  CAST([points] AS BIGINT) AS [points],
  CAST([global_streams] AS BIGINT) AS [global_streams],
  CAST([country_streams] AS BIGINT) AS [country_streams],
  CAST([tracks_with_popularity] AS INT) AS [tracks_with_popularity],
  CAST([mean_popularity] AS FLOAT) AS [mean_popularity]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [genre] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [family] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [family] IN (
        'pop',
        'rock',
        'metal',
        'hip hop',
        'electronic',
        'r&b',
        'latin',
        'country',
        'folk',
        'jazz',
        'blues',
        'classical',
        'reggae',
        'soundtrack',
        'world',
        'other',
        'unknown'
      )
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] < 0 OR [share_of_entries] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [global_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [country_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_popularity] < 0 OR [mean_popularity] > 100 THEN 1 ELSE 0 END)
FROM [marts].[genre_performance];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [genre] AS [genre]
  FROM [marts].[genre_performance]
  GROUP BY
    [month_start],
    [chart],
    [cadence],
    [genre]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[genre_performance] ([month_start]);

CREATE STATISTICS [stat_chart] ON [marts].[genre_performance] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[genre_performance] ([cadence]);

CREATE STATISTICS [stat_genre] ON [marts].[genre_performance] ([genre]);

SELECT
TOP 5
  *
FROM [marts].[genre_performance];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([global_streams]),
  COUNT_BIG([country_streams]),
  COUNT_BIG([mean_popularity])
FROM [marts].[genre_performance];

CREATE VIEW [published].[genre_performance] AS SELECT [t].[month_start], [t].[chart], [t].[cadence], [t].[genre], [t].[family], [t].[tracks], [t].[entries], [t].[share_of_entries], [t].[best_rank], [t].[points], [t].[global_streams], [t].[country_streams], [t].[tracks_with_popularity], [t].[mean_popularity] FROM [published_a].[genre_performance] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[chart], [t].[cadence], [t].[genre], [t].[family], [t].[tracks], [t].[entries], [t].[share_of_entries], [t].[best_rank], [t].[points], [t].[global_streams], [t].[country_streams], [t].[tracks_with_popularity], [t].[mean_popularity] FROM [published_b].[genre_performance] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

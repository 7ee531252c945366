CREATE TABLE [marts].[top_track_genres] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [genres] AS (
  SELECT
    DATEFROMPARTS(YEAR([entry].[snapshot_date]), MONTH([entry].[snapshot_date]), 1) AS [month_start],
    [entry].[region_code] AS [region_code],
    [entry].[source] AS [source],
    COALESCE([track].[genre], 'unknown') AS [genre],
    COUNT_BIG(DISTINCT [entry].[song_key]) AS [songs],
    COUNT_BIG(*) AS [entries],
    COUNT_BIG([entry].[track_id]) AS [entries_of_known_tracks],
    MIN([entry].[rank]) AS [best_rank],
    COUNT_BIG([track].[popularity]) AS [entries_with_popularity],
    AVG(CAST([track].[popularity] AS FLOAT)) AS [mean_popularity],
    CAST(AVG(CAST(FLOOR([track].[energy_efficiency] * 1000000000 + 0.5e0) AS FLOAT)) AS FLOAT) / 1000000000 AS [mean_energy_efficiency],
    CAST(AVG(CAST(FLOOR([track].[emotional_impact] * 1000000000 + 0.5e0) AS FLOAT)) AS FLOAT) / 1000000000 AS [mean_emotional_impact]
  FROM [warehouse].[fact_top_track] AS [entry]
  LEFT JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [entry].[track_id]
  GROUP BY
    DATEFROMPARTS(YEAR([entry].[snapshot_date]), MONTH([entry].[snapshot_date]), 1),
    [entry].[region_code],
    [entry].[source],
    COALESCE([track].[genre], 'unknown')
), [rows of the model] AS (
  SELECT
    [genres].[month_start] AS [month_start],
    [genres].[region_code] AS [region_code],
    [genres].[source] AS [source],
    [genres].[genre] AS [genre],
    COALESCE([known].[family], 'unknown') AS [family],
    CAST([genres].[songs] AS INTEGER) AS [songs],
    CAST([genres].[entries] AS INTEGER) AS [entries],
    CAST([genres].[entries] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([genres].[entries]) OVER (PARTITION BY [genres].[month_start], [genres].[region_code], [genres].[source]) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_entries],
    CAST([genres].[entries_of_known_tracks] AS INTEGER) AS [entries_of_known_tracks],
    [genres].[best_rank] AS [best_rank],
    CAST([genres].[entries_with_popularity] AS INTEGER) AS [entries_with_popularity],
    [genres].[mean_popularity] AS [mean_popularity],
    [genres].[mean_energy_efficiency] AS [mean_energy_efficiency],
    [genres].[mean_emotional_impact] AS [mean_emotional_impact]
  FROM [genres]
  LEFT JOIN [warehouse].[dim_genre] AS [known]
    ON [known].[genre] = [genres].[genre]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([source] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [source],
  CAST([genre] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [genre],
  CAST([family] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [family],
  CAST([songs] AS INT) AS [songs],
  CAST([entries] AS INT) AS [entries],
  CAST([share_of_entries] AS FLOAT) AS [share_of_entries],
  CAST([entries_of_known_tracks] AS INT) AS [entries_of_known_tracks],
  CAST([best_rank] AS SMALLINT) AS [best_rank],
  CAST([entries_with_popularity] AS INT) AS [entries_with_popularity],
  CAST([mean_popularity] AS FLOAT) AS [mean_popularity],
  CAST([mean_energy_efficiency] AS FLOAT) AS [mean_energy_efficiency],
  CAST([mean_emotional_impact] AS FLOAT) AS [mean_emotional_impact]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [genre] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [family] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [songs] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_of_known_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [source] IN ('spotify', 'lastfm') THEN 1 ELSE 0 END),
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
  SUM(CASE WHEN [songs] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_entries] < 0 OR [share_of_entries] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_of_known_tracks] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 1000 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_popularity] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_popularity] < 0 OR [mean_popularity] > 100 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [mean_energy_efficiency] < 0
      OR [mean_energy_efficiency] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  ),
  SUM(
    CASE
      WHEN [mean_emotional_impact] < 0 OR [mean_emotional_impact] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  )
FROM [marts].[top_track_genres];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [source] AS [source],
    [genre] AS [genre]
  FROM [marts].[top_track_genres]
  GROUP BY
    [month_start],
    [region_code],
    [source],
    [genre]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[top_track_genres] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[top_track_genres] ([region_code]);

CREATE STATISTICS [stat_source] ON [marts].[top_track_genres] ([source]);

CREATE STATISTICS [stat_genre] ON [marts].[top_track_genres] ([genre]);

SELECT
TOP 5
  *
FROM [marts].[top_track_genres];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([mean_popularity]),
  COUNT_BIG([mean_energy_efficiency]),
  COUNT_BIG([mean_emotional_impact])
FROM [marts].[top_track_genres];

CREATE VIEW [published].[top_track_genres] AS SELECT [t].[month_start], [t].[region_code], [t].[source], [t].[genre], [t].[family], [t].[songs], [t].[entries], [t].[share_of_entries], [t].[entries_of_known_tracks], [t].[best_rank], [t].[entries_with_popularity], [t].[mean_popularity], [t].[mean_energy_efficiency], [t].[mean_emotional_impact] FROM [published_a].[top_track_genres] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[source], [t].[genre], [t].[family], [t].[songs], [t].[entries], [t].[share_of_entries], [t].[entries_of_known_tracks], [t].[best_rank], [t].[entries_with_popularity], [t].[mean_popularity], [t].[mean_energy_efficiency], [t].[mean_emotional_impact] FROM [published_b].[top_track_genres] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

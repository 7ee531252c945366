CREATE TABLE [marts].[genre_summary] AS WITH [genres] AS (
  SELECT
    COALESCE([track].[genre], 'unknown') AS [genre],
    COUNT_BIG(*) AS [tracks],
    COUNT_BIG([track].[popularity]) AS [tracks_with_popularity],
    AVG(CAST([track].[popularity] AS FLOAT)) AS [mean_popularity],
    AVG(CAST([track].[duration_ms] AS FLOAT)) AS [mean_duration_ms],
    CAST(AVG(CAST(FLOOR([track].[danceability] * 1000000 + 0.5e0) AS FLOAT)) AS FLOAT) / 1000000 AS [mean_danceability],
    CAST(AVG(CAST(FLOOR([track].[energy] * 1000000 + 0.5e0) AS FLOAT)) AS FLOAT) / 1000000 AS [mean_energy],
    CAST(AVG(CAST(FLOOR([track].[valence] * 1000000 + 0.5e0) AS FLOAT)) AS FLOAT) / 1000000 AS [mean_valence],
    CAST(AVG(CAST(FLOOR([track].[acousticness] * 1000000 + 0.5e0) AS FLOAT)) AS FLOAT) / 1000000 AS [mean_acousticness],
    CAST(AVG(CAST(FLOOR([track].[tempo] * 1000 + 0.5e0) AS FLOAT)) AS FLOAT) / 1000 AS [mean_tempo],
    COUNT_BIG([song].[track_id]) AS [charted_tracks],
    CAST(SUM(CAST([song].[entries] AS BIGINT)) AS INTEGER) AS [appearances],
    CAST(SUM([song].[global_streams]) AS BIGINT) AS [global_streams],
    CAST(SUM([song].[country_streams]) AS BIGINT) AS [country_streams]
  FROM [warehouse].[dim_track] AS [track]
  LEFT JOIN [marts].[unique_songs] AS [song]
    ON [song].[track_id] = [track].[track_id]
  GROUP BY
    COALESCE([track].[genre], 'unknown')
), [rows of the model] AS (
  SELECT
    [genres].[genre] AS [genre],
    COALESCE([known].[family], 'unknown') AS [family],
    CAST([genres].[tracks] AS INTEGER) AS [tracks],
    CAST([genres].[tracks] AS FLOAT) / NULLIF(CAST(CAST(SUM([genres].[tracks]) OVER () AS BIGINT) AS FLOAT), 0) AS [share_of_tracks],
    CAST([genres].[tracks_with_popularity] AS INTEGER) AS [tracks_with_popularity],
    [genres].[mean_popularity] AS [mean_popularity],
    [genres].[mean_duration_ms] AS [mean_duration_ms],
    [genres].[mean_danceability] AS [mean_danceability],
    [genres].[mean_energy] AS [mean_energy],
    [genres].[mean_valence] AS [mean_valence],
    [genres].[mean_acousticness] AS [mean_acousticness],
    [genres].[mean_tempo] AS [mean_tempo],
    CAST([genres].[charted_tracks] AS INTEGER) AS [charted_tracks],
    COALESCE([genres].[appearances], 0) AS [appearances],
    [genres].[global_streams] AS [global_streams],
    [genres].[country_streams] AS [country_streams]
  FROM [genres]
  LEFT JOIN [warehouse].[dim_genre] AS [known]
    ON [known].[genre] = [genres].[genre]
)
SELECT
  CAST([genre] AS VARCHAR(8000)) AS [genre],
  CAST([family] AS VARCHAR(8000)) AS [family],
  CAST([tracks] AS INT) AS [tracks],
  CAST([share_of_tracks] AS FLOAT) AS [share_of_tracks],
  CAST([tracks_with_popularity] AS INT) AS [tracks_with_popularity],
  CAST([mean_popularity] AS FLOAT) AS [mean_popularity],
  CAST([mean_duration_ms] AS FLOAT) AS [mean_duration_ms],
  CAST([mean_danceability] AS FLOAT) AS [mean_danceability],
  CAST([mean_energy] AS FLOAT) AS [mean_energy],
  CAST([mean_valence] AS FLOAT) AS [mean_valence],
  CAST([mean_acousticness] AS FLOAT) AS [mean_acousticness],
  CAST([mean_tempo] AS FLOAT) AS [mean_tempo],
  CAST([charted_tracks] AS INT) AS [charted_tracks],
  CAST([appearances] AS INT) AS [appearances],
  CAST([global_streams] AS BIGINT) AS [global_streams],
  CAST([country_streams] AS BIGINT) AS [country_streams]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [genre] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [family] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charted_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [appearances] IS NULL THEN 1 ELSE 0 END),
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
  SUM(CASE WHEN [share_of_tracks] < 0 OR [share_of_tracks] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_with_popularity] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_popularity] < 0 OR [mean_popularity] > 100 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [mean_duration_ms] < 0 OR [mean_duration_ms] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [mean_danceability] < 0 OR [mean_danceability] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_energy] < 0 OR [mean_energy] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_valence] < 0 OR [mean_valence] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mean_acousticness] < 0 OR [mean_acousticness] > 1 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [mean_tempo] < 0 OR [mean_tempo] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [charted_tracks] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [appearances] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [global_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [country_streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[genre_summary];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [genre] AS [genre]
  FROM [marts].[genre_summary]
  GROUP BY
    [genre]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_genre] ON [marts].[genre_summary] ([genre]);

SELECT
TOP 5
  *
FROM [marts].[genre_summary];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([mean_popularity]),
  COUNT_BIG([mean_duration_ms]),
  COUNT_BIG([mean_danceability]),
  COUNT_BIG([mean_energy]),
  COUNT_BIG([mean_valence]),
  COUNT_BIG([mean_acousticness]),
  COUNT_BIG([mean_tempo]),
  COUNT_BIG([global_streams]),
  COUNT_BIG([country_streams])
FROM [marts].[genre_summary];

SELECT
TOP 50
  [genre],
  [mean_popularity]
FROM [marts].[genre_summary]
ORDER BY
  [mean_popularity] DESC,
  CASE WHEN [genre] IS NULL THEN 1 ELSE 0 END, [genre];

CREATE VIEW [published].[genre_summary] AS SELECT [t].[genre], [t].[family], [t].[tracks], [t].[share_of_tracks], [t].[tracks_with_popularity], [t].[mean_popularity], [t].[mean_duration_ms], [t].[mean_danceability], [t].[mean_energy], [t].[mean_valence], [t].[mean_acousticness], [t].[mean_tempo], [t].[charted_tracks], [t].[appearances], [t].[global_streams], [t].[country_streams] FROM [published_a].[genre_summary] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[genre], [t].[family], [t].[tracks], [t].[share_of_tracks], [t].[tracks_with_popularity], [t].[mean_popularity], [t].[mean_duration_ms], [t].[mean_danceability], [t].[mean_energy], [t].[mean_valence], [t].[mean_acousticness], [t].[mean_tempo], [t].[charted_tracks], [t].[appearances], [t].[global_streams], [t].[country_streams] FROM [published_b].[genre_summary] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

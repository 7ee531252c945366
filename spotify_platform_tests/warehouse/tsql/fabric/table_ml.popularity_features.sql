CREATE TABLE [ml].[popularity_features] AS WITH [rows of the model] AS (
  SELECT
    [track].[track_id] AS [track_id],
    [track].[title] AS [title],
    [track].[primary_artist_id] AS [artist_id],
    [artist].[artist_name] AS [artist_name],
    [track].[popularity] AS [popularity],
    [track].[popularity_as_of] AS [popularity_as_of],
    [track].[duration_ms] AS [duration_ms],
    [track].[explicit] AS [explicit],
    [track].[release_date] AS [release_date],
    [track].[release_date_precision] AS [release_date_precision],
    [track].[genre] AS [genre],
    [track].[subgenre] AS [subgenre],
    [track].[danceability] AS [danceability],
    [track].[energy] AS [energy],
    [track].[key] AS [key],
    [track].[loudness] AS [loudness],
    [track].[mode] AS [mode],
    [track].[speechiness] AS [speechiness],
    [track].[acousticness] AS [acousticness],
    [track].[instrumentalness] AS [instrumentalness],
    [track].[liveness] AS [liveness],
    [track].[valence] AS [valence],
    [track].[tempo] AS [tempo],
    [track].[time_signature] AS [time_signature]
  FROM [warehouse].[dim_track] AS [track]
  LEFT JOIN [warehouse].[dim_artist] AS [artist]
    ON [artist].[artist_id] = [track].[primary_artist_id]
  WHERE
    NOT [track].[energy] IS NULL
)
SELECT
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([title] AS VARCHAR(8000)) AS [title],
  CAST([artist_id] AS VARCHAR(8000)) AS [artist_id],
  CAST([artist_name] AS VARCHAR(8000)) AS [artist_name],
  CAST([popularity] AS SMALLINT) AS [popularity],
  CAST([popularity_as_of] AS DATE) AS [popularity_as_of],
  CAST([duration_ms] AS INT) AS [duration_ms],
  CAST([explicit] AS BIT) AS [explicit],
  CAST([release_date] AS DATE) AS [release_date],
  CAST([release_date_precision] AS VARCHAR(8000)) AS [release_date_precision],
  CAST([genre] AS VARCHAR(8000)) AS [genre],
  CAST([subgenre] AS VARCHAR(8000)) AS [subgenre],
  CAST([danceability] AS FLOAT) AS [danceability],
  CAST([energy] AS FLOAT) AS [energy],
  CAST([key] AS SMALLINT) AS [key],
  CAST([loudness] AS FLOAT) AS [loudness],
  CAST([mode] AS SMALLINT) AS [mode],
  CAST([speechiness] AS FLOAT) AS [speechiness],
  CAST([acousticness] AS FLOAT) AS [acousticness],
  CAST([instrumentalness] AS FLOAT) AS [instrumentalness],
  CAST([liveness] AS FLOAT) AS [liveness],
  CAST([valence] AS FLOAT) AS [valence],
  CAST([tempo] AS FLOAT) AS [tempo],
  CAST([time_signature] AS SMALLINT) AS [time_signature]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [popularity] < 0 OR [popularity] > 100 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [duration_ms] < 1 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN NOT [release_date_precision] IN ('year', 'month', 'day') THEN 1 ELSE 0 END
  ),
  SUM(CASE WHEN [danceability] < 0 OR [danceability] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [energy] < 0 OR [energy] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [key] < 0 OR [key] > 11 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [loudness] < -80 OR [loudness] > 10 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mode] < 0 OR [mode] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [speechiness] < 0 OR [speechiness] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [acousticness] < 0 OR [acousticness] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [instrumentalness] < 0 OR [instrumentalness] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [liveness] < 0 OR [liveness] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [valence] < 0 OR [valence] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tempo] < 1 OR [tempo] > 400 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [time_signature] < 1 OR [time_signature] > 7 THEN 1 ELSE 0 END)
FROM [ml].[popularity_features];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [track_id] AS [track_id]
  FROM [ml].[popularity_features]
  GROUP BY
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_track_id] ON [ml].[popularity_features] ([track_id]);

SELECT
TOP 5
  *
FROM [ml].[popularity_features];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_id]),
  COUNT_BIG([artist_name]),
  COUNT_BIG([popularity]),
  COUNT_BIG([popularity_as_of]),
  COUNT_BIG([duration_ms]),
  COUNT_BIG([explicit]),
  COUNT_BIG([release_date]),
  COUNT_BIG([release_date_precision]),
  COUNT_BIG([genre]),
  COUNT_BIG([subgenre]),
  COUNT_BIG([danceability]),
  COUNT_BIG([energy]),
  COUNT_BIG([key]),
  COUNT_BIG([loudness]),
  COUNT_BIG([mode]),
  COUNT_BIG([speechiness]),
  COUNT_BIG([acousticness]),
  COUNT_BIG([instrumentalness]),
  COUNT_BIG([liveness]),
  COUNT_BIG([valence]),
  COUNT_BIG([tempo]),
  COUNT_BIG([time_signature])
FROM [ml].[popularity_features];

CREATE VIEW [published].[popularity_features] AS SELECT [t].[track_id], [t].[title], [t].[artist_id], [t].[artist_name], [t].[popularity], [t].[popularity_as_of], [t].[duration_ms], [t].[explicit], [t].[release_date], [t].[release_date_precision], [t].[genre], [t].[subgenre], [t].[danceability], [t].[energy], [t].[key], [t].[loudness], [t].[mode], [t].[speechiness], [t].[acousticness], [t].[instrumentalness], [t].[liveness], [t].[valence], [t].[tempo], [t].[time_signature] FROM [published_a].[popularity_features] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[track_id], [t].[title], [t].[artist_id], [t].[artist_name], [t].[popularity], [t].[popularity_as_of], [t].[duration_ms], [t].[explicit], [t].[release_date], [t].[release_date_precision], [t].[genre], [t].[subgenre], [t].[danceability], [t].[energy], [t].[key], [t].[loudness], [t].[mode], [t].[speechiness], [t].[acousticness], [t].[instrumentalness], [t].[liveness], [t].[valence], [t].[tempo], [t].[time_signature] FROM [published_b].[popularity_features] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

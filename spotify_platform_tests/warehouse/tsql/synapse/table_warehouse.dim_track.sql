CREATE TABLE [warehouse].[dim_track] WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [track].[track_id] AS [track_id],
    [track].[title] AS [title],
    [track].[artist_credit] AS [artist_credit],
    [artist].[artist_id] AS [primary_artist_id],
    [track].[isrc] AS [isrc],
    [track].[recording_key] AS [recording_key],
    [track].[album_id] AS [album_id],
    [track].[album_name] AS [album_name],
    [track].[album_provider] AS [album_provider],
    [track].[release_date] AS [release_date],
    [track].[release_date_precision] AS [release_date_precision],
    [track].[release_provider] AS [release_provider],
    [track].[duration_ms] AS [duration_ms],
    [track].[explicit] AS [explicit],
    [track].[genre] AS [genre],
    [track].[subgenre] AS [subgenre],
    [track].[genre_provider] AS [genre_provider],
    [track].[popularity] AS [popularity],
    [track].[popularity_as_of] AS [popularity_as_of],
    [track].[popularity_provider] AS [popularity_provider],
    [track].[popularity_category] AS [popularity_category],
    [track].[track_age_days] AS [track_age_days],
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
    [track].[time_signature] AS [time_signature],
    [track].[features_provider] AS [features_provider],
    [track].[energy_tempo] AS [energy_tempo],
    [track].[energy_efficiency] AS [energy_efficiency],
    [track].[emotional_impact] AS [emotional_impact]
  FROM [cleandata].[tracks] AS [track]
  LEFT JOIN [cleandata].[track_artists] AS [artist]
    ON [artist].[track_id] = [track].[track_id] AND [artist].[position] = 1
)
SELECT
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([title] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [title],
  CAST([artist_credit] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_credit],
  CAST([primary_artist_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [primary_artist_id],
  CAST([isrc] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [isrc],
  CAST([recording_key] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [recording_key],
  CAST([album_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [album_id],
  CAST([album_name] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [album_name],
  CAST([album_provider] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [album_provider],
  CAST([release_date] AS DATE) AS [release_date],
  CAST([release_date_precision] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [release_date_precision],
  CAST([release_provider] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [release_provider],
  CAST([duration_ms] AS INT) AS [duration_ms],
  CAST([explicit] AS BIT) AS [explicit],
  CAST([genre] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [genre],
  CAST([subgenre] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [subgenre],
  CAST([genre_provider] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [genre_provider],
  CAST([popularity] AS SMALLINT) AS [popularity],
  CAST([popularity_as_of] AS DATE) AS [popularity_as_of],
  CAST([popularity_provider] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [popularity_provider],
  CAST([popularity_category] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [popularity_category],
  CAST([track_age_days] AS INT) AS [track_age_days],
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
  CAST([time_signature] AS SMALLINT) AS [time_signature],
  CAST([features_provider] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [features_provider],
  CAST([energy_tempo] AS FLOAT) AS [energy_tempo],
  CAST([energy_efficiency] AS FLOAT) AS [energy_efficiency],
  CAST([emotional_impact] AS FLOAT) AS [emotional_impact]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [recording_key] IS NULL THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN NOT [release_date_precision] IN ('year', 'month', 'day') THEN 1 ELSE 0 END
  ),
  SUM(CASE WHEN [duration_ms] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [popularity] < 0 OR [popularity] > 100 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN NOT [popularity_category] IN ('Low', 'Medium', 'High') THEN 1 ELSE 0 END
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
  SUM(CASE WHEN [time_signature] < 1 OR [time_signature] > 7 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [energy_tempo] < 0 OR [energy_tempo] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
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
FROM [warehouse].[dim_track];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [track_id] AS [track_id]
  FROM [warehouse].[dim_track]
  GROUP BY
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_track_id] ON [warehouse].[dim_track] ([track_id]);

SELECT
TOP 5
  *
FROM [warehouse].[dim_track];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([primary_artist_id]),
  COUNT_BIG([isrc]),
  COUNT_BIG([album_id]),
  COUNT_BIG([album_name]),
  COUNT_BIG([album_provider]),
  COUNT_BIG([release_date]),
  COUNT_BIG([release_date_precision]),
  COUNT_BIG([release_provider]),
  COUNT_BIG([duration_ms]),
  COUNT_BIG([explicit]),
  COUNT_BIG([genre]),
  COUNT_BIG([subgenre]),
  COUNT_BIG([genre_provider]),
  COUNT_BIG([popularity]),
  COUNT_BIG([popularity_as_of]),
  COUNT_BIG([popularity_provider]),
  COUNT_BIG([popularity_category]),
  COUNT_BIG([track_age_days]),
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
  COUNT_BIG([time_signature]),
  COUNT_BIG([features_provider]),
  COUNT_BIG([energy_tempo]),
  COUNT_BIG([energy_efficiency]),
  COUNT_BIG([emotional_impact])
FROM [warehouse].[dim_track];

CREATE VIEW [published].[dim_track] AS SELECT [t].[track_id], [t].[title], [t].[artist_credit], [t].[primary_artist_id], [t].[isrc], [t].[recording_key], [t].[album_id], [t].[album_name], [t].[album_provider], [t].[release_date], [t].[release_date_precision], [t].[release_provider], [t].[duration_ms], [t].[explicit], [t].[genre], [t].[subgenre], [t].[genre_provider], [t].[popularity], [t].[popularity_as_of], [t].[popularity_provider], [t].[popularity_category], [t].[track_age_days], [t].[danceability], [t].[energy], [t].[key], [t].[loudness], [t].[mode], [t].[speechiness], [t].[acousticness], [t].[instrumentalness], [t].[liveness], [t].[valence], [t].[tempo], [t].[time_signature], [t].[features_provider], [t].[energy_tempo], [t].[energy_efficiency], [t].[emotional_impact] FROM [published_a].[dim_track] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[track_id], [t].[title], [t].[artist_credit], [t].[primary_artist_id], [t].[isrc], [t].[recording_key], [t].[album_id], [t].[album_name], [t].[album_provider], [t].[release_date], [t].[release_date_precision], [t].[release_provider], [t].[duration_ms], [t].[explicit], [t].[genre], [t].[subgenre], [t].[genre_provider], [t].[popularity], [t].[popularity_as_of], [t].[popularity_provider], [t].[popularity_category], [t].[track_age_days], [t].[danceability], [t].[energy], [t].[key], [t].[loudness], [t].[mode], [t].[speechiness], [t].[acousticness], [t].[instrumentalness], [t].[liveness], [t].[valence], [t].[tempo], [t].[time_signature], [t].[features_provider], [t].[energy_tempo], [t].[energy_efficiency], [t].[emotional_impact] FROM [published_b].[dim_track] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

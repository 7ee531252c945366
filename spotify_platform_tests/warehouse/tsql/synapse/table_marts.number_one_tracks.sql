CREATE TABLE [marts].[number_one_tracks] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [numbered] AS (
  SELECT
    [day].[chart_date] AS [chart_date],
    [day].[region_code] AS [region_code],
    [day].[chart] AS [chart],
    [day].[cadence] AS [cadence],
    [day].[leader_track_id] AS [leader_track_id],
    [day].[leader_streams] AS [leader_streams],
    [day].[leader_is_tied] AS [leader_is_tied],
    ROW_NUMBER() OVER (
      PARTITION BY [day].[region_code], [day].[chart], [day].[cadence]
      ORDER BY CASE WHEN [day].[chart_date] IS NULL THEN 1 ELSE 0 END, [day].[chart_date]
    ) - ROW_NUMBER() OVER (
      PARTITION BY [day].[region_code], [day].[chart], [day].[cadence], [day].[leader_track_id]
      ORDER BY CASE WHEN [day].[chart_date] IS NULL THEN 1 ELSE 0 END, [day].[chart_date]
    ) AS [reign]
  FROM [marts].[chart_day] AS [day]
), [rows of the model] AS (
  SELECT
    [numbered].[chart_date] AS [chart_date],
    [numbered].[region_code] AS [region_code],
    [numbered].[chart] AS [chart],
    [numbered].[cadence] AS [cadence],
    [numbered].[leader_track_id] AS [track_id],
    [track].[title] AS [title],
    [track].[artist_credit] AS [artist_credit],
    [numbered].[leader_streams] AS [streams],
    [numbered].[leader_is_tied] AS [is_tied],
    CAST(ROW_NUMBER() OVER (
      PARTITION BY [numbered].[region_code], [numbered].[chart], [numbered].[cadence], [numbered].[leader_track_id], [numbered].[reign]
      ORDER BY CASE WHEN [numbered].[chart_date] IS NULL THEN 1 ELSE 0 END, [numbered].[chart_date]
    ) AS INTEGER) AS [charts_in_a_row]
  FROM [numbered]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [numbered].[leader_track_id]
)
SELECT
  CAST([chart_date] AS DATE) AS [chart_date],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([title] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [title],
  CAST([artist_credit] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_credit],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([is_tied] AS BIT) AS [is_tied],
  CAST([charts_in_a_row] AS INT) AS [charts_in_a_row]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [chart_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [is_tied] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charts_in_a_row] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charts_in_a_row] < 1 THEN 1 ELSE 0 END)
FROM [marts].[number_one_tracks];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [chart_date] AS [chart_date],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence]
  FROM [marts].[number_one_tracks]
  GROUP BY
    [chart_date],
    [region_code],
    [chart],
    [cadence]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_chart_date] ON [marts].[number_one_tracks] ([chart_date]);

CREATE STATISTICS [stat_region_code] ON [marts].[number_one_tracks] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[number_one_tracks] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[number_one_tracks] ([cadence]);

SELECT
TOP 5
  *
FROM [marts].[number_one_tracks];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([streams])
FROM [marts].[number_one_tracks];

CREATE VIEW [published].[number_one_tracks] AS SELECT [t].[chart_date], [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[is_tied], [t].[charts_in_a_row] FROM [published_a].[number_one_tracks] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[chart_date], [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[title], [t].[artist_credit], [t].[streams], [t].[is_tied], [t].[charts_in_a_row] FROM [published_b].[number_one_tracks] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

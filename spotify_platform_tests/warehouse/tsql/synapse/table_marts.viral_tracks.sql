CREATE TABLE [marts].[viral_tracks] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [latest] AS (
  SELECT
    [life].[region_code] AS [region_code],
    [life].[cadence] AS [cadence],
    MAX([life].[last_date]) AS [window_end]
  FROM [marts].[track_chart_runs] AS [life]
  WHERE
    [life].[chart] = 'viral50'
  GROUP BY
    [life].[region_code],
    [life].[cadence]
), [windows] AS (
  SELECT
    [entry].[region_code] AS [region_code],
    [entry].[cadence] AS [cadence],
    [entry].[track_id] AS [track_id],
    [latest].[window_end] AS [window_end],
    COUNT_BIG(*) AS [entries],
    MIN([entry].[rank]) AS [best_rank],
    CAST(SUM(51 - [entry].[rank]) AS INTEGER) AS [points],
    MIN([entry].[chart_date]) AS [first_date],
    MAX([entry].[chart_date]) AS [last_date]
  FROM [latest]
  INNER JOIN [warehouse].[fact_chart_entry] AS [entry]
    ON [entry].[chart] = 'viral50'
    AND [entry].[region_code] = [latest].[region_code]
    AND [entry].[cadence] = [latest].[cadence]
    AND [entry].[chart_date] > DATEADD(DAY, -14, [latest].[window_end])
  GROUP BY
    [entry].[region_code],
    [entry].[cadence],
    [entry].[track_id],
    [latest].[window_end]
), [rows of the model] AS (
  SELECT
    [windows].[region_code] AS [region_code],
    [windows].[cadence] AS [cadence],
    [windows].[window_end] AS [window_end],
    CAST(ROW_NUMBER() OVER (
      PARTITION BY [windows].[region_code], [windows].[cadence]
      ORDER BY [windows].[points] DESC, CASE WHEN [windows].[best_rank] IS NULL THEN 1 ELSE 0 END, [windows].[best_rank], CASE WHEN [windows].[track_id] IS NULL THEN 1 ELSE 0 END, [windows].[track_id]
    ) AS INTEGER) AS [position],
    [windows].[track_id] AS [track_id],
    [track].[title] AS [title],
    [track].[artist_credit] AS [artist_credit],
    CAST([windows].[entries] AS INTEGER) AS [entries],
    [windows].[best_rank] AS [best_rank],
    [windows].[points] AS [points],
    [windows].[first_date] AS [first_date],
    [windows].[last_date] AS [last_date],
    [life].[first_date] AS [first_viral_date]
  FROM [windows]
  INNER JOIN [marts].[track_chart_runs] AS [life]
    ON [life].[region_code] = [windows].[region_code]
    AND [life].[chart] = 'viral50'
    AND [life].[cadence] = [windows].[cadence]
    AND [life].[track_id] = [windows].[track_id]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [windows].[track_id]
)
SELECT
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([window_end] AS DATE) AS [window_end],
  CAST([position] AS INT) AS [position],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([title] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [title],
  CAST([artist_credit] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [artist_credit],
  CAST([entries] AS INT) AS [entries],
  CAST([best_rank] AS SMALLINT) AS [best_rank],
  CAST([points] AS INT) AS [points],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date],
  CAST([first_viral_date] AS DATE) AS [first_viral_date]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [window_end] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [last_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_viral_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 OR [entries] > 14 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 50 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END)
FROM [marts].[viral_tracks];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [region_code] AS [region_code],
    [cadence] AS [cadence],
    [position] AS [position]
  FROM [marts].[viral_tracks]
  GROUP BY
    [region_code],
    [cadence],
    [position]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_region_code] ON [marts].[viral_tracks] ([region_code]);

CREATE STATISTICS [stat_cadence] ON [marts].[viral_tracks] ([cadence]);

CREATE STATISTICS [stat_position] ON [marts].[viral_tracks] ([position]);

SELECT
TOP 5
  *
FROM [marts].[viral_tracks];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit])
FROM [marts].[viral_tracks];

CREATE VIEW [published].[viral_tracks] AS SELECT [t].[region_code], [t].[cadence], [t].[window_end], [t].[position], [t].[track_id], [t].[title], [t].[artist_credit], [t].[entries], [t].[best_rank], [t].[points], [t].[first_date], [t].[last_date], [t].[first_viral_date] FROM [published_a].[viral_tracks] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[region_code], [t].[cadence], [t].[window_end], [t].[position], [t].[track_id], [t].[title], [t].[artist_credit], [t].[entries], [t].[best_rank], [t].[points], [t].[first_date], [t].[last_date], [t].[first_viral_date] FROM [published_b].[viral_tracks] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

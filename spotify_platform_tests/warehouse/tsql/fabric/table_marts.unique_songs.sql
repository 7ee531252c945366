CREATE TABLE [marts].[unique_songs] AS WITH [dates] AS (
  SELECT
    [month].[track_id] AS [track_id],
    CAST(SUM(
      CASE
        WHEN [month].[chart] = 'top200' AND [month].[cadence] = 'daily'
        THEN [month].[dates]
        ELSE 0
      END
    ) AS INTEGER) AS [days_on_top200],
    CAST(SUM(
      CASE
        WHEN [month].[chart] = 'top200' AND [month].[cadence] = 'weekly'
        THEN [month].[dates]
        ELSE 0
      END
    ) AS INTEGER) AS [weeks_on_top200],
    CAST(SUM(
      CASE
        WHEN [month].[chart] = 'viral50' AND [month].[cadence] = 'daily'
        THEN [month].[dates]
        ELSE 0
      END
    ) AS INTEGER) AS [days_on_viral50]
  FROM [marts].[track_month] AS [month]
  GROUP BY
    [month].[track_id]
), [lives] AS (
  SELECT
    [life].[track_id] AS [track_id],
    CAST(COUNT_BIG(
      DISTINCT CASE WHEN [life].[region_code] <> 'GLOBAL' THEN [life].[region_code] END
    ) AS INTEGER) AS [countries],
    CAST(SUM([life].[entries]) AS INTEGER) AS [entries],
    CAST(SUM([life].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    MIN([life].[peak_rank]) AS [peak_rank],
    MIN([life].[first_date]) AS [first_date],
    MAX([life].[last_date]) AS [last_date],
    CAST(SUM(
      CASE
        WHEN [life].[region_code] = 'GLOBAL' AND [life].[cadence] = 'daily'
        THEN [life].[streams]
      END
    ) AS BIGINT) AS [global_by_day],
    CAST(SUM(
      CASE
        WHEN [life].[region_code] = 'GLOBAL' AND [life].[cadence] = 'weekly'
        THEN [life].[streams]
      END
    ) AS BIGINT) AS [global_by_week],
    CAST(SUM(
      CASE
        WHEN [life].[region_code] <> 'GLOBAL' AND [life].[cadence] = 'daily'
        THEN [life].[streams]
      END
    ) AS BIGINT) AS [countries_by_day],
    CAST(SUM(
      CASE
        WHEN [life].[region_code] <> 'GLOBAL' AND [life].[cadence] = 'weekly'
        THEN [life].[streams]
      END
    ) AS BIGINT) AS [countries_by_week]
  FROM [marts].[track_chart_runs] AS [life]
  GROUP BY
    [life].[track_id]
), [rows of the model] AS (
  SELECT
    [lives].[track_id] AS [track_id],
    CASE
      WHEN [track].[title] IS NULL OR [track].[primary_artist_id] IS NULL
      THEN [lives].[track_id]
      ELSE MIN([lives].[track_id]) OVER (PARTITION BY [track].[title], [track].[primary_artist_id])
    END AS [song_id],
    [track].[title] AS [title],
    [track].[artist_credit] AS [artist_credit],
    [lives].[first_date] AS [first_date],
    [lives].[last_date] AS [last_date],
    [dates].[days_on_top200] AS [days_on_top200],
    [dates].[weeks_on_top200] AS [weeks_on_top200],
    [dates].[days_on_viral50] AS [days_on_viral50],
    [lives].[countries] AS [countries],
    [lives].[entries] AS [entries],
    [lives].[entries_at_one] AS [entries_at_one],
    [lives].[peak_rank] AS [peak_rank],
    COALESCE([lives].[global_by_day], [lives].[global_by_week]) AS [global_streams],
    COALESCE([lives].[countries_by_day], [lives].[countries_by_week]) AS [country_streams]
  FROM [lives]
  INNER JOIN [dates]
    ON [dates].[track_id] = [lives].[track_id]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [lives].[track_id]
)
SELECT
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([song_id] AS VARCHAR(8000)) AS [song_id],
  CAST([title] AS VARCHAR(8000)) AS [title],
  CAST([artist_credit] AS VARCHAR(8000)) AS [artist_credit],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date],
  CAST([days_on_top200] AS INT) AS [days_on_top200],
  CAST([weeks_on_top200] AS INT) AS [weeks_on_top200],
  CAST([days_on_viral50] AS INT) AS [days_on_viral50],
  CAST([countries] AS INT) AS [countries],
  CAST([entries] AS INT) AS [entries],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([peak_rank] AS INT) AS [peak_rank],
  CAST([global_streams] AS BIGINT) AS [global_streams],
  CAST([country_streams] AS BIGINT) AS [country_streams]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [song_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [last_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_top200] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weeks_on_top200] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_viral50] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_top200] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weeks_on_top200] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [days_on_viral50] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_rank] < 1 OR [peak_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [global_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [country_streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[unique_songs];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [track_id] AS [track_id]
  FROM [marts].[unique_songs]
  GROUP BY
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_track_id] ON [marts].[unique_songs] ([track_id]);

SELECT
TOP 5
  *
FROM [marts].[unique_songs];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([global_streams]),
  COUNT_BIG([country_streams])
FROM [marts].[unique_songs];

SELECT
TOP 250
  [countries],
  COUNT_BIG(*) AS [tracks]
FROM [marts].[unique_songs]
GROUP BY
  [countries]
ORDER BY
  CASE WHEN [countries] IS NULL THEN 1 ELSE 0 END, [countries];

CREATE VIEW [published].[unique_songs] AS SELECT [t].[track_id], [t].[song_id], [t].[title], [t].[artist_credit], [t].[first_date], [t].[last_date], [t].[days_on_top200], [t].[weeks_on_top200], [t].[days_on_viral50], [t].[countries], [t].[entries], [t].[entries_at_one], [t].[peak_rank], [t].[global_streams], [t].[country_streams] FROM [published_a].[unique_songs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[track_id], [t].[song_id], [t].[title], [t].[artist_credit], [t].[first_date], [t].[last_date], [t].[days_on_top200], [t].[weeks_on_top200], [t].[days_on_viral50], [t].[countries], [t].[entries], [t].[entries_at_one], [t].[peak_rank], [t].[global_streams], [t].[country_streams] FROM [published_b].[unique_songs] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

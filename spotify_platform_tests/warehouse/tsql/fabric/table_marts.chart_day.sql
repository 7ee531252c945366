CREATE TABLE [marts].[chart_day] AS WITH [charts] AS (
  SELECT
    [entry].[chart_date] AS [chart_date],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    CAST(COUNT_BIG(*) AS INTEGER) AS [entries],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams],
    CAST(COUNT_BIG([entry].[streams]) AS INTEGER) AS [entries_with_streams]
  FROM [warehouse].[fact_chart_entry] AS [entry]
  GROUP BY
    [entry].[chart_date],
    [entry].[region_code],
    [entry].[chart],
    [entry].[cadence]
), [leaders] AS (
  SELECT
    [entry].[chart_date] AS [chart_date],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[track_id] AS [track_id],
    [entry].[streams] AS [streams],
    [entry].[is_tied] AS [is_tied],
    ROW_NUMBER() OVER (
      PARTITION BY [entry].[chart_date], [entry].[region_code], [entry].[chart], [entry].[cadence]
      ORDER BY [entry].[streams] DESC, CASE WHEN [entry].[track_id] IS NULL THEN 1 ELSE 0 END, [entry].[track_id]
    ) AS [place]
  FROM [warehouse].[fact_chart_entry] AS [entry]
  WHERE
    [entry].[rank] = 1
), [rows of the model] AS (
  SELECT
    [charts].[chart_date] AS [chart_date],
    [charts].[region_code] AS [region_code],
    [charts].[chart] AS [chart],
    [charts].[cadence] AS [cadence],
    [charts].[entries] AS [entries],
    [charts].[streams] AS [streams],
    [charts].[entries_with_streams] AS [entries_with_streams],
    [leader].[track_id] AS [leader_track_id],
    [leader].[streams] AS [leader_streams],
    [leader].[is_tied] AS [leader_is_tied]
  FROM [charts]
  LEFT JOIN [leaders] AS [leader]
    ON [leader].[chart_date] = [charts].[chart_date]
    AND [leader].[region_code] = [charts].[region_code]
    AND [leader].[chart] = [charts].[chart]
    AND [leader].[cadence] = [charts].[cadence]
    AND [leader].[place] = 1
)
SELECT
  CAST([chart_date] AS DATE) AS [chart_date],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([entries] AS INT) AS [entries],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([entries_with_streams] AS INT) AS [entries_with_streams],
  CAST([leader_track_id] AS VARCHAR(8000)) AS [leader_track_id],
  CAST([leader_streams] AS BIGINT) AS [leader_streams],
  CAST([leader_is_tied] AS BIT) AS [leader_is_tied]
FROM [rows of the model];

CREATE TABLE [marts].[chart_day] AS WITH [charts] AS (
  SELECT
    [entry].[chart_date] AS [chart_date],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    CAST(COUNT_BIG(*) AS INTEGER) AS [entries],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams],
    CAST(COUNT_BIG([entry].[streams]) AS INTEGER) AS [entries_with_streams]
  FROM (
    SELECT
      *
    FROM [warehouse].[fact_chart_entry]
    WHERE
      [chart_date] >= CAST('2020-02-01' AS DATE)
      AND [chart_date] < CAST('2020-04-01' AS DATE)
  ) AS [entry]
  GROUP BY
    [entry].[chart_date],
    [entry].[region_code],
    [entry].[chart],
    [entry].[cadence]
), [leaders] AS (
  SELECT
    [entry].[chart_date] AS [chart_date],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[track_id] AS [track_id],
    [entry].[streams] AS [streams],
    [entry].[is_tied] AS [is_tied],
    ROW_NUMBER() OVER (
      PARTITION BY [entry].[chart_date], [entry].[region_code], [entry].[chart], [entry].[cadence]
      ORDER BY [entry].[streams] DESC, CASE WHEN [entry].[track_id] IS NULL THEN 1 ELSE 0 END, [entry].[track_id]
    ) AS [place]
  FROM (
    SELECT
      *
    FROM [warehouse].[fact_chart_entry]
    WHERE
      [chart_date] >= CAST('2020-02-01' AS DATE)
      AND [chart_date] < CAST('2020-04-01' AS DATE)
  ) AS [entry]
  WHERE
    [entry].[rank] = 1
), [rows of the model] AS (
  SELECT
    [charts].[chart_date] AS [chart_date],
    [charts].[region_code] AS [region_code],
    [charts].[chart] AS [chart],
    [charts].[cadence] AS [cadence],
    [charts].[entries] AS [entries],
    [charts].[streams] AS [streams],
    [charts].[entries_with_streams] AS [entries_with_streams],
    [leader].[track_id] AS [leader_track_id],
    [leader].[streams] AS [leader_streams],
    [leader].[is_tied] AS [leader_is_tied]
  FROM [charts]
  LEFT JOIN [leaders] AS [leader]
    ON [leader].[chart_date] = [charts].[chart_date]
    AND [leader].[region_code] = [charts].[region_code]
    AND [leader].[chart] = [charts].[chart]
    AND [leader].[cadence] = [charts].[cadence]
    AND [leader].[place] = 1
)
SELECT
  CAST([chart_date] AS DATE) AS [chart_date],
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([entries] AS INT) AS [entries],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([entries_with_streams] AS INT) AS [entries_with_streams],
  CAST([leader_track_id] AS VARCHAR(8000)) AS [leader_track_id],
  CAST([leader_streams] AS BIGINT) AS [leader_streams],
  CAST([leader_is_tied] AS BIT) AS [leader_is_tied]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [chart_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_streams] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart_date] < '2013-01-01' THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [leader_streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[chart_day];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [chart_date] AS [chart_date],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence]
  FROM [marts].[chart_day]
  GROUP BY
    [chart_date],
    [region_code],
    [chart],
    [cadence]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_chart_date] ON [marts].[chart_day] ([chart_date]);

CREATE STATISTICS [stat_region_code] ON [marts].[chart_day] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[chart_day] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[chart_day] ([cadence]);

SELECT
TOP 5
  *
FROM [marts].[chart_day];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams]),
  COUNT_BIG([leader_track_id]),
  COUNT_BIG([leader_streams]),
  COUNT_BIG([leader_is_tied])
FROM [marts].[chart_day];

CREATE VIEW [published].[chart_day] AS SELECT [t].[chart_date], [t].[region_code], [t].[chart], [t].[cadence], [t].[entries], [t].[streams], [t].[entries_with_streams], [t].[leader_track_id], [t].[leader_streams], [t].[leader_is_tied] FROM [published_a].[chart_day] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[chart_date], [t].[region_code], [t].[chart], [t].[cadence], [t].[entries], [t].[streams], [t].[entries_with_streams], [t].[leader_track_id], [t].[leader_streams], [t].[leader_is_tied] FROM [published_b].[chart_day] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

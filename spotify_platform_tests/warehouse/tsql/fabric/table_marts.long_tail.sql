CREATE TABLE [marts].[long_tail] AS WITH [ranked] AS (
  SELECT
    [life].[region_code] AS [region_code],
    [life].[chart] AS [chart],
    [life].[cadence] AS [cadence],
    [life].[streams] AS [streams],
    ROW_NUMBER() OVER (
      PARTITION BY [life].[region_code], [life].[chart], [life].[cadence]
      ORDER BY [life].[streams] DESC, CASE WHEN [life].[track_id] IS NULL THEN 1 ELSE 0 END, [life].[track_id]
    ) AS [position],
    COUNT_BIG(*) OVER (PARTITION BY [life].[region_code], [life].[chart], [life].[cadence]) AS [tracks],
    CAST(SUM([life].[streams]) OVER (PARTITION BY [life].[region_code], [life].[chart], [life].[cadence]) AS BIGINT) AS [total],
    CAST(SUM([life].[streams]) OVER (
      PARTITION BY [life].[region_code], [life].[chart], [life].[cadence]
      ORDER BY [life].[streams] DESC, CASE WHEN [life].[track_id] IS NULL THEN 1 ELSE 0 END, [life].[track_id]
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS BIGINT) - [life].[streams] AS [before]
  FROM [marts].[track_chart_runs] AS [life]
  WHERE
    NOT [life].[streams] IS NULL
), [sums] AS (
  SELECT
    [ranked].[region_code] AS [region_code],
    [ranked].[chart] AS [chart],
    [ranked].[cadence] AS [cadence],
    [ranked].[tracks] AS [tracks],
    [ranked].[total] AS [total],
    CAST(SUM(CASE WHEN [ranked].[position] <= 10 THEN [ranked].[streams] END) AS BIGINT) AS [top_10],
    CAST(SUM(
      CASE
        WHEN (
          [ranked].[position] - 1
        ) * 100 < [ranked].[tracks]
        THEN [ranked].[streams]
      END
    ) AS BIGINT) AS [top_percent],
    CAST(SUM(
      CASE
        WHEN (
          [ranked].[position] - 1
        ) * 10 < [ranked].[tracks]
        THEN [ranked].[streams]
      END
    ) AS BIGINT) AS [top_tenth],
    COUNT_BIG(CASE WHEN [ranked].[before] < [ranked].[total] * 0.5e0 THEN 1 END) AS [tracks_for_half]
  FROM [ranked]
  GROUP BY
    [ranked].[region_code],
    [ranked].[chart],
    [ranked].[cadence],
    [ranked].[tracks],
    [ranked].[total]
), [rows of the model] AS (
  SELECT
    [sums].[region_code] AS [region_code],
    [sums].[chart] AS [chart],
    [sums].[cadence] AS [cadence],
    CAST([sums].[tracks] AS INTEGER) AS [tracks],
    [sums].[total] AS [streams],
    CAST([sums].[top_10] AS FLOAT) / NULLIF(CAST([sums].[total] AS FLOAT), 0) AS [top_10_share],
    CAST([sums].[top_percent] AS FLOAT) / NULLIF(CAST([sums].[total] AS FLOAT), 0) AS [top_percent_share],
    CAST([sums].[top_tenth] AS FLOAT) / NULLIF(CAST([sums].[total] AS FLOAT), 0) AS [top_tenth_share],
    CAST([sums].[tracks_for_half] AS INTEGER) AS [tracks_for_half]
  FROM [sums]
)
SELECT
  CAST([region_code] AS VARCHAR(8000)) AS [region_code],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([tracks] AS INT) AS [tracks],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([top_10_share] AS FLOAT) AS [top_10_share],
  CAST([top_percent_share] AS FLOAT) AS [top_percent_share],
  CAST([top_tenth_share] AS FLOAT) AS [top_tenth_share],
  CAST([tracks_for_half] AS INT) AS [tracks_for_half]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_for_half] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [top_10_share] < 0 OR [top_10_share] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [top_percent_share] < 0 OR [top_percent_share] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [top_tenth_share] < 0 OR [top_tenth_share] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks_for_half] < 0 THEN 1 ELSE 0 END)
FROM [marts].[long_tail];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence]
  FROM [marts].[long_tail]
  GROUP BY
    [region_code],
    [chart],
    [cadence]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_region_code] ON [marts].[long_tail] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[long_tail] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[long_tail] ([cadence]);

SELECT
TOP 5
  *
FROM [marts].[long_tail];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([top_10_share]),
  COUNT_BIG([top_percent_share]),
  COUNT_BIG([top_tenth_share])
FROM [marts].[long_tail];

SELECT
TOP 80
  [region_code],
  [top_tenth_share]
FROM [marts].[long_tail]
WHERE
  [chart] = 'top200' AND [cadence] = 'daily'
ORDER BY
  [top_tenth_share] DESC,
  CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END, [region_code];

CREATE VIEW [published].[long_tail] AS SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[tracks], [t].[streams], [t].[top_10_share], [t].[top_percent_share], [t].[top_tenth_share], [t].[tracks_for_half] FROM [published_a].[long_tail] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[region_code], [t].[chart], [t].[cadence], [t].[tracks], [t].[streams], [t].[top_10_share], [t].[top_percent_share], [t].[top_tenth_share], [t].[tracks_for_half] FROM [published_b].[long_tail] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [marts].[track_month] AS WITH [stays] AS (
  SELECT DISTINCT
    [run].[month_start] AS [month_start],
    [run].[chart] AS [chart],
    [run].[cadence] AS [cadence],
    [run].[track_id] AS [track_id],
    [run].[run_start] AS [run_start],
    [run].[run_end] AS [run_end],
    CASE WHEN [run].[cadence] = 'weekly' THEN 7 ELSE 1 END AS [step]
  FROM [marts].[chart_run_month] AS [run]
), [reached] AS (
  SELECT
    [stays].*,
    DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [stays].[run_start]) % NULLIF([stays].[step], 0) AS [phase],
    MAX([stays].[run_end]) OVER (
      PARTITION BY [stays].[month_start], [stays].[chart], [stays].[cadence], [stays].[track_id], DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [stays].[run_start]) % NULLIF([stays].[step], 0)
      ORDER BY CASE WHEN [stays].[run_start] IS NULL THEN 1 ELSE 0 END, [stays].[run_start], CASE WHEN [stays].[run_end] IS NULL THEN 1 ELSE 0 END, [stays].[run_end]
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS [reached]
  FROM [stays]
), [followed] AS (
  SELECT
    [reached].*,
    LAG([reached].[reached]) OVER (
      PARTITION BY [reached].[month_start], [reached].[chart], [reached].[cadence], [reached].[track_id], [reached].[phase]
      ORDER BY CASE WHEN [reached].[run_start] IS NULL THEN 1 ELSE 0 END, [reached].[run_start], CASE WHEN [reached].[run_end] IS NULL THEN 1 ELSE 0 END, [reached].[run_end]
    ) AS [covered_to]
  FROM [reached]
), [dates] AS (
  SELECT
    [followed].[month_start] AS [month_start],
    [followed].[chart] AS [chart],
    [followed].[cadence] AS [cadence],
    [followed].[track_id] AS [track_id],
    CAST(SUM(
      CASE
        WHEN [followed].[covered_to] IS NULL
        OR [followed].[covered_to] < [followed].[run_start]
        THEN DATEDIFF(DAY, [followed].[run_start], [followed].[run_end]) + [followed].[step]
        WHEN [followed].[covered_to] < [followed].[run_end]
        THEN DATEDIFF(DAY, [followed].[covered_to], [followed].[run_end])
        ELSE 0
      END
    ) AS FLOAT) / NULLIF([followed].[step], 0) AS [dates]
  FROM [followed]
  GROUP BY
    [followed].[month_start],
    [followed].[chart],
    [followed].[cadence],
    [followed].[track_id],
    [followed].[step]
), [months] AS (
  SELECT
    [run].[month_start] AS [month_start],
    [run].[chart] AS [chart],
    [run].[cadence] AS [cadence],
    [run].[track_id] AS [track_id],
    COUNT_BIG(DISTINCT CASE WHEN [run].[region_code] <> 'GLOBAL' THEN [run].[region_code] END) AS [countries],
    CAST(SUM([run].[entries]) AS INTEGER) AS [entries],
    CAST(SUM([run].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    CAST(SUM([run].[points]) AS INTEGER) AS [points],
    MIN([run].[peak_code]) AS [peak_code],
    CAST(SUM(CASE WHEN [run].[region_code] = 'GLOBAL' THEN [run].[streams] END) AS BIGINT) AS [global_streams],
    CAST(SUM(CASE WHEN [run].[region_code] <> 'GLOBAL' THEN [run].[streams] END) AS BIGINT) AS [country_streams],
    MIN([run].[run_start]) AS [first_date],
    MAX([run].[run_end]) AS [last_date]
  FROM [marts].[chart_run_month] AS [run]
  GROUP BY
    [run].[month_start],
    [run].[chart],
    [run].[cadence],
    [run].[track_id]
), [rows of the model] AS (
  SELECT
    [months].[month_start] AS [month_start],
    [months].[chart] AS [chart],
    [months].[cadence] AS [cadence],
    [months].[track_id] AS [track_id],
    CAST([months].[countries] AS INTEGER) AS [countries],
    CAST(FLOOR([dates].[dates]) AS INTEGER) AS [dates],
    [months].[entries] AS [entries],
    [months].[entries_at_one] AS [entries_at_one],
    CAST(FLOOR(CAST([months].[peak_code] AS FLOAT) / 100000) AS INTEGER) AS [best_rank],
    [months].[points] AS [points],
    [months].[global_streams] AS [global_streams],
    [months].[country_streams] AS [country_streams],
    [months].[first_date] AS [first_date],
    [months].[last_date] AS [last_date]
  FROM [months]
  INNER JOIN [dates]
    ON [dates].[month_start] = [months].[month_start]
    AND [dates].[chart] = [months].[chart]
    AND [dates].[cadence] = [months].[cadence]
    AND [dates].[track_id] = [months].[track_id]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([countries] AS INT) AS [countries],
  CAST([dates] AS INT) AS [dates],
  CAST([entries] AS INT) AS [entries],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([best_rank] AS INT) AS [best_rank],
  CAST([points] AS INT) AS [points],
  CAST([global_streams] AS BIGINT) AS [global_streams],
  CAST([country_streams] AS BIGINT) AS [country_streams],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date]
FROM [rows of the model];

CREATE TABLE [marts].[track_month] AS WITH [stays] AS (
  SELECT DISTINCT
    [run].[month_start] AS [month_start],
    [run].[chart] AS [chart],
    [run].[cadence] AS [cadence],
    [run].[track_id] AS [track_id],
    [run].[run_start] AS [run_start],
    [run].[run_end] AS [run_end],
    CASE WHEN [run].[cadence] = 'weekly' THEN 7 ELSE 1 END AS [step]
  FROM (
    SELECT
      *
    FROM [marts].[chart_run_month]
    WHERE
      [month_start] >= CAST('2020-02-01' AS DATE)
      AND [month_start] < CAST('2020-04-01' AS DATE)
  ) AS [run]
), [reached] AS (
  SELECT
    [stays].*,
    DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [stays].[run_start]) % NULLIF([stays].[step], 0) AS [phase],
    MAX([stays].[run_end]) OVER (
      PARTITION BY [stays].[month_start], [stays].[chart], [stays].[cadence], [stays].[track_id], DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [stays].[run_start]) % NULLIF([stays].[step], 0)
      ORDER BY CASE WHEN [stays].[run_start] IS NULL THEN 1 ELSE 0 END, [stays].[run_start], CASE WHEN [stays].[run_end] IS NULL THEN 1 ELSE 0 END, [stays].[run_end]
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS [reached]
  FROM [stays]
), [followed] AS (
  SELECT
    [reached].*,
    LAG([reached].[reached]) OVER (
      PARTITION BY [reached].[month_start], [reached].[chart], [reached].[cadence], [reached].[track_id], [reached].[phase]
      ORDER BY CASE WHEN [reached].[run_start] IS NULL THEN 1 ELSE 0 END, [reached].[run_start], CASE WHEN [reached].[run_end] IS NULL THEN 1 ELSE 0 END, [reached].[run_end]
    ) AS [covered_to]
  FROM [reached]
), [dates] AS (
  SELECT
    [followed].[month_start] AS [month_start],
    [followed].[chart] AS [chart],
    [followed].[cadence] AS [cadence],
    [followed].[track_id] AS [track_id],
    CAST(SUM(
      CASE
        WHEN [followed].[covered_to] IS NULL
        OR [followed].[covered_to] < [followed].[run_start]
        THEN DATEDIFF(DAY, [followed].[run_start], [followed].[run_end]) + [followed].[step]
        WHEN [followed].[covered_to] < [followed].[run_end]
        THEN DATEDIFF(DAY, [followed].[covered_to], [followed].[run_end])
        ELSE 0
      END
    ) AS FLOAT) / NULLIF([followed].[step], 0) AS [dates]
  FROM [followed]
  GROUP BY
    [followed].[month_start],
    [followed].[chart],
    [followed].[cadence],
    [followed].[track_id],
    [followed].[step]
), [months] AS (
  SELECT
    [run].[month_start] AS [month_start],
    [run].[chart] AS [chart],
    [run].[cadence] AS [cadence],
    [run].[track_id] AS [track_id],
    COUNT_BIG(DISTINCT CASE WHEN [run].[region_code] <> 'GLOBAL' THEN [run].[region_code] END) AS [countries],
    CAST(SUM([run].[entries]) AS INTEGER) AS [entries],
    CAST(SUM([run].[entries_at_one]) AS INTEGER) AS [entries_at_one],
    CAST(SUM([run].[points]) AS INTEGER) AS [points],
    MIN([run].[peak_code]) AS [peak_code],
    CAST(SUM(CASE WHEN [run].[region_code] = 'GLOBAL' THEN [run].[streams] END) AS BIGINT) AS [global_streams],
    CAST(SUM(CASE WHEN [run].[region_code] <> 'GLOBAL' THEN [run].[streams] END) AS BIGINT) AS [country_streams],
    MIN([run].[run_start]) AS [first_date],
    MAX([run].[run_end]) AS [last_date]
  FROM (
    SELECT
      *
    FROM [marts].[chart_run_month]
    WHERE
      [month_start] >= CAST('2020-02-01' AS DATE)
      AND [month_start] < CAST('2020-04-01' AS DATE)
  ) AS [run]
  GROUP BY
    [run].[month_start],
    [run].[chart],
    [run].[cadence],
    [run].[track_id]
), [rows of the model] AS (
  SELECT
    [months].[month_start] AS [month_start],
    [months].[chart] AS [chart],
    [months].[cadence] AS [cadence],
    [months].[track_id] AS [track_id],
    CAST([months].[countries] AS INTEGER) AS [countries],
    CAST(FLOOR([dates].[dates]) AS INTEGER) AS [dates],
    [months].[entries] AS [entries],
    [months].[entries_at_one] AS [entries_at_one],
    CAST(FLOOR(CAST([months].[peak_code] AS FLOAT) / 100000) AS INTEGER) AS [best_rank],
    [months].[points] AS [points],
    [months].[global_streams] AS [global_streams],
    [months].[country_streams] AS [country_streams],
    [months].[first_date] AS [first_date],
    [months].[last_date] AS [last_date]
  FROM [months]
  INNER JOIN [dates]
    ON [dates].[month_start] = [months].[month_start]
    AND [dates].[chart] = [months].[chart]
    AND [dates].[cadence] = [months].[cadence]
    AND [dates].[track_id] = [months].[track_id]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([chart] AS VARCHAR(8000)) AS [chart],
  CAST([cadence] AS VARCHAR(8000)) AS [cadence],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([countries] AS INT) AS [countries],
  CAST([dates] AS INT) AS [dates],
  CAST([entries] AS INT) AS [entries],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([best_rank] AS INT) AS [best_rank],
  CAST([points] AS INT) AS [points],
  CAST([global_streams] AS BIGINT) AS [global_streams],
  CAST([country_streams] AS BIGINT) AS [country_streams],
  CAST([first_date] AS DATE) AS [first_date],
  CAST([last_date] AS DATE) AS [last_date]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [dates] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [first_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [last_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [countries] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [dates] < 1 OR [dates] > 31 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best_rank] < 1 OR [best_rank] > 200 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [global_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [country_streams] < 0 THEN 1 ELSE 0 END)
FROM [marts].[track_month];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id]
  FROM [marts].[track_month]
  GROUP BY
    [month_start],
    [chart],
    [cadence],
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[track_month] ([month_start]);

CREATE STATISTICS [stat_chart] ON [marts].[track_month] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[track_month] ([cadence]);

CREATE STATISTICS [stat_track_id] ON [marts].[track_month] ([track_id]);

SELECT
TOP 5
  *
FROM [marts].[track_month];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([global_streams]),
  COUNT_BIG([country_streams])
FROM [marts].[track_month];

CREATE VIEW [published].[track_month] AS SELECT [t].[month_start], [t].[chart], [t].[cadence], [t].[track_id], [t].[countries], [t].[dates], [t].[entries], [t].[entries_at_one], [t].[best_rank], [t].[points], [t].[global_streams], [t].[country_streams], [t].[first_date], [t].[last_date] FROM [published_a].[track_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[chart], [t].[cadence], [t].[track_id], [t].[countries], [t].[dates], [t].[entries], [t].[entries_at_one], [t].[best_rank], [t].[points], [t].[global_streams], [t].[country_streams], [t].[first_date], [t].[last_date] FROM [published_b].[track_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

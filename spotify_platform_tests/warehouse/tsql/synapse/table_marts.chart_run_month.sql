CREATE TABLE [marts].[chart_run_month] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [months] AS (
  SELECT
    DATEFROMPARTS(YEAR([entry].[chart_date]), MONTH([entry].[chart_date]), 1) AS [month_start],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[track_id] AS [track_id],
    MIN([entry].[chart_date]) AS [run_start],
    MAX([entry].[chart_date]) AS [run_end],
    CAST(COUNT_BIG(*) AS INTEGER) AS [entries],
    CAST(SUM([entry].[rank]) AS INTEGER) AS [rank_sum],
    CAST(COUNT_BIG(CASE WHEN [entry].[rank] = 1 THEN 1 END) AS INTEGER) AS [entries_at_one],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams],
    CAST(COUNT_BIG([entry].[streams]) AS INTEGER) AS [entries_with_streams],
    CAST(MIN(
      [entry].[rank] * 100000 + DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [entry].[chart_date])
    ) AS INTEGER) AS [peak_code]
  FROM [warehouse].[fact_chart_entry] AS [entry]
  GROUP BY
    YEAR([entry].[chart_date]),
    MONTH([entry].[chart_date]),
    [entry].[region_code],
    [entry].[chart],
    [entry].[cadence],
    [entry].[track_id]
), [measured] AS (
  SELECT
    [months].*,
    CASE
      WHEN [months].[entries] = 1
      OR (
        [months].[cadence] = 'daily'
        AND DATEDIFF(DAY, [months].[run_start], [months].[run_end]) = [months].[entries] - 1
      )
      THEN 1
      ELSE 0
    END AS [is_one_stay]
  FROM [months]
), [broken] AS (
  SELECT
    [measured].[month_start] AS [month_start],
    [measured].[region_code] AS [region_code],
    [measured].[chart] AS [chart],
    [measured].[cadence] AS [cadence],
    [measured].[track_id] AS [track_id],
    CAST(ROW_NUMBER() OVER (
      ORDER BY CASE WHEN [measured].[month_start] IS NULL THEN 1 ELSE 0 END, [measured].[month_start], CASE WHEN [measured].[region_code] IS NULL THEN 1 ELSE 0 END, [measured].[region_code], CASE WHEN [measured].[chart] IS NULL THEN 1 ELSE 0 END, [measured].[chart], CASE WHEN [measured].[cadence] IS NULL THEN 1 ELSE 0 END, [measured].[cadence], CASE WHEN [measured].[track_id] IS NULL THEN 1 ELSE 0 END, [measured].[track_id]
    ) AS INTEGER) AS [broken_number]
  FROM [measured]
  WHERE
    [measured].[is_one_stay] = 0
), [numbered] AS (
  SELECT
    [broken].[broken_number] AS [broken_number],
    [entry].[chart_date] AS [chart_date],
    [entry].[rank] AS [rank],
    [entry].[streams] AS [streams],
    CAST(DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [entry].[chart_date]) AS INTEGER) AS [day_number],
    CASE WHEN [broken].[cadence] = 'weekly' THEN 7 ELSE 1 END AS [step],
    CAST(ROW_NUMBER() OVER (
      PARTITION BY [broken].[broken_number], CASE
        WHEN [broken].[cadence] = 'weekly'
        THEN DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [entry].[chart_date]) % 7
        ELSE 0
      END
      ORDER BY CASE WHEN [entry].[chart_date] IS NULL THEN 1 ELSE 0 END, [entry].[chart_date]
    ) AS INTEGER) AS [number]
  FROM [warehouse].[fact_chart_entry] AS [entry]
  INNER JOIN [broken]
    ON [broken].[month_start] = DATEFROMPARTS(YEAR([entry].[chart_date]), MONTH([entry].[chart_date]), 1)
    AND [broken].[region_code] = [entry].[region_code]
    AND [broken].[chart] = [entry].[chart]
    AND [broken].[cadence] = [entry].[cadence]
    AND [broken].[track_id] = [entry].[track_id]
), [pieces] AS (
  SELECT
    [numbered].[broken_number] AS [broken_number],
    MIN([numbered].[chart_date]) AS [run_start],
    MAX([numbered].[chart_date]) AS [run_end],
    CAST(COUNT_BIG(*) AS INTEGER) AS [entries],
    CAST(SUM([numbered].[rank]) AS INTEGER) AS [rank_sum],
    CAST(COUNT_BIG(CASE WHEN [numbered].[rank] = 1 THEN 1 END) AS INTEGER) AS [entries_at_one],
    CAST(SUM([numbered].[streams]) AS BIGINT) AS [streams],
    CAST(COUNT_BIG([numbered].[streams]) AS INTEGER) AS [entries_with_streams],
    CAST(MIN([numbered].[rank] * 100000 + [numbered].[day_number]) AS INTEGER) AS [peak_code]
  FROM [numbered]
  GROUP BY
    [numbered].[broken_number],
    [numbered].[day_number] - [numbered].[number] * [numbered].[step]
), [stays] AS (
  SELECT
    [month_start],
    [region_code],
    [chart],
    [cadence],
    [track_id],
    [run_start],
    [run_end],
    [entries],
    [rank_sum],
    [entries_at_one],
    [streams],
    [entries_with_streams],
    [peak_code]
  FROM [measured]
  WHERE
    [is_one_stay] = 1
  UNION ALL
  SELECT
    [broken].[month_start],
    [broken].[region_code],
    [broken].[chart],
    [broken].[cadence],
    [broken].[track_id],
    [piece].[run_start],
    [piece].[run_end],
    [piece].[entries],
    [piece].[rank_sum],
    [piece].[entries_at_one],
    [piece].[streams],
    [piece].[entries_with_streams],
    [piece].[peak_code]
  FROM [pieces] AS [piece]
  INNER JOIN [broken]
    ON [broken].[broken_number] = [piece].[broken_number]
), [rows of the model] AS (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id],
    [run_start] AS [run_start],
    [run_end] AS [run_end],
    [entries] AS [entries],
    [rank_sum] AS [rank_sum],
    [entries] * CASE WHEN [chart] = 'top200' THEN 201 ELSE 51 END - [rank_sum] AS [points],
    [entries_at_one] AS [entries_at_one],
    [streams] AS [streams],
    [entries_with_streams] AS [entries_with_streams],
    [peak_code] AS [peak_code]
  FROM [stays]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([run_start] AS DATE) AS [run_start],
  CAST([run_end] AS DATE) AS [run_end],
  CAST([entries] AS INT) AS [entries],
  CAST([rank_sum] AS INT) AS [rank_sum],
  CAST([points] AS INT) AS [points],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([entries_with_streams] AS INT) AS [entries_with_streams],
  CAST([peak_code] AS INT) AS [peak_code]
FROM [rows of the model];

CREATE TABLE [marts].[chart_run_month] WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS WITH [months] AS (
  SELECT
    DATEFROMPARTS(YEAR([entry].[chart_date]), MONTH([entry].[chart_date]), 1) AS [month_start],
    [entry].[region_code] AS [region_code],
    [entry].[chart] AS [chart],
    [entry].[cadence] AS [cadence],
    [entry].[track_id] AS [track_id],
    MIN([entry].[chart_date]) AS [run_start],
    MAX([entry].[chart_date]) AS [run_end],
    CAST(COUNT_BIG(*) AS INTEGER) AS [entries],
    CAST(SUM([entry].[rank]) AS INTEGER) AS [rank_sum],
    CAST(COUNT_BIG(CASE WHEN [entry].[rank] = 1 THEN 1 END) AS INTEGER) AS [entries_at_one],
    CAST(SUM([entry].[streams]) AS BIGINT) AS [streams],
    CAST(COUNT_BIG([entry].[streams]) AS INTEGER) AS [entries_with_streams],
    CAST(MIN(
      [entry].[rank] * 100000 + DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [entry].[chart_date])
    ) AS INTEGER) AS [peak_code]
  FROM (
    SELECT
      *
    FROM [warehouse].[fact_chart_entry]
    WHERE
      [chart_date] >= CAST('2020-02-01' AS DATE)
      AND [chart_date] < CAST('2020-04-01' AS DATE)
  ) AS [entry]
  GROUP BY
    YEAR([entry].[chart_date]),
    MONTH([entry].[chart_date]),
    [entry].[region_code],
    [entry].[chart],
    [entry].[cadence],
    [entry].[track_id]
), [measured] AS (
  SELECT
    [months].*,
    CASE
      WHEN [months].[entries] = 1
      OR (
        [months].[cadence] = 'daily'
        AND DATEDIFF(DAY, [months].[run_start], [months].[run_end]) = [months].[entries] - 1
      )
      THEN 1
      ELSE 0
    END AS [is_one_stay]
  FROM [months]
), [broken] AS (
  SELECT
    [measured].[month_start] AS [month_start],
    [measured].[region_code] AS [region_code],
    [measured].[chart] AS [chart],
    [measured].[cadence] AS [cadence],
    [measured].[track_id] AS [track_id],
    CAST(ROW_NUMBER() OVER (
      ORDER BY CASE WHEN [measured].[month_start] IS NULL THEN 1 ELSE 0 END, [measured].[month_start], CASE WHEN [measured].[region_code] IS NULL THEN 1 ELSE 0 END, [measured].[region_code], CASE WHEN [measured].[chart] IS NULL THEN 1 ELSE 0 END, [measured].[chart], CASE WHEN [measured].[cadence] IS NULL THEN 1 ELSE 0 END, [measured].[cadence], CASE WHEN [measured].[track_id] IS NULL THEN 1 ELSE 0 END, [measured].[track_id]
    ) AS INTEGER) AS [broken_number]
  FROM [measured]
  WHERE
    [measured].[is_one_stay] = 0
), [numbered] AS (
  SELECT
    [broken].[broken_number] AS [broken_number],
    [entry].[chart_date] AS [chart_date],
    [entry].[rank] AS [rank],
    [entry].[streams] AS [streams],
    CAST(DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [entry].[chart_date]) AS INTEGER) AS [day_number],
    CASE WHEN [broken].[cadence] = 'weekly' THEN 7 ELSE 1 END AS [step],
    CAST(ROW_NUMBER() OVER (
      PARTITION BY [broken].[broken_number], CASE
        WHEN [broken].[cadence] = 'weekly'
        THEN DATEDIFF(DAY, CAST('2000-01-01' AS DATE), [entry].[chart_date]) % 7
        ELSE 0
      END
      ORDER BY CASE WHEN [entry].[chart_date] IS NULL THEN 1 ELSE 0 END, [entry].[chart_date]
    ) AS INTEGER) AS [number]
  FROM (
    SELECT
      *
    FROM [warehouse].[fact_chart_entry]
    WHERE
      [chart_date] >= CAST('2020-02-01' AS DATE)
      AND [chart_date] < CAST('2020-04-01' AS DATE)
  ) AS [entry]
  INNER JOIN [broken]
    ON [broken].[month_start] = DATEFROMPARTS(YEAR([entry].[chart_date]), MONTH([entry].[chart_date]), 1)
    AND [broken].[region_code] = [entry].[region_code]
    AND [broken].[chart] = [entry].[chart]
    AND [broken].[cadence] = [entry].[cadence]
    AND [broken].[track_id] = [entry].[track_id]
), [pieces] AS (
  SELECT
    [numbered].[broken_number] AS [broken_number],
    MIN([numbered].[chart_date]) AS [run_start],
    MAX([numbered].[chart_date]) AS [run_end],
    CAST(COUNT_BIG(*) AS INTEGER) AS [entries],
    CAST(SUM([numbered].[rank]) AS INTEGER) AS [rank_sum],
    CAST(COUNT_BIG(CASE WHEN [numbered].[rank] = 1 THEN 1 END) AS INTEGER) AS [entries_at_one],
    CAST(SUM([numbered].[streams]) AS BIGINT) AS [streams],
    CAST(COUNT_BIG([numbered].[streams]) AS INTEGER) AS [entries_with_streams],
    CAST(MIN([numbered].[rank] * 100000 + [numbered].[day_number]) AS INTEGER) AS [peak_code]
  FROM [numbered]
  GROUP BY
    [numbered].[broken_number],
    [numbered].[day_number] - [numbered].[number] * [numbered].[step]
), [stays] AS (
  SELECT
    [month_start],
    [region_code],
    [chart],
    [cadence],
    [track_id],
    [run_start],
    [run_end],
    [entries],
    [rank_sum],
    [entries_at_one],
    [streams],
    [entries_with_streams],
    [peak_code]
  FROM [measured]
  WHERE
    [is_one_stay] = 1
  UNION ALL
  SELECT
    [broken].[month_start],
    [broken].[region_code],
    [broken].[chart],
    [broken].[cadence],
    [broken].[track_id],
    [piece].[run_start],
    [piece].[run_end],
    [piece].[entries],
    [piece].[rank_sum],
    [piece].[entries_at_one],
    [piece].[streams],
    [piece].[entries_with_streams],
    [piece].[peak_code]
  FROM [pieces] AS [piece]
  INNER JOIN [broken]
    ON [broken].[broken_number] = [piece].[broken_number]
), [rows of the model] AS (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id],
    [run_start] AS [run_start],
    [run_end] AS [run_end],
    [entries] AS [entries],
    [rank_sum] AS [rank_sum],
    [entries] * CASE WHEN [chart] = 'top200' THEN 201 ELSE 51 END - [rank_sum] AS [points],
    [entries_at_one] AS [entries_at_one],
    [streams] AS [streams],
    [entries_with_streams] AS [entries_with_streams],
    [peak_code] AS [peak_code]
  FROM [stays]
)
SELECT
  CAST([month_start] AS DATE) AS [month_start],
  CAST([region_code] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [region_code],
  CAST([chart] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [chart],
  CAST([cadence] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [cadence],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([run_start] AS DATE) AS [run_start],
  CAST([run_end] AS DATE) AS [run_end],
  CAST([entries] AS INT) AS [entries],
  CAST([rank_sum] AS INT) AS [rank_sum],
  CAST([points] AS INT) AS [points],
  CAST([entries_at_one] AS INT) AS [entries_at_one],
  CAST([streams] AS BIGINT) AS [streams],
  CAST([entries_with_streams] AS INT) AS [entries_with_streams],
  CAST([peak_code] AS INT) AS [peak_code]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [chart] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [cadence] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [run_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [run_end] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank_sum] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_streams] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [chart] IN ('top200', 'viral50', 'top50') THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [cadence] IN ('daily', 'weekly') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [rank_sum] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [points] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_at_one] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [entries_with_streams] < 0 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [peak_code] < 1 THEN 1 ELSE 0 END)
FROM [marts].[chart_run_month];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [month_start] AS [month_start],
    [region_code] AS [region_code],
    [chart] AS [chart],
    [cadence] AS [cadence],
    [track_id] AS [track_id],
    [run_start] AS [run_start]
  FROM [marts].[chart_run_month]
  GROUP BY
    [month_start],
    [region_code],
    [chart],
    [cadence],
    [track_id],
    [run_start]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_month_start] ON [marts].[chart_run_month] ([month_start]);

CREATE STATISTICS [stat_region_code] ON [marts].[chart_run_month] ([region_code]);

CREATE STATISTICS [stat_chart] ON [marts].[chart_run_month] ([chart]);

CREATE STATISTICS [stat_cadence] ON [marts].[chart_run_month] ([cadence]);

CREATE STATISTICS [stat_track_id] ON [marts].[chart_run_month] ([track_id]);

CREATE STATISTICS [stat_run_start] ON [marts].[chart_run_month] ([run_start]);

SELECT
TOP 5
  *
FROM [marts].[chart_run_month];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([streams])
FROM [marts].[chart_run_month];

CREATE VIEW [published].[chart_run_month] AS SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[run_start], [t].[run_end], [t].[entries], [t].[rank_sum], [t].[points], [t].[entries_at_one], [t].[streams], [t].[entries_with_streams], [t].[peak_code] FROM [published_a].[chart_run_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[month_start], [t].[region_code], [t].[chart], [t].[cadence], [t].[track_id], [t].[run_start], [t].[run_end], [t].[entries], [t].[rank_sum], [t].[points], [t].[entries_at_one], [t].[streams], [t].[entries_with_streams], [t].[peak_code] FROM [published_b].[chart_run_month] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [warehouse].[fact_track_popularity] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [measured].[track_id] AS [track_id],
    [measured].[as_of] AS [as_of],
    CAST(YEAR([measured].[as_of]) * 10000 + MONTH([measured].[as_of]) * 100 + DAY([measured].[as_of]) AS INTEGER) AS [date_key],
    [measured].[source] AS [source],
    [measured].[popularity] AS [popularity]
  FROM [cleandata].[track_popularity] AS [measured]
)
SELECT
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([as_of] AS DATE) AS [as_of],
  CAST([date_key] AS INT) AS [date_key],
  CAST([source] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [source],
  CAST([popularity] AS SMALLINT) AS [popularity]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [as_of] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [popularity] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [popularity] < 0 OR [popularity] > 100 THEN 1 ELSE 0 END)
FROM [warehouse].[fact_track_popularity];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [track_id] AS [track_id],
    [as_of] AS [as_of],
    [source] AS [source]
  FROM [warehouse].[fact_track_popularity]
  GROUP BY
    [track_id],
    [as_of],
    [source]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_track_id] ON [warehouse].[fact_track_popularity] ([track_id]);

CREATE STATISTICS [stat_as_of] ON [warehouse].[fact_track_popularity] ([as_of]);

CREATE STATISTICS [stat_source] ON [warehouse].[fact_track_popularity] ([source]);

SELECT
TOP 5
  *
FROM [warehouse].[fact_track_popularity];

SELECT
  COUNT_BIG(*)
FROM [warehouse].[fact_track_popularity];

CREATE VIEW [published].[fact_track_popularity] AS SELECT [t].[track_id], [t].[as_of], [t].[date_key], [t].[source], [t].[popularity] FROM [published_a].[fact_track_popularity] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[track_id], [t].[as_of], [t].[date_key], [t].[source], [t].[popularity] FROM [published_b].[fact_track_popularity] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

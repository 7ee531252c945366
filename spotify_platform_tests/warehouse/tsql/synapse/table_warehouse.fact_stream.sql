CREATE TABLE [warehouse].[fact_stream] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS WITH [rows of the model] AS (
  SELECT
    [play].[source_file_id] AS [source_file_id],
    [play].[source_record] AS [source_record],
    [play].[listener] AS [listener],
    [play].[played_at] AS [played_at],
    CAST(YEAR([play].[local_date]) * 10000 + MONTH([play].[local_date]) * 100 + DAY([play].[local_date]) AS INTEGER) AS [date_key],
    [play].[local_date] AS [local_date],
    [play].[local_hour] AS [local_hour],
    [play].[kind] AS [kind],
    [play].[medium] AS [medium],
    [play].[history] AS [history],
    [play].[track_id] AS [track_id],
    [play].[title] AS [title],
    [play].[creator] AS [creator],
    [play].[album_name] AS [album_name],
    [play].[ms_played] AS [ms_played],
    CAST(CASE
      WHEN COALESCE([play].[ms_played], CAST(30000 AS BIGINT)) >= 30000
      THEN 1
      ELSE 0
    END AS BIT) AS [is_stream],
    [play].[platform] AS [platform],
    [play].[country] AS [country],
    [play].[reason_start] AS [reason_start],
    [play].[reason_end] AS [reason_end],
    [play].[shuffle] AS [shuffle],
    [play].[skipped] AS [skipped],
    [play].[offline] AS [offline],
    [play].[incognito] AS [incognito],
    [play].[exclusion] AS [exclusion]
  FROM [cleandata].[streams] AS [play]
)
SELECT
  CAST([source_file_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [source_file_id],
  CAST([source_record] AS BIGINT) AS [source_record],
  CAST([listener] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [listener],
  CAST([played_at] AS DATETIME2(6)) AS [played_at],
  CAST([date_key] AS INT) AS [date_key],
  CAST([local_date] AS DATE) AS [local_date],
  CAST([local_hour] AS SMALLINT) AS [local_hour],
  CAST([kind] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [kind],
  CAST([medium] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [medium],
  CAST([history] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [history],
  CAST([track_id] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [track_id],
  CAST([title] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [title],
  CAST([creator] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [creator],
  CAST([album_name] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [album_name],
  CAST([ms_played] AS BIGINT) AS [ms_played],
  CAST([is_stream] AS BIT) AS [is_stream],
  CAST([platform] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [platform],
  CAST([country] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [country],
  CAST([reason_start] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [reason_start],
  CAST([reason_end] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [reason_end],
  CAST([shuffle] AS BIT) AS [shuffle],
  CAST([skipped] AS BIT) AS [skipped],
  CAST([offline] AS BIT) AS [offline],
  CAST([incognito] AS BIT) AS [incognito],
  CAST([exclusion] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [exclusion]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [source_file_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source_record] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [listener] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [played_at] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [local_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [local_hour] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [history] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [is_stream] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [source_record] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [local_hour] < 0 OR [local_hour] > 23 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN NOT [kind] IN ('music', 'podcast', 'audiobook', 'video') THEN 1 ELSE 0 END
  ),
  SUM(CASE WHEN NOT [history] IN ('extended', 'account', 'recent') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [ms_played] < 0 THEN 1 ELSE 0 END)
FROM [warehouse].[fact_stream];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [source_file_id] AS [source_file_id],
    [source_record] AS [source_record]
  FROM [warehouse].[fact_stream]
  GROUP BY
    [source_file_id],
    [source_record]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_source_file_id] ON [warehouse].[fact_stream] ([source_file_id]);

CREATE STATISTICS [stat_source_record] ON [warehouse].[fact_stream] ([source_record]);

SELECT
  COUNT_BIG(*),
  COUNT_BIG([kind]),
  COUNT_BIG([medium]),
  COUNT_BIG([track_id]),
  COUNT_BIG([title]),
  COUNT_BIG([creator]),
  COUNT_BIG([album_name]),
  COUNT_BIG([ms_played]),
  COUNT_BIG([platform]),
  COUNT_BIG([country]),
  COUNT_BIG([reason_start]),
  COUNT_BIG([reason_end]),
  COUNT_BIG([shuffle]),
  COUNT_BIG([skipped]),
  COUNT_BIG([offline]),
  COUNT_BIG([incognito]),
  COUNT_BIG([exclusion])
FROM [warehouse].[fact_stream];

CREATE VIEW [published].[fact_stream] AS SELECT [t].[source_file_id], [t].[source_record], [t].[listener], [t].[played_at], [t].[date_key], [t].[local_date], [t].[local_hour], [t].[kind], [t].[medium], [t].[history], [t].[track_id], [t].[title], [t].[creator], [t].[album_name], [t].[ms_played], [t].[is_stream], [t].[platform], [t].[country], [t].[reason_start], [t].[reason_end], [t].[shuffle], [t].[skipped], [t].[offline], [t].[incognito], [t].[exclusion] FROM [published_a].[fact_stream] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[source_file_id], [t].[source_record], [t].[listener], [t].[played_at], [t].[date_key], [t].[local_date], [t].[local_hour], [t].[kind], [t].[medium], [t].[history], [t].[track_id], [t].[title], [t].[creator], [t].[album_name], [t].[ms_played], [t].[is_stream], [t].[platform], [t].[country], [t].[reason_start], [t].[reason_end], [t].[shuffle], [t].[skipped], [t].[offline], [t].[incognito], [t].[exclusion] FROM [published_b].[fact_stream] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [warehouse].[dim_date__load_00000000] ([date_key] INT NULL, [date] DATE NULL, [year] SMALLINT NULL, [quarter] SMALLINT NULL, [month] SMALLINT NULL, [day] SMALLINT NULL, [month_start] DATE NULL, [iso_year] SMALLINT NULL, [iso_week] SMALLINT NULL, [weekday] SMALLINT NULL, [weekday_name] VARCHAR(8000) NULL, [is_weekend] BIT NULL);

COPY INTO [warehouse].[dim_date__load_00000000] ([date_key], [date], [year], [quarter], [month], [day], [month_start], [iso_year], [iso_week], [weekday], [weekday_name], [is_weekend]) FROM 'https://account.blob.core.windows.net/staging/1.parquet' WITH (FILE_TYPE = 'PARQUET');

SELECT COUNT_BIG(*) AS [rows] FROM [warehouse].[dim_date__load_00000000];

CREATE TABLE [warehouse].[dim_date] AS SELECT CAST([date_key] AS INT) AS [date_key], CAST([date] AS DATE) AS [date], CAST([year] AS SMALLINT) AS [year], CAST([quarter] AS SMALLINT) AS [quarter], CAST([month] AS SMALLINT) AS [month], CAST([day] AS SMALLINT) AS [day], CAST([month_start] AS DATE) AS [month_start], CAST([iso_year] AS SMALLINT) AS [iso_year], CAST([iso_week] AS SMALLINT) AS [iso_week], CAST([weekday] AS SMALLINT) AS [weekday], CAST([weekday_name] AS VARCHAR(8000)) AS [weekday_name], CAST([is_weekend] AS BIT) AS [is_weekend] FROM [warehouse].[dim_date__load_00000000];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [date_key] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [year] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [quarter] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [month] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [day] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [month_start] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [iso_year] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [iso_week] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weekday] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weekday_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [is_weekend] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [date_key] < 19000101 OR [date_key] > 21001231 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [quarter] < 1 OR [quarter] > 4 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [month] < 1 OR [month] > 12 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [day] < 1 OR [day] > 31 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [iso_week] < 1 OR [iso_week] > 53 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [weekday] < 1 OR [weekday] > 7 THEN 1 ELSE 0 END)
FROM [warehouse].[dim_date];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [date_key] AS [date_key]
  FROM [warehouse].[dim_date]
  GROUP BY
    [date_key]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_date_key] ON [warehouse].[dim_date] ([date_key]);

SELECT
TOP 5
  *
FROM [warehouse].[dim_date];

SELECT
  COUNT_BIG(*)
FROM [warehouse].[dim_date];

CREATE VIEW [published].[dim_date] AS SELECT [t].[date_key], [t].[date], [t].[year], [t].[quarter], [t].[month], [t].[day], [t].[month_start], [t].[iso_year], [t].[iso_week], [t].[weekday], [t].[weekday_name], [t].[is_weekend] FROM [published_a].[dim_date] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[date_key], [t].[date], [t].[year], [t].[quarter], [t].[month], [t].[day], [t].[month_start], [t].[iso_year], [t].[iso_week], [t].[weekday], [t].[weekday_name], [t].[is_weekend] FROM [published_b].[dim_date] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

CREATE TABLE [warehouse].[dim_region__load_00000000] ([region_code] VARCHAR(8000) NULL, [region_name] VARCHAR(8000) NULL, [alpha_3] VARCHAR(8000) NULL, [numeric_code] VARCHAR(8000) NULL, [is_global] BIT NULL);

COPY INTO [warehouse].[dim_region__load_00000000] ([region_code], [region_name], [alpha_3], [numeric_code], [is_global]) FROM 'https://account.blob.core.windows.net/staging/1.parquet' WITH (FILE_TYPE = 'PARQUET');

SELECT COUNT_BIG(*) AS [rows] FROM [warehouse].[dim_region__load_00000000];

CREATE TABLE [warehouse].[dim_region] AS SELECT CAST([region_code] AS VARCHAR(8000)) AS [region_code], CAST([region_name] AS VARCHAR(8000)) AS [region_name], CAST([alpha_3] AS VARCHAR(8000)) AS [alpha_3], CAST([numeric_code] AS VARCHAR(8000)) AS [numeric_code], CAST([is_global] AS BIT) AS [is_global] FROM [warehouse].[dim_region__load_00000000];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [region_code] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [region_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [is_global] IS NULL THEN 1 ELSE 0 END)
FROM [warehouse].[dim_region];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [region_code] AS [region_code]
  FROM [warehouse].[dim_region]
  GROUP BY
    [region_code]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_region_code] ON [warehouse].[dim_region] ([region_code]);

SELECT
TOP 5
  *
FROM [warehouse].[dim_region];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([alpha_3]),
  COUNT_BIG([numeric_code])
FROM [warehouse].[dim_region];

CREATE VIEW [published].[dim_region] AS SELECT [t].[region_code], [t].[region_name], [t].[alpha_3], [t].[numeric_code], [t].[is_global] FROM [published_a].[dim_region] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[region_code], [t].[region_name], [t].[alpha_3], [t].[numeric_code], [t].[is_global] FROM [published_b].[dim_region] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

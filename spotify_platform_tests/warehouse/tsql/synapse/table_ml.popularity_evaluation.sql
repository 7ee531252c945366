CREATE TABLE [ml].[popularity_evaluation__load_00000000] ([protocol] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [seed] BIGINT NULL, [fold] BIGINT NULL, [model] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [train_tracks] BIGINT NULL, [test_tracks] BIGINT NULL, [r2] FLOAT NULL, [mse] FLOAT NULL, [mse_ratio] FLOAT NULL, [spearman] FLOAT NULL, [top_decile_lift] FLOAT NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [ml].[popularity_evaluation__load_00000000] ([protocol], [seed], [fold], [model], [train_tracks], [test_tracks], [r2], [mse], [mse_ratio], [spearman], [top_decile_lift]) FROM 'https://account.blob.core.windows.net/staging/1.parquet' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

SELECT COUNT_BIG(*) AS [rows] FROM [ml].[popularity_evaluation__load_00000000];

CREATE TABLE [ml].[popularity_evaluation] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS SELECT CAST([protocol] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [protocol], CAST([seed] AS BIGINT) AS [seed], CAST([fold] AS BIGINT) AS [fold], CAST([model] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [model], CAST([train_tracks] AS BIGINT) AS [train_tracks], CAST([test_tracks] AS BIGINT) AS [test_tracks], CAST([r2] AS FLOAT) AS [r2], CAST([mse] AS FLOAT) AS [mse], CAST([mse_ratio] AS FLOAT) AS [mse_ratio], CAST([spearman] AS FLOAT) AS [spearman], CAST([top_decile_lift] AS FLOAT) AS [top_decile_lift] FROM [ml].[popularity_evaluation__load_00000000];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [protocol] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [seed] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [fold] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [model] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [train_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [test_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [mse] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [train_tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [test_tracks] < 1 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [r2] < -1.7976931348623157e+308 OR [r2] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [mse] < 0 OR [mse] > 1.7976931348623157e+308 THEN 1 ELSE 0 END),
  SUM(
    CASE WHEN [mse_ratio] < 0 OR [mse_ratio] > 1.7976931348623157e+308 THEN 1 ELSE 0 END
  ),
  SUM(
    CASE
      WHEN [spearman] < -1.7976931348623157e+308 OR [spearman] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  ),
  SUM(
    CASE
      WHEN [top_decile_lift] < 0 OR [top_decile_lift] > 1.7976931348623157e+308
      THEN 1
      ELSE 0
    END
  )
FROM [ml].[popularity_evaluation];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [protocol] AS [protocol],
    [seed] AS [seed],
    [fold] AS [fold],
    [model] AS [model]
  FROM [ml].[popularity_evaluation]
  GROUP BY
    [protocol],
    [seed],
    [fold],
    [model]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_protocol] ON [ml].[popularity_evaluation] ([protocol]);

CREATE STATISTICS [stat_seed] ON [ml].[popularity_evaluation] ([seed]);

CREATE STATISTICS [stat_fold] ON [ml].[popularity_evaluation] ([fold]);

CREATE STATISTICS [stat_model] ON [ml].[popularity_evaluation] ([model]);

SELECT
TOP 5
  *
FROM [ml].[popularity_evaluation];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([r2]),
  COUNT_BIG([mse_ratio]),
  COUNT_BIG([spearman]),
  COUNT_BIG([top_decile_lift])
FROM [ml].[popularity_evaluation];

CREATE VIEW [published].[popularity_evaluation] AS SELECT [t].[protocol], [t].[seed], [t].[fold], [t].[model], [t].[train_tracks], [t].[test_tracks], [t].[r2], [t].[mse], [t].[mse_ratio], [t].[spearman], [t].[top_decile_lift] FROM [published_a].[popularity_evaluation] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[protocol], [t].[seed], [t].[fold], [t].[model], [t].[train_tracks], [t].[test_tracks], [t].[r2], [t].[mse], [t].[mse_ratio], [t].[spearman], [t].[top_decile_lift] FROM [published_b].[popularity_evaluation] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

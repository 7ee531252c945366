IF SCHEMA_ID(N'cleandata') IS NULL EXEC(N'CREATE SCHEMA [cleandata]');

IF SCHEMA_ID(N'platform') IS NULL EXEC(N'CREATE SCHEMA [platform]');

IF OBJECT_ID(N'platform.tables', N'U') IS NULL CREATE TABLE [platform].[tables] ([schema_name] VARCHAR(8000) NULL, [table_name] VARCHAR(8000) NULL, [month_column] VARCHAR(8000) NULL, [rows] BIGINT NULL, [evaluation] VARCHAR(8000) NULL, [build] VARCHAR(8000) NULL);

IF OBJECT_ID(N'platform.digests', N'U') IS NULL CREATE TABLE [platform].[digests] ([object] VARCHAR(8000) NULL, [part] INT NULL, [digest] VARCHAR(8000) NULL);

IF OBJECT_ID(N'platform.published', N'U') IS NULL CREATE TABLE [platform].[published] ([slot] VARCHAR(8000) NULL, [version] BIGINT NULL, [published_at] VARCHAR(8000) NULL);

IF OBJECT_ID(N'platform.copies', N'U') IS NULL CREATE TABLE [platform].[copies] ([slot] VARCHAR(8000) NULL, [table_name] VARCHAR(8000) NULL, [build] VARCHAR(8000) NULL, [rows] BIGINT NULL);

SELECT [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] WHERE [TABLE_SCHEMA] = N'cleandata' AND LEFT([TABLE_NAME], 6) = N'charts';

SELECT [part], [digest] FROM [platform].[digests] WHERE [object] = N'cleandata.charts';

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'cleandata' AND [TABLE_NAME] = N'charts' ORDER BY [ORDINAL_POSITION];

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'cleandata' AND [TABLE_NAME] = N'charts' ORDER BY [ORDINAL_POSITION];

IF SCHEMA_ID(N'marts') IS NULL EXEC(N'CREATE SCHEMA [marts]');

SELECT [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] WHERE [TABLE_SCHEMA] = N'marts' AND LEFT([TABLE_NAME], 13) = N'track_entries';

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'marts' AND [TABLE_NAME] = N'track_entries' ORDER BY [ORDINAL_POSITION];

CREATE TABLE [marts].[track_entries__new_00000000] AS WITH [rows of the model] AS (
  SELECT
    [c].[track_id] AS [track_id],
    MIN([c].[rank]) AS [best]
  FROM [cleandata].[charts] AS [c]
  GROUP BY
    [c].[track_id]
)
SELECT
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([best] AS SMALLINT) AS [best]
FROM [rows of the model];

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'marts' AND [TABLE_NAME] = N'track_entries__new_00000000' ORDER BY [ORDINAL_POSITION];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [best] < 1 THEN 1 ELSE 0 END)
FROM [marts].[track_entries__new_00000000];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [track_id] AS [track_id]
  FROM [marts].[track_entries__new_00000000]
  GROUP BY
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_track_id] ON [marts].[track_entries__new_00000000] ([track_id]);

EXEC sp_rename N'marts.track_entries__new_00000000', N'track_entries';

DROP TABLE IF EXISTS [marts].[track_entries__old_00000000];

BEGIN TRANSACTION;

DELETE FROM [platform].[tables] WHERE [schema_name] = N'marts' AND [table_name] = N'track_entries';

INSERT INTO [platform].[tables] ([schema_name], [table_name], [month_column], [rows], [evaluation], [build]) VALUES (N'marts', N'track_entries', NULL, 1, N'{"rows": 1, "breaches": {"columns": {}, "required": {"track_id": 0, "best": 0}, "values": {"best": 0}, "grain": {"track_id": 0}, "rows": {"*": 0}}}', N'00000000000000000000000000000000');

COMMIT TRANSACTION;

ROLLBACK TRANSACTION;

DROP TABLE IF EXISTS [marts].[track_entries__new_00000000];

SELECT
TOP 5
  *
FROM [marts].[track_entries];

SELECT
  COUNT_BIG(*)
FROM [marts].[track_entries];

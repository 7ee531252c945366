IF SCHEMA_ID(N'published') IS NULL EXEC(N'CREATE SCHEMA [published]');

SELECT [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] WHERE [TABLE_SCHEMA] = N'published' AND LEFT([TABLE_NAME], 7) = N'version';

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'platform' AND [TABLE_NAME] = N'published' ORDER BY [ORDINAL_POSITION];

SELECT [slot], [version], [published_at] FROM [platform].[published];

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'platform' AND [TABLE_NAME] = N'tables' ORDER BY [ORDINAL_POSITION];

SELECT [schema_name], [table_name], [month_column], [rows], [evaluation], [build] FROM [platform].[tables];

SELECT [slot] FROM [platform].[published];

BEGIN TRANSACTION;

INSERT INTO [platform].[published] ([slot], [version], [published_at]) VALUES (N'', 0, N'');

COMMIT TRANSACTION;

ROLLBACK TRANSACTION;

IF SCHEMA_ID(N'published_a') IS NULL EXEC(N'CREATE SCHEMA [published_a]');

SELECT [TABLE_SCHEMA], [TABLE_NAME], [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] IN (N'warehouse', N'marts', N'ml', N'published', N'published_a', N'published_b') ORDER BY [TABLE_SCHEMA], [TABLE_NAME], [ORDINAL_POSITION];

SELECT [table_name], [build] FROM [platform].[copies] WHERE [slot] = N'a';

SELECT [object], [digest] FROM [platform].[digests] WHERE [part] = 0;

DELETE FROM [platform].[copies] WHERE [slot] = N'a' AND [table_name] = N'marts.fact_entries';

DROP TABLE IF EXISTS [published_a].[fact_entries];

CREATE TABLE [published_a].[fact_entries] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS SELECT [track_id], [day], [rank] FROM [marts].[fact_entries];

INSERT INTO [platform].[copies] ([slot], [table_name], [build], [rows]) VALUES (N'a', N'marts.fact_entries', N'00000000000000000000000000000000', 3);

CREATE VIEW [published].[fact_entries] AS SELECT [t].[track_id], [t].[day], [t].[rank] FROM [published_a].[fact_entries] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a';

BEGIN TRANSACTION;

DELETE FROM [platform].[digests] WHERE [object] = N'published.fact_entries' AND [part] = 0;

INSERT INTO [platform].[digests] ([object], [part], [digest]) VALUES (N'published.fact_entries', 0, N'00000000000000000000000000000000');

COMMIT TRANSACTION;

ROLLBACK TRANSACTION;

DELETE FROM [platform].[copies] WHERE [slot] = N'a' AND [table_name] = N'marts.track_entries';

DROP TABLE IF EXISTS [published_a].[track_entries];

CREATE TABLE [published_a].[track_entries] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX) AS SELECT [track_id], [best] FROM [marts].[track_entries];

INSERT INTO [platform].[copies] ([slot], [table_name], [build], [rows]) VALUES (N'a', N'marts.track_entries', N'00000000000000000000000000000000', 1);

CREATE VIEW [published].[track_entries] AS SELECT [t].[track_id], [t].[best] FROM [published_a].[track_entries] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a';

BEGIN TRANSACTION;

DELETE FROM [platform].[digests] WHERE [object] = N'published.track_entries' AND [part] = 0;

INSERT INTO [platform].[digests] ([object], [part], [digest]) VALUES (N'published.track_entries', 0, N'00000000000000000000000000000000');

COMMIT TRANSACTION;

ROLLBACK TRANSACTION;

BEGIN TRANSACTION;

UPDATE [platform].[published] SET [slot] = N'a', [version] = 1, [published_at] = N'2020-02-01T00:00:00+00:00';

COMMIT TRANSACTION;

ROLLBACK TRANSACTION;

SELECT [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] WHERE [TABLE_SCHEMA] = N'published' AND LEFT([TABLE_NAME], 0) = N'';

SELECT [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] WHERE [TABLE_SCHEMA] = N'cleandata' AND LEFT([TABLE_NAME], 6) = N'charts';

SELECT [part], [digest] FROM [platform].[digests] WHERE [object] = N'cleandata.charts';

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'cleandata' AND [TABLE_NAME] = N'charts' ORDER BY [ORDINAL_POSITION];

CREATE TABLE [cleandata].[charts__load_00000000] ([track_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [rank] SMALLINT NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [cleandata].[charts__load_00000000] ([track_id], [rank]) FROM 'http://127.0.0.1:10000/devstoreaccount1/staging/data/00000000000000000000000000000000/0-part-00000000-0000-0000-0000-000000000000.parquet' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

SELECT COUNT_BIG(*) AS [rows] FROM [cleandata].[charts__load_00000000];

BEGIN TRANSACTION;

DELETE FROM [cleandata].[charts] WHERE [year] = 2020 AND [month] = 2;

INSERT INTO [cleandata].[charts] ([track_id], [rank], [year], [month]) SELECT [track_id], [rank], 2020 AS [year], 2 AS [month] FROM [cleandata].[charts__load_00000000];

DELETE FROM [platform].[digests] WHERE [object] = N'cleandata.charts' AND [part] = 202002;

INSERT INTO [platform].[digests] ([object], [part], [digest]) VALUES (N'cleandata.charts', 202002, N'00000000000000000000000000000000');

COMMIT TRANSACTION;

ROLLBACK TRANSACTION;

DROP TABLE IF EXISTS [cleandata].[charts__load_00000000];

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'platform' AND [TABLE_NAME] = N'published' ORDER BY [ORDINAL_POSITION];

SELECT [slot], [version], [published_at] FROM [platform].[published];

SELECT [table_name], [rows] FROM [platform].[copies] WHERE [slot] = N'a';

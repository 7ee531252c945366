SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'marts' AND [TABLE_NAME] = N'fact_entries' ORDER BY [ORDINAL_POSITION];

SELECT COUNT_BIG(*) AS [rows] FROM [marts].[fact_entries];

SELECT [COLUMN_NAME], [DATA_TYPE] FROM [INFORMATION_SCHEMA].[COLUMNS] WHERE [TABLE_SCHEMA] = N'platform' AND [TABLE_NAME] = N'tables' ORDER BY [ORDINAL_POSITION];

SELECT [schema_name], [table_name], [month_column], [rows], [evaluation], [build] FROM [platform].[tables];

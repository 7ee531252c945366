CREATE TABLE [cleandata].[genres] ([genre] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [family] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [tracks] INT NULL) WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX);

CREATE TABLE [cleandata].[genres__load_00000000] ([genre] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [family] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [tracks] INT NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [cleandata].[genres__load_00000000] ([genre], [family], [tracks]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

INSERT INTO [cleandata].[genres] ([genre], [family], [tracks]) SELECT [genre], [family], [tracks] FROM [cleandata].[genres__load_00000000];

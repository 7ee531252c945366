CREATE TABLE [cleandata].[track_popularity] ([track_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [as_of] DATE NULL, [source] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [popularity] SMALLINT NULL, [source_file_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL) WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX);

CREATE TABLE [cleandata].[track_popularity__load_00000000] ([track_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [as_of] DATE NULL, [source] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [popularity] SMALLINT NULL, [source_file_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [cleandata].[track_popularity__load_00000000] ([track_id], [as_of], [source], [popularity], [source_file_id]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

INSERT INTO [cleandata].[track_popularity] ([track_id], [as_of], [source], [popularity], [source_file_id]) SELECT [track_id], [as_of], [source], [popularity], [source_file_id] FROM [cleandata].[track_popularity__load_00000000];

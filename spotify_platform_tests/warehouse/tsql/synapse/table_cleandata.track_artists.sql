CREATE TABLE [cleandata].[track_artists] ([track_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [position] SMALLINT NULL, [artist_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [artist_name] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [resolved_by] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL) WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX);

CREATE TABLE [cleandata].[track_artists__load_00000000] ([track_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [position] SMALLINT NULL, [artist_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [artist_name] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [resolved_by] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [cleandata].[track_artists__load_00000000] ([track_id], [position], [artist_id], [artist_name], [resolved_by]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

INSERT INTO [cleandata].[track_artists] ([track_id], [position], [artist_id], [artist_name], [resolved_by]) SELECT [track_id], [position], [artist_id], [artist_name], [resolved_by] FROM [cleandata].[track_artists__load_00000000];

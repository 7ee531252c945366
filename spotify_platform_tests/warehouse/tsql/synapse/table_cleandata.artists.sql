CREATE TABLE [cleandata].[artists] ([artist_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [artist_name] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [tracks] INT NULL, [followers] BIGINT NULL, [popularity] SMALLINT NULL, [profile_as_of] DATE NULL) WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX);

CREATE TABLE [cleandata].[artists__load_00000000] ([artist_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [artist_name] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [tracks] INT NULL, [followers] BIGINT NULL, [popularity] SMALLINT NULL, [profile_as_of] DATE NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [cleandata].[artists__load_00000000] ([artist_id], [artist_name], [tracks], [followers], [popularity], [profile_as_of]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

INSERT INTO [cleandata].[artists] ([artist_id], [artist_name], [tracks], [followers], [popularity], [profile_as_of]) SELECT [artist_id], [artist_name], [tracks], [followers], [popularity], [profile_as_of] FROM [cleandata].[artists__load_00000000];

CREATE TABLE [cleandata].[artist_genres] ([artist_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [genre] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [provider] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [tracks] INT NULL, [weight] SMALLINT NULL) WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX);

CREATE TABLE [cleandata].[artist_genres__load_00000000] ([artist_id] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [genre] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [provider] NVARCHAR(4000) COLLATE Latin1_General_100_BIN2 NULL, [tracks] INT NULL, [weight] SMALLINT NULL) WITH (DISTRIBUTION = ROUND_ROBIN, HEAP);

COPY INTO [cleandata].[artist_genres__load_00000000] ([artist_id], [genre], [provider], [tracks], [weight]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

INSERT INTO [cleandata].[artist_genres] ([artist_id], [genre], [provider], [tracks], [weight]) SELECT [artist_id], [genre], [provider], [tracks], [weight] FROM [cleandata].[artist_genres__load_00000000];

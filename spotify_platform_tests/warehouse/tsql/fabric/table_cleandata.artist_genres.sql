CREATE TABLE [cleandata].[artist_genres] ([artist_id] VARCHAR(8000) NULL, [genre] VARCHAR(8000) NULL, [provider] VARCHAR(8000) NULL, [tracks] INT NULL, [weight] SMALLINT NULL);

CREATE TABLE [cleandata].[artist_genres__load_00000000] ([artist_id] VARCHAR(8000) NULL, [genre] VARCHAR(8000) NULL, [provider] VARCHAR(8000) NULL, [tracks] INT NULL, [weight] SMALLINT NULL);

COPY INTO [cleandata].[artist_genres__load_00000000] ([artist_id], [genre], [provider], [tracks], [weight]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[artist_genres] ([artist_id], [genre], [provider], [tracks], [weight]) SELECT [artist_id], [genre], [provider], [tracks], [weight] FROM [cleandata].[artist_genres__load_00000000];

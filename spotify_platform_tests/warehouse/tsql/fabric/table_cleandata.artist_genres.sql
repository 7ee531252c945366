CREATE TABLE [cleandata].[artist_genres] ([artist_id] VARCHAR(8000) NULL, [genre] VARCHAR(8000) NULL, [provider] VARCHAR(8000) NULL, [tracks] INT NULL);

CREATE TABLE [cleandata].[artist_genres__load_00000000] ([artist_id] VARCHAR(8000) NULL, [genre] VARCHAR(8000) NULL, [provider] VARCHAR(8000) NULL, [tracks] INT NULL);

COPY INTO [cleandata].[artist_genres__load_00000000] ([artist_id], [genre], [provider], [tracks]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[artist_genres] ([artist_id], [genre], [provider], [tracks]) SELECT [artist_id], [genre], [provider], [tracks] FROM [cleandata].[artist_genres__load_00000000];

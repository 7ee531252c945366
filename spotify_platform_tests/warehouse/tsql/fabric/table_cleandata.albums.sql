CREATE TABLE [cleandata].[albums] ([album_id] VARCHAR(8000) NULL, [title] VARCHAR(8000) NULL, [artist_id] VARCHAR(8000) NULL, [artist_name] VARCHAR(8000) NULL, [first_artists] INT NULL, [release_date] DATE NULL, [release_date_precision] VARCHAR(8000) NULL, [tracks] INT NULL, [provider] VARCHAR(8000) NULL);

CREATE TABLE [cleandata].[albums__load_00000000] ([album_id] VARCHAR(8000) NULL, [title] VARCHAR(8000) NULL, [artist_id] VARCHAR(8000) NULL, [artist_name] VARCHAR(8000) NULL, [first_artists] INT NULL, [release_date] DATE NULL, [release_date_precision] VARCHAR(8000) NULL, [tracks] INT NULL, [provider] VARCHAR(8000) NULL);

COPY INTO [cleandata].[albums__load_00000000] ([album_id], [title], [artist_id], [artist_name], [first_artists], [release_date], [release_date_precision], [tracks], [provider]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[albums] ([album_id], [title], [artist_id], [artist_name], [first_artists], [release_date], [release_date_precision], [tracks], [provider]) SELECT [album_id], [title], [artist_id], [artist_name], [first_artists], [release_date], [release_date_precision], [tracks], [provider] FROM [cleandata].[albums__load_00000000];

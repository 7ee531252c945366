CREATE TABLE [cleandata].[artists] ([artist_id] VARCHAR(8000) NULL, [artist_name] VARCHAR(8000) NULL, [tracks] INT NULL, [followers] BIGINT NULL, [popularity] SMALLINT NULL, [profile_as_of] DATE NULL);

CREATE TABLE [cleandata].[artists__load_00000000] ([artist_id] VARCHAR(8000) NULL, [artist_name] VARCHAR(8000) NULL, [tracks] INT NULL, [followers] BIGINT NULL, [popularity] SMALLINT NULL, [profile_as_of] DATE NULL);

COPY INTO [cleandata].[artists__load_00000000] ([artist_id], [artist_name], [tracks], [followers], [popularity], [profile_as_of]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[artists] ([artist_id], [artist_name], [tracks], [followers], [popularity], [profile_as_of]) SELECT [artist_id], [artist_name], [tracks], [followers], [popularity], [profile_as_of] FROM [cleandata].[artists__load_00000000];

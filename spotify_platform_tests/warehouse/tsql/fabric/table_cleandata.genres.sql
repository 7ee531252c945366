CREATE TABLE [cleandata].[genres] ([genre] VARCHAR(8000) NULL, [family] VARCHAR(8000) NULL, [tracks] INT NULL);

CREATE TABLE [cleandata].[genres__load_00000000] ([genre] VARCHAR(8000) NULL, [family] VARCHAR(8000) NULL, [tracks] INT NULL);

COPY INTO [cleandata].[genres__load_00000000] ([genre], [family], [tracks]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[genres] ([genre], [family], [tracks]) SELECT [genre], [family], [tracks] FROM [cleandata].[genres__load_00000000];

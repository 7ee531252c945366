CREATE TABLE [cleandata].[track_popularity] ([track_id] VARCHAR(8000) NULL, [as_of] DATE NULL, [source] VARCHAR(8000) NULL, [popularity] SMALLINT NULL, [source_file_id] VARCHAR(8000) NULL);

CREATE TABLE [cleandata].[track_popularity__load_00000000] ([track_id] VARCHAR(8000) NULL, [as_of] DATE NULL, [source] VARCHAR(8000) NULL, [popularity] SMALLINT NULL, [source_file_id] VARCHAR(8000) NULL);

COPY INTO [cleandata].[track_popularity__load_00000000] ([track_id], [as_of], [source], [popularity], [source_file_id]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[track_popularity] ([track_id], [as_of], [source], [popularity], [source_file_id]) SELECT [track_id], [as_of], [source], [popularity], [source_file_id] FROM [cleandata].[track_popularity__load_00000000];

CREATE TABLE [cleandata].[track_artists] ([track_id] VARCHAR(8000) NULL, [position] SMALLINT NULL, [artist_id] VARCHAR(8000) NULL, [artist_name] VARCHAR(8000) NULL, [resolved_by] VARCHAR(8000) NULL);

CREATE TABLE [cleandata].[track_artists__load_00000000] ([track_id] VARCHAR(8000) NULL, [position] SMALLINT NULL, [artist_id] VARCHAR(8000) NULL, [artist_name] VARCHAR(8000) NULL, [resolved_by] VARCHAR(8000) NULL);

COPY INTO [cleandata].[track_artists__load_00000000] ([track_id], [position], [artist_id], [artist_name], [resolved_by]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[track_artists] ([track_id], [position], [artist_id], [artist_name], [resolved_by]) SELECT [track_id], [position], [artist_id], [artist_name], [resolved_by] FROM [cleandata].[track_artists__load_00000000];

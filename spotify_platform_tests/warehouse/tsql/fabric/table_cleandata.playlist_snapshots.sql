CREATE TABLE [cleandata].[playlist_snapshots] ([snapshot_date] DATE NULL, [playlist_id] VARCHAR(8000) NULL, [playlist_name] VARCHAR(8000) NULL, [playlist_version] VARCHAR(8000) NULL, [source] VARCHAR(8000) NULL, [places] INT NULL, [tracks] INT NULL, [episodes] INT NULL, [local_files] INT NULL, [removed] INT NULL);

CREATE TABLE [cleandata].[playlist_snapshots__load_00000000] ([snapshot_date] DATE NULL, [playlist_id] VARCHAR(8000) NULL, [playlist_name] VARCHAR(8000) NULL, [playlist_version] VARCHAR(8000) NULL, [source] VARCHAR(8000) NULL, [places] INT NULL, [tracks] INT NULL, [episodes] INT NULL, [local_files] INT NULL, [removed] INT NULL);

COPY INTO [cleandata].[playlist_snapshots__load_00000000] ([snapshot_date], [playlist_id], [playlist_name], [playlist_version], [source], [places], [tracks], [episodes], [local_files], [removed]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[playlist_snapshots] ([snapshot_date], [playlist_id], [playlist_name], [playlist_version], [source], [places], [tracks], [episodes], [local_files], [removed]) SELECT [snapshot_date], [playlist_id], [playlist_name], [playlist_version], [source], [places], [tracks], [episodes], [local_files], [removed] FROM [cleandata].[playlist_snapshots__load_00000000];

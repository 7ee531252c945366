CREATE TABLE [cleandata].[playlist_tracks] ([snapshot_date] DATE NULL, [playlist_id] VARCHAR(8000) NULL, [position] SMALLINT NULL, [track_id] VARCHAR(8000) NULL, [matched_by] VARCHAR(8000) NULL, [popularity] SMALLINT NULL, [added_at] DATETIME2(6) NULL, [source_file_id] VARCHAR(8000) NULL);

CREATE TABLE [cleandata].[playlist_tracks__load_00000000] ([snapshot_date] DATE NULL, [playlist_id] VARCHAR(8000) NULL, [position] SMALLINT NULL, [track_id] VARCHAR(8000) NULL, [matched_by] VARCHAR(8000) NULL, [popularity] SMALLINT NULL, [added_at] DATETIME2(6) NULL, [source_file_id] VARCHAR(8000) NULL);

COPY INTO [cleandata].[playlist_tracks__load_00000000] ([snapshot_date], [playlist_id], [position], [track_id], [matched_by], [popularity], [added_at], [source_file_id]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET');

INSERT INTO [cleandata].[playlist_tracks] ([snapshot_date], [playlist_id], [position], [track_id], [matched_by], [popularity], [added_at], [source_file_id]) SELECT [snapshot_date], [playlist_id], [position], [track_id], [matched_by], [popularity], [added_at], [source_file_id] FROM [cleandata].[playlist_tracks__load_00000000];

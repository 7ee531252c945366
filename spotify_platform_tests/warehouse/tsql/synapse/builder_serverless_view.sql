CREATE OR ALTER VIEW [cleandata].[charts] AS SELECT * FROM OPENROWSET(BULK 'https://account.blob.core.windows.net/lake/it''s', FORMAT = 'DELTA') AS [rows];

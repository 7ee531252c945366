DELETE FROM [marts].[fact_entries];

DELETE FROM [marts].[fact_entries] WHERE [day] >= CAST('2020-01-01' AS DATE) AND [day] < CAST('2020-02-01' AS DATE);

DELETE FROM [platform].[tables] WHERE [name] = N'it''s' AND [rows] = 7;

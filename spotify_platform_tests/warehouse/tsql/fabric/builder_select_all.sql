SELECT [track_id] FROM [marts].[fact_entries];

SELECT [a ]]], [b] FROM [marts].[odd ]] name] WHERE [name] = N'it''s' AND [rows] = 7;

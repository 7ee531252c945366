INSERT INTO [marts].[fact_entries] ([track_id]) SELECT [track_id] FROM [marts].[odd ]] name];

INSERT INTO [marts].[fact_entries] ([track_id], [rank], [year], [month]) SELECT [track_id], [rank], 2020 AS [year], 2 AS [month] FROM [marts].[odd ]] name];

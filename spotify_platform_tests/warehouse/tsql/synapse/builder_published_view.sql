CREATE VIEW [published].[fact_entries] AS SELECT [t].[track_id], [t].[rank] FROM [published_a].[fact_entries] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a';

ALTER VIEW [published].[fact_entries] AS SELECT [t].[track_id], [t].[rank], [t].[new] FROM [published_b].[fact_entries] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b' UNION ALL SELECT [t].[track_id], [t].[rank], NULL AS [new] FROM [published_a].[fact_entries] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a';

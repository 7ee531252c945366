SELECT COUNT_BIG(*) AS [rows] FROM [marts].[fact_entries];

SELECT COUNT_BIG(*) AS [rows] FROM [marts].[fact_entries] WHERE [day] >= CAST('2020-01-01' AS DATE) AND [day] < CAST('2020-02-01' AS DATE);

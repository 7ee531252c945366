TRUNCATE TABLE [marts].[fact_entries];

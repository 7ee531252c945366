DROP VIEW IF EXISTS [published].[fact_entries];

CREATE STATISTICS [stat_track_id] ON [marts].[fact_entries] ([track_id]);

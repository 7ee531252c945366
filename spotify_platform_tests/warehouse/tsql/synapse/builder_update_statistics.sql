UPDATE STATISTICS [marts].[fact_entries] ([stat_track_id]);

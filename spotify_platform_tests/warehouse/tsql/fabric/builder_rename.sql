EXEC sp_rename N'marts.fact_entries', N'fact_entries__old_00000000';

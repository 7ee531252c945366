RENAME OBJECT [marts].[fact_entries] TO [fact_entries__old_00000000];

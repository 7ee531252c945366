CREATE TABLE [marts].[fact_entries] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS SELECT [track_id], [day] FROM [marts].[other];

CREATE TABLE [marts].[fact_entries] WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS SELECT [track_id], [day] FROM [marts].[other];

CREATE TABLE [marts].[fact_entries] WITH (DISTRIBUTION = REPLICATE, CLUSTERED COLUMNSTORE INDEX) AS SELECT [track_id], [day] FROM [marts].[other];

CREATE TABLE [marts].[fact_entries] WITH (DISTRIBUTION = HASH([track_id]), CLUSTERED COLUMNSTORE INDEX ORDER ([day])) AS SELECT [track_id], [day] FROM [marts].[other];

CREATE TABLE [marts].[fact_entries] AS SELECT [track_id], [day] FROM [marts].[other];

CREATE TABLE [marts].[fact_entries] AS SELECT [track_id], [day] FROM [marts].[other];

CREATE TABLE [marts].[fact_entries] AS SELECT [track_id], [day] FROM [marts].[other];

CREATE TABLE [marts].[fact_entries] AS SELECT [track_id], [day] FROM [marts].[other];

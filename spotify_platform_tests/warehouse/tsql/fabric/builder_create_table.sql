CREATE TABLE [marts].[odd ]] name] ([a_varchar] VARCHAR(8000) NULL, [a_boolean] BIT NULL, [a_smallint] SMALLINT NULL, [a_integer] INT NULL, [a_bigint] BIGINT NULL, [a_double] FLOAT NULL, [a_date] DATE NULL, [a_timestamp] DATETIME2(6) NULL);

CREATE TABLE [marts].[fact_entries] ([track_id] VARCHAR(8000) NULL, [day] DATE NULL);

CREATE TABLE [marts].[fact_entries] ([track_id] VARCHAR(8000) NULL, [day] DATE NULL);

CREATE TABLE [marts].[fact_entries] ([track_id] VARCHAR(8000) NULL, [day] DATE NULL);

CREATE TABLE [marts].[fact_entries] ([track_id] VARCHAR(8000) NULL, [day] DATE NULL);

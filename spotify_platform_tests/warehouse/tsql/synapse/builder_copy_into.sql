COPY INTO [marts].[fact_entries] ([track_id]) FROM 'https://account.blob.core.windows.net/staging/1.parquet' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

COPY INTO [marts].[odd ]] name] ([a_varchar], [a_boolean], [a_smallint], [a_integer], [a_bigint], [a_double], [a_date], [a_timestamp]) FROM 'https://account.blob.core.windows.net/staging/1.parquet', 'https://account.blob.core.windows.net/lake/it''s' WITH (FILE_TYPE = 'PARQUET', CREDENTIAL = (IDENTITY = 'Managed Identity'));

IF SCHEMA_ID(N'marts') IS NULL EXEC(N'CREATE SCHEMA [marts]');

IF SCHEMA_ID(N'it''s ] odd') IS NULL EXEC(N'CREATE SCHEMA [it''s ]] odd]');

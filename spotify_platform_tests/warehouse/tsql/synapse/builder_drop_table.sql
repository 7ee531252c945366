DROP TABLE IF EXISTS [marts].[odd ]] name];

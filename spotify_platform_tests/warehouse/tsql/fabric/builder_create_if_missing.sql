IF OBJECT_ID(N'platform.tables', N'U') IS NULL CREATE TABLE [platform].[tables] ([object] VARCHAR(8000) NULL);

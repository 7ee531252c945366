INSERT INTO [platform].[tables] ([name], [rows], [month_column]) VALUES (N'Rock ’n’ Roll isn''t Дима', 7, NULL);

UPDATE [platform].[published] SET [slot] = N'a', [version] = 3, [published_at] = N'2020-02-01T00:00:00+00:00';

CREATE TABLE [marts].[catalog_coverage] WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX) AS WITH [details] AS (
  SELECT
    'album' AS [detail]
  UNION ALL
  SELECT
    'audio features' AS [detail]
  UNION ALL
  SELECT
    'genre' AS [detail]
  UNION ALL
  SELECT
    'popularity' AS [detail]
  UNION ALL
  SELECT
    'release date' AS [detail]
), [told] AS (
  SELECT
    [details].[detail] AS [detail],
    COALESCE(
      CASE [details].[detail]
        WHEN 'album'
        THEN [track].[album_provider]
        WHEN 'audio features'
        THEN [track].[features_provider]
        WHEN 'genre'
        THEN [track].[genre_provider]
        WHEN 'popularity'
        THEN [track].[popularity_provider]
        ELSE [track].[release_provider]
      END,
      'none'
    ) AS [provider],
    [song].[track_id] AS [charted_track_id]
  FROM [warehouse].[dim_track] AS [track]
  CROSS JOIN [details]
  LEFT JOIN [marts].[unique_songs] AS [song]
    ON [song].[track_id] = [track].[track_id]
), [counts] AS (
  SELECT
    [told].[detail] AS [detail],
    [told].[provider] AS [provider],
    COUNT_BIG(*) AS [tracks],
    COUNT_BIG([told].[charted_track_id]) AS [charted_tracks]
  FROM [told]
  GROUP BY
    [told].[detail],
    [told].[provider]
), [rows of the model] AS (
  SELECT
    [counts].[detail] AS [detail],
    [counts].[provider] AS [provider],
    CAST([counts].[tracks] AS INTEGER) AS [tracks],
    CAST([counts].[tracks] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([counts].[tracks]) OVER (PARTITION BY [counts].[detail]) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_tracks],
    CAST([counts].[charted_tracks] AS INTEGER) AS [charted_tracks],
    CAST([counts].[charted_tracks] AS FLOAT) / NULLIF(
      CAST(CAST(SUM([counts].[charted_tracks]) OVER (PARTITION BY [counts].[detail]) AS BIGINT) AS FLOAT),
      0
    ) AS [share_of_charted_tracks]
  FROM [counts]
)
SELECT
  CAST([detail] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [detail],
  CAST([provider] AS NVARCHAR(4000)) COLLATE Latin1_General_100_BIN2 AS [provider],
  CAST([tracks] AS INT) AS [tracks],
  CAST([share_of_tracks] AS FLOAT) AS [share_of_tracks],
  CAST([charted_tracks] AS INT) AS [charted_tracks],
  CAST([share_of_charted_tracks] AS FLOAT) AS [share_of_charted_tracks]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [detail] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [provider] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charted_tracks] IS NULL THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN NOT [detail] IN ('album', 'audio features', 'genre', 'popularity', 'release date')
      THEN 1
      ELSE 0
    END
  ),
  SUM(CASE WHEN [tracks] < 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [share_of_tracks] < 0 OR [share_of_tracks] > 1 THEN 1 ELSE 0 END),
  SUM(CASE WHEN [charted_tracks] < 0 THEN 1 ELSE 0 END),
  SUM(
    CASE
      WHEN [share_of_charted_tracks] < 0 OR [share_of_charted_tracks] > 1
      THEN 1
      ELSE 0
    END
  )
FROM [marts].[catalog_coverage];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [detail] AS [detail],
    [provider] AS [provider]
  FROM [marts].[catalog_coverage]
  GROUP BY
    [detail],
    [provider]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_detail] ON [marts].[catalog_coverage] ([detail]);

CREATE STATISTICS [stat_provider] ON [marts].[catalog_coverage] ([provider]);

SELECT
TOP 5
  *
FROM [marts].[catalog_coverage];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([share_of_charted_tracks])
FROM [marts].[catalog_coverage];

SELECT
TOP 10
  [detail],
  SUM([share_of_charted_tracks]) AS [share]
FROM [marts].[catalog_coverage]
WHERE
  [provider] <> 'none'
GROUP BY
  [detail]
ORDER BY
  CASE WHEN [detail] IS NULL THEN 1 ELSE 0 END, [detail];

CREATE VIEW [published].[catalog_coverage] AS SELECT [t].[detail], [t].[provider], [t].[tracks], [t].[share_of_tracks], [t].[charted_tracks], [t].[share_of_charted_tracks] FROM [published_a].[catalog_coverage] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[detail], [t].[provider], [t].[tracks], [t].[share_of_tracks], [t].[charted_tracks], [t].[share_of_charted_tracks] FROM [published_b].[catalog_coverage] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

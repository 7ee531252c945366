CREATE TABLE [marts].[playlist_changes] AS WITH [snapshots] AS (
  SELECT
    [seen].[playlist_id] AS [playlist_id],
    [seen].[snapshot_date] AS [snapshot_date],
    LAG([seen].[snapshot_date]) OVER (
      PARTITION BY [seen].[playlist_id]
      ORDER BY CASE WHEN [seen].[snapshot_date] IS NULL THEN 1 ELSE 0 END, [seen].[snapshot_date]
    ) AS [previous_date]
  FROM [warehouse].[fact_playlist_snapshot] AS [seen]
), [placed] AS (
  SELECT
    [entry].[playlist_id] AS [playlist_id],
    [entry].[snapshot_date] AS [snapshot_date],
    [entry].[track_id] AS [track_id],
    MIN([entry].[position]) AS [position],
    MIN([entry].[added_at]) AS [added_at]
  FROM [warehouse].[fact_playlist_track] AS [entry]
  GROUP BY
    [entry].[playlist_id],
    [entry].[snapshot_date],
    [entry].[track_id]
), [changes] AS (
  SELECT
    [now].[playlist_id],
    [now].[snapshot_date],
    [now].[previous_date],
    'added' AS [change],
    [here].[track_id],
    [here].[position],
    [here].[added_at]
  FROM [snapshots] AS [now]
  INNER JOIN [placed] AS [here]
    ON [here].[playlist_id] = [now].[playlist_id]
    AND [here].[snapshot_date] = [now].[snapshot_date]
  LEFT JOIN [placed] AS [there]
    ON [there].[playlist_id] = [now].[playlist_id]
    AND [there].[snapshot_date] = [now].[previous_date]
    AND [there].[track_id] = [here].[track_id]
  WHERE
    NOT [now].[previous_date] IS NULL AND [there].[track_id] IS NULL
  UNION ALL
  SELECT
    [now].[playlist_id],
    [now].[snapshot_date],
    [now].[previous_date],
    'removed' AS [change],
    [there].[track_id],
    [there].[position],
    [there].[added_at]
  FROM [snapshots] AS [now]
  INNER JOIN [placed] AS [there]
    ON [there].[playlist_id] = [now].[playlist_id]
    AND [there].[snapshot_date] = [now].[previous_date]
  LEFT JOIN [placed] AS [here]
    ON [here].[playlist_id] = [now].[playlist_id]
    AND [here].[snapshot_date] = [now].[snapshot_date]
    AND [here].[track_id] = [there].[track_id]
  WHERE
    [here].[track_id] IS NULL
), [rows of the model] AS (
  SELECT
    [changes].[snapshot_date] AS [snapshot_date],
    [changes].[previous_date] AS [previous_date],
    [changes].[playlist_id] AS [playlist_id],
    [playlist].[playlist_name] AS [playlist_name],
    [changes].[change] AS [change],
    [changes].[track_id] AS [track_id],
    [track].[title] AS [title],
    [track].[artist_credit] AS [artist_credit],
    [changes].[position] AS [position],
    [changes].[added_at] AS [added_at]
  FROM [changes]
  INNER JOIN [warehouse].[dim_playlist] AS [playlist]
    ON [playlist].[playlist_id] = [changes].[playlist_id]
  INNER JOIN [warehouse].[dim_track] AS [track]
    ON [track].[track_id] = [changes].[track_id]
)
SELECT
  CAST([snapshot_date] AS DATE) AS [snapshot_date],
  CAST([previous_date] AS DATE) AS [previous_date],
  CAST([playlist_id] AS VARCHAR(8000)) AS [playlist_id],
  CAST([playlist_name] AS VARCHAR(8000)) AS [playlist_name],
  CAST([change] AS VARCHAR(8000)) AS [change],
  CAST([track_id] AS VARCHAR(8000)) AS [track_id],
  CAST([title] AS VARCHAR(8000)) AS [title],
  CAST([artist_credit] AS VARCHAR(8000)) AS [artist_credit],
  CAST([position] AS SMALLINT) AS [position],
  CAST([added_at] AS DATETIME2(6)) AS [added_at]
FROM [rows of the model];

SELECT
  COUNT_BIG(*),
  SUM(CASE WHEN [snapshot_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [previous_date] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [playlist_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [playlist_name] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [change] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [track_id] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN NOT [change] IN ('added', 'removed') THEN 1 ELSE 0 END),
  SUM(CASE WHEN [position] < 1 THEN 1 ELSE 0 END)
FROM [marts].[playlist_changes];

SELECT
  COUNT_BIG(*)
FROM (
  SELECT
    [snapshot_date] AS [snapshot_date],
    [playlist_id] AS [playlist_id],
    [track_id] AS [track_id]
  FROM [marts].[playlist_changes]
  GROUP BY
    [snapshot_date],
    [playlist_id],
    [track_id]
  HAVING
    COUNT_BIG(*) > 1
) AS [repeated];

CREATE STATISTICS [stat_snapshot_date] ON [marts].[playlist_changes] ([snapshot_date]);

CREATE STATISTICS [stat_playlist_id] ON [marts].[playlist_changes] ([playlist_id]);

CREATE STATISTICS [stat_track_id] ON [marts].[playlist_changes] ([track_id]);

SELECT
TOP 5
  *
FROM [marts].[playlist_changes];

SELECT
  COUNT_BIG(*),
  COUNT_BIG([title]),
  COUNT_BIG([artist_credit]),
  COUNT_BIG([added_at])
FROM [marts].[playlist_changes];

SELECT
TOP 24
  [playlist_name],
  COUNT_BIG(*) AS [changes]
FROM [marts].[playlist_changes]
GROUP BY
  [playlist_name]
ORDER BY
  COUNT_BIG(*) DESC,
  CASE WHEN [playlist_name] IS NULL THEN 1 ELSE 0 END, [playlist_name];

CREATE VIEW [published].[playlist_changes] AS SELECT [t].[snapshot_date], [t].[previous_date], [t].[playlist_id], [t].[playlist_name], [t].[change], [t].[track_id], [t].[title], [t].[artist_credit], [t].[position], [t].[added_at] FROM [published_a].[playlist_changes] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'a' UNION ALL SELECT [t].[snapshot_date], [t].[previous_date], [t].[playlist_id], [t].[playlist_name], [t].[change], [t].[track_id], [t].[title], [t].[artist_credit], [t].[position], [t].[added_at] FROM [published_b].[playlist_changes] AS [t] CROSS JOIN [platform].[published] AS [p] WHERE [p].[slot] = N'b';

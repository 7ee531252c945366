-- What came to a playlist and what went from it between two days on which it was seen, one after the other. The first
-- time nothing comes. A track that only moves is no change, nor is one of two places of a track.
WITH snapshots AS (
    SELECT
        seen.playlist_id, seen.snapshot_date,
        LAG(seen.snapshot_date) OVER (PARTITION BY seen.playlist_id ORDER BY seen.snapshot_date NULLS LAST)
            AS previous_date
    FROM warehouse.fact_playlist_snapshot AS seen
),
placed AS (
    SELECT
        entry.playlist_id, entry.snapshot_date, entry.track_id, MIN(entry.position) AS position,
        MIN(entry.added_at) AS added_at
    FROM warehouse.fact_playlist_track AS entry
    GROUP BY entry.playlist_id, entry.snapshot_date, entry.track_id
),
changes AS (
    SELECT
        now.playlist_id, now.snapshot_date, now.previous_date, 'added' AS change, here.track_id, here.position,
        here.added_at
    FROM snapshots AS now
    INNER JOIN placed AS here ON here.playlist_id = now.playlist_id AND here.snapshot_date = now.snapshot_date
    LEFT JOIN placed AS there
        ON there.playlist_id = now.playlist_id AND there.snapshot_date = now.previous_date
        AND there.track_id = here.track_id
    WHERE now.previous_date IS NOT NULL AND there.track_id IS NULL
    UNION ALL
    SELECT
        now.playlist_id, now.snapshot_date, now.previous_date, 'removed' AS change, there.track_id, there.position,
        there.added_at
    FROM snapshots AS now
    INNER JOIN placed AS there ON there.playlist_id = now.playlist_id AND there.snapshot_date = now.previous_date
    LEFT JOIN placed AS here
        ON here.playlist_id = now.playlist_id AND here.snapshot_date = now.snapshot_date
        AND here.track_id = there.track_id
    WHERE here.track_id IS NULL
)
SELECT
    changes.snapshot_date,
    changes.previous_date,
    changes.playlist_id,
    playlist.playlist_name,
    changes.change,
    changes.track_id,
    track.title,
    track.artist_credit,
    changes.position,
    changes.added_at
FROM changes
INNER JOIN warehouse.dim_playlist AS playlist ON playlist.playlist_id = changes.playlist_id
INNER JOIN warehouse.dim_track AS track ON track.track_id = changes.track_id

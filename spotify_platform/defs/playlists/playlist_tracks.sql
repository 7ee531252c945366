-- Playlists as they stood on a day: one row per place, where the track is known.
WITH placed AS (
    SELECT
        entry.snapshot_date, entry.playlist_id, entry.position, matched.track_id, entry.popularity, entry.file_id,
        ROW_NUMBER() OVER (
            PARTITION BY entry.snapshot_date, entry.playlist_id, entry.position
            ORDER BY landed.precedence NULLS LAST, entry.popularity DESC NULLS LAST, matched.track_id NULLS LAST,
                entry.file_id NULLS LAST, entry.record NULLS LAST
        ) AS place
    FROM candidates.playlist_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    INNER JOIN cleandata.track_matches AS matched
        ON matched.kind = 'playlists' AND matched.title = entry.title AND matched.artist_credit = entry.artist_credit
        AND COALESCE(matched.duration_ms, 0) = COALESCE(entry.duration_ms, 0)
    WHERE matched.track_id IS NOT NULL
)
SELECT snapshot_date, playlist_id, position, track_id, popularity, file_id AS source_file_id
FROM placed
WHERE place = 1

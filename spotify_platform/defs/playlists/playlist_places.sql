-- Every row of every playlist file that counts, and what became of it. A row that tells the track's id is known by it;
-- one that names title and artists alone by what they are taken for. What is no track, or of no known one, is skipped
-- with the reason; of rows for one place of a playlist on a day the first by source is loaded.
WITH known AS (
    SELECT
        entry.file_id, entry.record, entry.snapshot_date, entry.playlist_id, entry.position, entry.popularity,
        entry.added_at, landed.precedence, landed.arrival,
        CASE WHEN entry.item_type = 'track' THEN COALESCE(entry.track_id, matched.track_id) END AS track_id,
        CASE WHEN entry.track_id IS NOT NULL THEN 'id' ELSE matched.matched_by END AS matched_by,
        CASE entry.item_type
            WHEN 'episode' THEN 'it is an episode, no track'
            WHEN 'audiobook' THEN 'it is an audiobook, no track'
            WHEN 'local' THEN 'it is a file of a listener, which has no id'
            WHEN 'removed' THEN 'nothing is at this place any more'
            ELSE COALESCE(matched.reason, 'it names no title or no artist')
        END AS reason
    FROM candidates.playlist_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    LEFT JOIN cleandata.track_matches AS matched
        ON matched.kind = 'playlists' AND matched.title = entry.title AND matched.artist_credit = entry.artist_credit
        AND COALESCE(matched.duration_ms, 0) = COALESCE(entry.duration_ms, 0)
),
placed AS (
    SELECT
        known.*,
        ROW_NUMBER() OVER (
            PARTITION BY known.snapshot_date, known.playlist_id, known.position,
                CASE WHEN known.track_id IS NULL THEN 0 ELSE 1 END
            ORDER BY known.precedence NULLS LAST, known.popularity DESC NULLS LAST, known.track_id NULLS LAST,
                known.file_id NULLS LAST, known.record NULLS LAST
        ) AS place,
        ROW_NUMBER() OVER (
            PARTITION BY known.snapshot_date, known.playlist_id, known.position,
                CASE WHEN known.track_id IS NULL THEN 0 ELSE 1 END
            ORDER BY known.arrival NULLS LAST, known.record NULLS LAST
        ) AS arrived
    FROM known
)
SELECT
    file_id,
    record,
    snapshot_date,
    playlist_id,
    position,
    track_id,
    CASE WHEN track_id IS NOT NULL THEN matched_by END AS matched_by,
    popularity,
    added_at,
    CASE WHEN track_id IS NULL THEN 'skipped' WHEN place = 1 THEN 'loaded' ELSE 'duplicate' END AS outcome,
    CASE WHEN track_id IS NULL THEN 'skipped' WHEN arrived = 1 THEN 'loaded' ELSE 'duplicate' END AS credited_outcome,
    CASE
        WHEN track_id IS NULL THEN reason
        WHEN place > 1 OR arrived > 1 THEN 'same place of the same playlist'
    END AS reason
FROM placed

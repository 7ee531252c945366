-- What each listener heard most, by Spotify's reckoning: one row per place of a list on a day that it was told. Of several
-- files that tell a list the best source counts, whole.
WITH told AS (
    SELECT
        entry.listener, entry.snapshot_date, entry.item_type, entry.time_range, entry.rank, entry.item_id, entry.name,
        entry.artist_credit, entry.artist_ids, entry.popularity, entry.genres, entry.file_id, entry.record,
        RANK() OVER (
            PARTITION BY entry.listener, entry.snapshot_date, entry.item_type, entry.time_range
            ORDER BY landed.precedence NULLS LAST
        ) AS source_place,
        ROW_NUMBER() OVER (
            PARTITION BY entry.listener, entry.snapshot_date, entry.item_type, entry.time_range, entry.rank
            ORDER BY landed.precedence NULLS LAST, entry.file_id NULLS LAST, entry.record NULLS LAST
        ) AS place
    FROM candidates.top_item_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
)
SELECT
    listener,
    snapshot_date,
    item_type,
    time_range,
    rank,
    CASE WHEN item_type = 'track' THEN item_id END AS track_id,
    CASE WHEN item_type = 'artist' THEN item_id END AS artist_id,
    name,
    artist_credit,
    artist_ids,
    popularity,
    genres,
    file_id AS source_file_id,
    record AS source_record
FROM told
WHERE source_place = 1 AND place = 1

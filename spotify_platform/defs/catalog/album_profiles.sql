-- What was answered of an album last, by the best source.
WITH placed AS (
    SELECT
        entry.*, landed.source,
        ROW_NUMBER() OVER (
            PARTITION BY entry.album_id
            ORDER BY landed.precedence NULLS LAST, entry.as_of DESC NULLS LAST, entry.file_id NULLS LAST,
                entry.record NULLS LAST
        ) AS place
    FROM candidates.album_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
)
SELECT
    album_id, album_name AS title, album_type, artist_id, artist_name, release_date, release_date_precision,
    total_tracks, label, upc, popularity, source AS provider, as_of, file_id AS source_file_id,
    record AS source_record
FROM placed
WHERE place = 1

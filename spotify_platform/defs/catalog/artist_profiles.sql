-- What each source answered of an artist last. A source that knows names alone answers for whose name it is, if just one
-- artist bears it.
WITH answered AS (
    SELECT
        COALESCE(entry.artist_id, known.artist_id, CONCAT('name:', entry.artist_name)) AS artist_id, entry.artist_name,
        landed.source, entry.followers, entry.popularity, entry.as_of, entry.file_id, entry.record
    FROM candidates.artist_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    LEFT JOIN cleandata.artist_ids AS known ON known.artist_name = entry.artist_name
),
placed AS (
    SELECT
        answered.*,
        ROW_NUMBER() OVER (
            PARTITION BY artist_id, source
            ORDER BY as_of DESC NULLS LAST, file_id NULLS LAST, record NULLS LAST
        ) AS place
    FROM answered
)
SELECT
    artist_id, source AS provider, artist_name, followers, popularity, as_of, file_id AS source_file_id,
    record AS source_record
FROM placed
WHERE place = 1

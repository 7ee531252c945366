-- The artists of every track, in order. Spotify's ids of artists would come first; no source that lands has them, so
-- the name is the identity, and the id says so. A catalogue's list wins over a credit, unless the credit tells of more
-- artists: one catalogue lists the first artist only.
WITH credits AS (
    SELECT track_id, artist_credit AS credit, file_id
    FROM candidates.chart_labels
    WHERE track_id IS NOT NULL AND artist_credit IS NOT NULL
    UNION
    SELECT track_id, artist_credit AS credit, file_id
    FROM candidates.play_tracks
    WHERE artist_credit IS NOT NULL
    UNION
    SELECT entry.track_id, entry.artist_credit AS credit, entry.file_id
    FROM candidates.track_rows AS entry
    WHERE entry.artist_credit IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM candidates.track_row_artists AS listed
        WHERE listed.file_id = entry.file_id AND listed.record = entry.record
    )
),
credited AS (
    SELECT
        credits.track_id, credits.credit,
        ROW_NUMBER() OVER (
            PARTITION BY credits.track_id
            ORDER BY landed.precedence NULLS LAST, LENGTH(TRIM(credits.credit)) DESC NULLS LAST,
                credits.credit NULLS LAST
        ) AS place
    FROM credits
    INNER JOIN candidates.files AS landed ON landed.file_id = credits.file_id
),
told AS (
    SELECT
        entry.track_id, 0 AS is_credit, landed.precedence, entry.file_id, entry.record, artist.position,
        artist.artist_name, 'catalogue' AS resolved_by
    FROM candidates.track_rows AS entry
    INNER JOIN candidates.track_row_artists AS artist
        ON artist.file_id = entry.file_id AND artist.record = entry.record
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    UNION ALL
    SELECT
        credited.track_id, 1 AS is_credit, 0 AS precedence, '' AS file_id, CAST(0 AS BIGINT) AS record,
        CAST(artist.position AS INTEGER) AS position, artist.artist_name, artist.resolved_by
    FROM credited
    INNER JOIN cleandata.artist_credits AS artist ON artist.credit = credited.credit
    WHERE credited.place = 1
),
once AS (
    SELECT
        track_id, is_credit, precedence, file_id, record, artist_name, resolved_by, MIN(position) AS position
    FROM told
    GROUP BY track_id, is_credit, precedence, file_id, record, artist_name, resolved_by
),
counted AS (
    SELECT once.*, COUNT(*) OVER (PARTITION BY track_id, file_id, record) AS artists FROM once
),
chosen AS (
    SELECT
        track_id, artist_name, resolved_by, position,
        RANK() OVER (
            PARTITION BY track_id
            ORDER BY artists DESC NULLS LAST, is_credit NULLS LAST, precedence NULLS LAST, file_id NULLS LAST,
                record NULLS LAST
        ) AS place
    FROM counted
)
SELECT
    track_id,
    CAST(ROW_NUMBER() OVER (PARTITION BY track_id ORDER BY position NULLS LAST) AS SMALLINT) AS position,
    CONCAT('name:', artist_name) AS artist_id,
    artist_name,
    resolved_by
FROM chosen
WHERE place = 1

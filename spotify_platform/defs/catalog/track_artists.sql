-- The artists of every track, in order. A list with Spotify's ids comes first, the latest of them: it is complete. Of
-- others the fullest wins: a catalogue's over a credit, unless the credit tells of more artists, since one catalogue
-- lists the first artist only. A name without an id is whose id it is, if just one artist bears it; else the name is the
-- identity, and the id says so.
WITH credits AS (
    SELECT track_id, artist_credit AS credit, file_id
    FROM candidates.chart_labels
    WHERE track_id IS NOT NULL AND artist_credit IS NOT NULL
    UNION
    SELECT track_id, artist_credit AS credit, file_id
    FROM candidates.play_tracks
    WHERE artist_credit IS NOT NULL
    UNION
    SELECT track_id, artist_credit AS credit, file_id
    FROM candidates.playlist_rows
    WHERE track_id IS NOT NULL AND artist_credit IS NOT NULL
    UNION
    SELECT item_id AS track_id, artist_credit AS credit, file_id
    FROM candidates.top_item_rows
    WHERE item_type = 'track' AND artist_credit IS NOT NULL
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
        entry.track_id, 0 AS is_credit, landed.precedence, entry.file_id, entry.record, entry.as_of, artist.position,
        artist.artist_id, artist.artist_name,
        CASE WHEN artist.artist_id IS NULL THEN 'catalogue' ELSE 'id' END AS resolved_by
    FROM candidates.track_rows AS entry
    INNER JOIN candidates.track_row_artists AS artist
        ON artist.file_id = entry.file_id AND artist.record = entry.record
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    UNION ALL
    SELECT
        credited.track_id, 1 AS is_credit, 0 AS precedence, '' AS file_id, CAST(0 AS BIGINT) AS record,
        CAST(NULL AS DATE) AS as_of, CAST(artist.position AS INTEGER) AS position, CAST(NULL AS VARCHAR) AS artist_id,
        artist.artist_name, artist.resolved_by
    FROM credited
    INNER JOIN cleandata.artist_credits AS artist ON artist.credit = credited.credit
    WHERE credited.place = 1
),
once AS (
    SELECT
        track_id, is_credit, precedence, file_id, record, as_of, artist_id, artist_name, resolved_by,
        MIN(position) AS position
    FROM told
    GROUP BY track_id, is_credit, precedence, file_id, record, as_of, artist_id, artist_name, resolved_by
),
counted AS (
    SELECT
        once.*,
        COUNT(*) OVER (PARTITION BY track_id, file_id, record) AS artists,
        MAX(CASE WHEN artist_id IS NULL THEN 1 ELSE 0 END) OVER (PARTITION BY track_id, file_id, record) AS lacks_ids
    FROM once
),
chosen AS (
    SELECT
        track_id, artist_id, artist_name, resolved_by, position,
        RANK() OVER (
            PARTITION BY track_id
            ORDER BY lacks_ids NULLS LAST, CASE WHEN lacks_ids = 0 THEN as_of END DESC NULLS LAST,
                artists DESC NULLS LAST, is_credit NULLS LAST, precedence NULLS LAST, file_id NULLS LAST,
                record NULLS LAST
        ) AS place
    FROM counted
)
SELECT
    chosen.track_id,
    CAST(ROW_NUMBER() OVER (
        PARTITION BY chosen.track_id ORDER BY chosen.position NULLS LAST, chosen.artist_id NULLS LAST
    ) AS SMALLINT) AS position,
    COALESCE(chosen.artist_id, known.artist_id, CONCAT('name:', chosen.artist_name)) AS artist_id,
    chosen.artist_name,
    chosen.resolved_by
FROM chosen
LEFT JOIN cleandata.artist_ids AS known ON known.artist_name = chosen.artist_name
WHERE chosen.place = 1

-- The artists of every credit, told apart as far as its text tells. Commas separate artists, and so does "feat."; " & "
-- is as a rule part of a name. A name with commas stays whole where a catalogue lists it or an export names it, or where
-- it is one of a few that everybody knows; of several that begin at one place the longest counts.
WITH credits AS (
    SELECT artist_credit AS credit FROM candidates.chart_labels WHERE artist_credit IS NOT NULL
    UNION
    SELECT artist_credit AS credit FROM candidates.track_rows WHERE artist_credit IS NOT NULL
    UNION
    SELECT artist_credit AS credit FROM candidates.play_tracks WHERE artist_credit IS NOT NULL
    UNION
    SELECT artist_credit AS credit FROM candidates.playlist_rows WHERE track_id IS NOT NULL AND artist_credit IS NOT NULL
    UNION
    SELECT artist_credit AS credit FROM candidates.top_item_rows WHERE artist_credit IS NOT NULL
),
known_names AS (
    SELECT artist.artist_name AS name
    FROM candidates.track_row_artists AS artist
    INNER JOIN candidates.files AS landed ON landed.file_id = artist.file_id
    WHERE artist.artist_name LIKE '%, %'
    UNION
    SELECT artist_credit AS name FROM candidates.play_tracks WHERE artist_credit LIKE '%, %'
    UNION
    SELECT entry.artist_credit AS name
    FROM candidates.playlist_rows AS entry
    INNER JOIN candidates.files AS landed ON landed.file_id = entry.file_id
    WHERE landed.source = 'account_playlists' AND entry.artist_credit LIKE '%, %'
    UNION
    SELECT 'Blood, Sweat & Tears' AS name
    UNION
    SELECT 'Crosby, Stills & Nash' AS name
    UNION
    SELECT 'Crosby, Stills, Nash & Young' AS name
    UNION
    SELECT 'Dave Dee, Dozy, Beaky, Mick & Tich' AS name
    UNION
    SELECT 'Earth, Wind & Fire' AS name
    UNION
    SELECT 'Emerson, Lake & Palmer' AS name
    UNION
    SELECT 'Now, Now' AS name
    UNION
    SELECT 'Peter, Paul & Mary' AS name
    UNION
    SELECT 'Peter, Paul and Mary' AS name
    UNION
    SELECT 'Tyler, The Creator' AS name
    UNION
    SELECT 'Tyler, the Creator' AS name
),
pieces AS (
    SELECT
        credits.credit, piece.part,
        ROW_NUMBER() OVER (PARTITION BY credits.credit ORDER BY piece.place NULLS LAST) AS number
    FROM credits
    CROSS JOIN UNNEST(STRING_SPLIT(
        REGEXP_REPLACE(credits.credit, ' ([Ff]eat\.|[Ff]t\.|[Ff]eaturing) ', ', ', 'g'), ', '
    )) WITH ORDINALITY AS piece(part, place)
    WHERE piece.part <> ''
),
followed AS (
    SELECT
        credit, number, part,
        LEAD(part) OVER (PARTITION BY credit ORDER BY number NULLS LAST) AS second,
        LEAD(part, 2) OVER (PARTITION BY credit ORDER BY number NULLS LAST) AS third,
        LEAD(part, 3) OVER (PARTITION BY credit ORDER BY number NULLS LAST) AS fourth,
        LEAD(part, 4) OVER (PARTITION BY credit ORDER BY number NULLS LAST) AS fifth
    FROM pieces
),
-- Every name that can begin at a piece: the piece itself, or it and those that follow.
runs AS (
    SELECT
        followed.credit, followed.number, followed.part, sizes.parts,
        CONCAT(
            followed.part,
            CASE WHEN sizes.parts > 1 THEN CONCAT(', ', followed.second) END,
            CASE WHEN sizes.parts > 2 THEN CONCAT(', ', followed.third) END,
            CASE WHEN sizes.parts > 3 THEN CONCAT(', ', followed.fourth) END,
            CASE WHEN sizes.parts > 4 THEN CONCAT(', ', followed.fifth) END
        ) AS name,
        CASE WHEN sizes.parts = 2 AND followed.second IN ('Jr.', 'Jr', 'Sr.', 'Sr') THEN 1 ELSE 0 END AS is_junior
    FROM followed
    INNER JOIN (
        SELECT 1 AS parts UNION ALL SELECT 2 AS parts UNION ALL SELECT 3 AS parts UNION ALL SELECT 4 AS parts
        UNION ALL SELECT 5 AS parts
    ) AS sizes
        ON sizes.parts = 1 OR (sizes.parts = 2 AND followed.second IS NOT NULL)
        OR (sizes.parts = 3 AND followed.third IS NOT NULL) OR (sizes.parts = 4 AND followed.fourth IS NOT NULL)
        OR (sizes.parts = 5 AND followed.fifth IS NOT NULL)
),
named AS (
    SELECT
        runs.credit, runs.number, runs.part, runs.parts, runs.name,
        ROW_NUMBER() OVER (PARTITION BY runs.credit, runs.number ORDER BY runs.parts DESC NULLS LAST) AS place
    FROM runs
    LEFT JOIN known_names ON known_names.name = runs.name
    WHERE runs.parts = 1 OR runs.is_junior = 1 OR known_names.name IS NOT NULL
),
-- What a name before it covers is no artist of its own, and begins no name that could cover others.
reached AS (
    SELECT
        named.*,
        MAX(named.number + named.parts) OVER (
            PARTITION BY named.credit ORDER BY named.number NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS next_number
    FROM named
    WHERE named.place = 1
),
valid AS (
    SELECT
        reached.credit, reached.number,
        CASE WHEN reached.number < reached.next_number THEN reached.part ELSE reached.name END AS name,
        CASE WHEN reached.number < reached.next_number THEN 1 ELSE reached.parts END AS parts
    FROM reached
),
covered AS (
    SELECT
        valid.*,
        MAX(valid.number + valid.parts) OVER (
            PARTITION BY valid.credit ORDER BY valid.number NULLS LAST
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS next_number
    FROM valid
),
artists AS (
    SELECT
        covered.credit, covered.name, MIN(covered.number) AS first_number,
        MIN(CASE WHEN covered.parts > 1 THEN 'known name' ELSE 'split' END) AS resolved_by
    FROM covered
    WHERE covered.next_number IS NULL OR covered.number >= covered.next_number
    GROUP BY covered.credit, covered.name
)
SELECT
    artists.credit,
    CAST(ROW_NUMBER() OVER (PARTITION BY artists.credit ORDER BY artists.first_number NULLS LAST) AS SMALLINT) AS position,
    artists.name AS artist_name,
    artists.resolved_by
FROM artists

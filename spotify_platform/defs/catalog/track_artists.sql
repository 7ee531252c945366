-- The artists of every track, in order. A catalogue's list wins over splitting a chart's credit, unless the
-- credit names more artists (one catalogue lists the first artist only). A name with a comma in it stays
-- whole wherever a catalogue knows that name.
WITH listed AS (
    SELECT track.track_id, artist.position, artist.artist_name
    FROM cleandata.tracks AS track
    INNER JOIN candidates.track_row_artists AS artist
        ON artist.file_id = track.source_file_id AND artist.record = track.source_record
),
names_with_comma AS (
    SELECT DISTINCT artist.artist_name
    FROM candidates.track_row_artists AS artist
    INNER JOIN candidates.files AS landed ON landed.file_id = artist.file_id
    WHERE artist.artist_name LIKE '%, %'
),
charted AS (
    SELECT
        label.track_id, label.artist_credit AS credit,
        ROW_NUMBER() OVER (
            PARTITION BY label.track_id
            ORDER BY landed.precedence NULLS LAST, LENGTH(label.artist_credit) DESC NULLS LAST,
                label.artist_credit NULLS LAST
        ) AS place
    FROM candidates.chart_labels AS label
    INNER JOIN candidates.files AS landed ON landed.file_id = label.file_id
    WHERE label.track_id IS NOT NULL AND label.artist_credit IS NOT NULL
),
credits AS (
    SELECT DISTINCT credit FROM charted WHERE place = 1
),
numbered AS (
    SELECT
        credits.credit, piece.part,
        ROW_NUMBER() OVER (PARTITION BY credits.credit ORDER BY piece.place NULLS LAST) AS number
    FROM credits
    CROSS JOIN UNNEST(STRING_SPLIT(credits.credit, ', ')) WITH ORDINALITY AS piece(part, place)
),
-- Where two or three pieces in a row are a known name, the first stands for all and the others are covered.
runs AS (
    SELECT first.credit, first.number, 2 AS parts, CONCAT(first.part, ', ', second.part) AS artist_name
    FROM numbered AS first
    INNER JOIN numbered AS second ON second.credit = first.credit AND second.number = first.number + 1
    UNION ALL
    SELECT
        first.credit, first.number, 3 AS parts, CONCAT(first.part, ', ', second.part, ', ', third.part) AS artist_name
    FROM numbered AS first
    INNER JOIN numbered AS second ON second.credit = first.credit AND second.number = first.number + 1
    INNER JOIN numbered AS third ON third.credit = first.credit AND third.number = first.number + 2
),
whole AS (
    SELECT
        runs.credit, runs.number, runs.parts, runs.artist_name,
        ROW_NUMBER() OVER (PARTITION BY runs.credit, runs.number ORDER BY runs.parts DESC NULLS LAST) AS place
    FROM runs
    INNER JOIN names_with_comma AS known ON known.artist_name = runs.artist_name
),
covered AS (
    SELECT DISTINCT numbered.credit, numbered.number
    FROM numbered
    INNER JOIN whole
        ON whole.credit = numbered.credit AND whole.place = 1
        AND numbered.number > whole.number AND numbered.number < whole.number + whole.parts
),
split AS (
    SELECT numbered.credit, numbered.number AS position, COALESCE(whole.artist_name, numbered.part) AS artist_name
    FROM numbered
    LEFT JOIN whole ON whole.credit = numbered.credit AND whole.number = numbered.number AND whole.place = 1
    LEFT JOIN covered ON covered.credit = numbered.credit AND covered.number = numbered.number
    WHERE covered.credit IS NULL AND numbered.part <> ''
),
credited AS (
    SELECT charted.track_id, split.position, split.artist_name
    FROM charted
    INNER JOIN split ON split.credit = charted.credit
    WHERE charted.place = 1
),
sizes AS (
    SELECT
        COALESCE(listed_sizes.track_id, credited_sizes.track_id) AS track_id,
        CASE WHEN COALESCE(listed_sizes.artists, 0) >= COALESCE(credited_sizes.artists, 0) THEN 1 ELSE 0 END AS is_listed
    FROM (SELECT track_id, COUNT(*) AS artists FROM listed GROUP BY track_id) AS listed_sizes
    FULL JOIN (SELECT track_id, COUNT(*) AS artists FROM credited GROUP BY track_id) AS credited_sizes
        ON credited_sizes.track_id = listed_sizes.track_id
),
chosen AS (
    SELECT listed.track_id, listed.position, listed.artist_name
    FROM listed INNER JOIN sizes ON sizes.track_id = listed.track_id AND sizes.is_listed = 1
    UNION ALL
    SELECT credited.track_id, credited.position, credited.artist_name
    FROM credited INNER JOIN sizes ON sizes.track_id = credited.track_id AND sizes.is_listed = 0
),
firsts AS (
    SELECT track_id, artist_name, MIN(position) AS position FROM chosen GROUP BY track_id, artist_name
)
SELECT
    track_id,
    CAST(ROW_NUMBER() OVER (PARTITION BY track_id ORDER BY position NULLS LAST) AS SMALLINT) AS position,
    CONCAT('name:', artist_name) AS artist_id,
    artist_name
FROM firsts

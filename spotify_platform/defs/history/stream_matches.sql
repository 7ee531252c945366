-- Which track is meant where a history names title and artist only. The ids under which the same listener played it
-- elsewhere come first, the most played of them; else the one track of charts and catalogues that has this title and
-- this artist. Where several have, none is meant: no id is guessed.
WITH wanted AS (
    SELECT DISTINCT listener, track_name, artist_name
    FROM candidates.play_rows
    WHERE track_uri IS NULL AND track_name IS NOT NULL AND artist_name IS NOT NULL
),
wanted_keys AS (
    SELECT wanted.listener, wanted.track_name, wanted.artist_name, title.title_key, artist.folded AS artist_key
    FROM wanted
    INNER JOIN cleandata.text_keys AS title ON title.text = wanted.track_name
    INNER JOIN cleandata.text_keys AS artist ON artist.text = wanted.artist_name
),
played AS (
    SELECT play.listener, title.title_key, artist.folded AS artist_key, play.track_id, COUNT(*) AS plays
    FROM candidates.play_rows AS play
    INNER JOIN cleandata.text_keys AS title ON title.text = play.track_name
    INNER JOIN cleandata.text_keys AS artist ON artist.text = play.artist_name
    WHERE play.track_id IS NOT NULL
    GROUP BY play.listener, title.title_key, artist.folded, play.track_id
),
own AS (
    SELECT
        listener, title_key, artist_key, track_id,
        ROW_NUMBER() OVER (
            PARTITION BY listener, title_key, artist_key ORDER BY plays DESC NULLS LAST, track_id NULLS LAST
        ) AS place
    FROM played
),
titled AS (
    SELECT track_id, title, artist_credit
    FROM candidates.track_rows
    WHERE title IS NOT NULL AND artist_credit IS NOT NULL AND EXISTS (SELECT 1 FROM candidates.play_rows)
    UNION
    SELECT track_id, title, artist_credit
    FROM candidates.chart_labels
    WHERE title IS NOT NULL AND artist_credit IS NOT NULL AND EXISTS (SELECT 1 FROM candidates.play_rows)
),
-- Under which artists a credit may be looked for: as a whole, and each that a comma tells apart.
credited AS (
    SELECT text AS credit, folded AS artist_key FROM cleandata.text_keys
    UNION
    SELECT written.text AS credit, TRIM(piece.part) AS artist_key
    FROM cleandata.text_keys AS written
    CROSS JOIN UNNEST(STRING_SPLIT(written.folded, ', ')) AS piece(part)
),
known AS (
    SELECT
        wanted.listener, wanted.track_name, wanted.artist_name,
        MIN(titled.track_id) AS track_id,
        COUNT(DISTINCT titled.track_id) AS tracks
    FROM wanted_keys AS wanted
    INNER JOIN cleandata.text_keys AS title ON title.title_key = wanted.title_key
    INNER JOIN titled ON titled.title = title.text
    INNER JOIN credited ON credited.credit = titled.artist_credit AND credited.artist_key = wanted.artist_key
    GROUP BY wanted.listener, wanted.track_name, wanted.artist_name
)
SELECT
    wanted.listener,
    wanted.track_name,
    wanted.artist_name,
    COALESCE(own.track_id, CASE WHEN known.tracks = 1 THEN known.track_id END) AS track_id,
    CASE
        WHEN own.track_id IS NOT NULL THEN 'own plays'
        WHEN known.tracks = 1 THEN 'charts and catalogues'
        WHEN known.tracks > 1 THEN 'several tracks'
        ELSE 'no track'
    END AS matched_by
FROM wanted_keys AS wanted
LEFT JOIN own
    ON own.listener = wanted.listener AND own.title_key = wanted.title_key AND own.artist_key = wanted.artist_key
    AND own.place = 1
LEFT JOIN known
    ON known.listener = wanted.listener AND known.track_name = wanted.track_name
    AND known.artist_name = wanted.artist_name

-- Which known track is meant where a source names title and artists only. Known are the tracks of catalogues and charts.
-- A track is near where the titles are the same, or alike enough where listeners spell them, where the artists are
-- enough of the same, and the lengths, where both are told, differ by little. The one that is most similar is meant,
-- then the one that shares most artists, then the one of the nearest length; where two are equally near, none is,
-- unless their ISRC tells that they are one recording: no id is guessed, and none by its title alone.
WITH limits AS (
    -- Playlists name all artists of a track as Spotify spells them; of all that either names both must name this share.
    SELECT 'playlists' AS kind, 1 AS names_all, 0.5e0 AS least_overlap, 1e0 AS least_likeness, 3000 AS most_milliseconds
    UNION ALL
    -- Last.fm names mostly the first artist, as listeners spell them, and its lengths are those of any edition.
    SELECT 'top_tracks' AS kind, 0 AS names_all, 0.5e0 AS least_overlap, 0.9e0 AS least_likeness,
        86400000 AS most_milliseconds
),
wanted AS (
    SELECT 'playlists' AS kind, title, artist_credit, duration_ms FROM candidates.playlist_rows
    WHERE track_id IS NULL AND item_type = 'track'
    UNION
    SELECT 'top_tracks' AS kind, title, artist_credit, duration_ms FROM candidates.top_track_rows
),
known AS (
    SELECT track_id, title, artist_credit, duration_ms
    FROM candidates.track_rows
    WHERE title IS NOT NULL AND artist_credit IS NOT NULL AND EXISTS (SELECT 1 FROM wanted)
    UNION
    SELECT track_id, title, artist_credit, CAST(NULL AS INTEGER) AS duration_ms
    FROM candidates.chart_labels
    WHERE title IS NOT NULL AND artist_credit IS NOT NULL AND EXISTS (SELECT 1 FROM wanted)
),
codes AS (
    SELECT entry.track_id, MIN(entry.isrc) AS isrc
    FROM candidates.track_rows AS entry
    WHERE entry.isrc IS NOT NULL
    GROUP BY entry.track_id
),
credits AS (
    SELECT artist_credit AS credit FROM wanted WHERE artist_credit IS NOT NULL
    UNION
    SELECT artist_credit AS credit FROM known
),
artists AS (
    SELECT DISTINCT credits.credit, TRIM(piece.part) AS artist
    FROM credits
    INNER JOIN cleandata.text_keys AS written ON written.text = credits.credit
    CROSS JOIN UNNEST(STRING_SPLIT(REPLACE(written.folded, ' & ', ', '), ', ')) AS piece(part)
),
sizes AS (
    SELECT credit, COUNT(*) AS artists FROM artists GROUP BY credit
),
shared AS (
    SELECT ours.credit AS artist_credit, theirs.credit AS known_credit, COUNT(*) AS artists
    FROM (SELECT DISTINCT artist_credit FROM wanted) AS named
    INNER JOIN artists AS ours ON ours.credit = named.artist_credit
    INNER JOIN artists AS theirs ON theirs.artist = ours.artist
    GROUP BY ours.credit, theirs.credit
),
-- Titles without blanks, and their digits: part 1 is not part 2, however alike they are. Only what is ASCII has its
-- letters counted alike by every engine.
spelled AS (
    SELECT
        text, title_key,
        CASE WHEN REGEXP_MATCHES(title_key, '^[ -~]+\z') THEN REPLACE(title_key, ' ', '') END AS letters,
        REGEXP_REPLACE(title_key, '[^0-9]', '', 'g') AS digits
    FROM cleandata.text_keys
),
pairs AS (
    SELECT
        wanted.kind, wanted.title, wanted.artist_credit, wanted.duration_ms, known.track_id,
        known.artist_credit AS known_credit, known.duration_ms AS known_ms, 1e0 AS likeness
    FROM wanted
    INNER JOIN cleandata.text_keys AS wanted_title ON wanted_title.text = wanted.title
    INNER JOIN cleandata.text_keys AS known_title ON known_title.title_key = wanted_title.title_key
    INNER JOIN known ON known.title = known_title.text
    UNION ALL
    SELECT
        wanted.kind, wanted.title, wanted.artist_credit, wanted.duration_ms, known.track_id,
        known.artist_credit AS known_credit, known.duration_ms AS known_ms,
        -- Conditions of their own would be taken for ones by which to join: most titles have the same digits, none, and
        -- nearly all are different.
        CASE WHEN known_title.digits = wanted_title.digits AND known_title.title_key <> wanted_title.title_key THEN
            1e0 - CAST(LEVENSHTEIN(wanted_title.letters, known_title.letters) AS DOUBLE)
                / NULLIF(GREATEST(LENGTH(TRIM(wanted_title.letters)), LENGTH(TRIM(known_title.letters))), 0)
            END AS likeness
    FROM wanted
    INNER JOIN limits ON limits.kind = wanted.kind AND limits.least_likeness < 1
    INNER JOIN spelled AS wanted_title ON wanted_title.text = wanted.title
    INNER JOIN shared ON shared.artist_credit = wanted.artist_credit
    INNER JOIN known ON known.artist_credit = shared.known_credit
    INNER JOIN spelled AS known_title ON known_title.text = known.title
),
compared AS (
    SELECT
        pairs.kind, pairs.title, pairs.artist_credit, pairs.duration_ms, pairs.track_id,
        MAX(pairs.likeness) AS likeness,
        MAX(CAST(shared.artists AS DOUBLE) / NULLIF(ours.artists + theirs.artists - shared.artists, 0)) AS overlap,
        MAX(pairs.likeness * CAST(shared.artists AS DOUBLE) / NULLIF(
            CASE WHEN limits.names_all = 1 THEN ours.artists + theirs.artists - shared.artists ELSE ours.artists END, 0
        )) AS similarity,
        MIN(ABS(pairs.duration_ms - pairs.known_ms)) AS gap_ms
    FROM pairs
    INNER JOIN limits ON limits.kind = pairs.kind
    INNER JOIN shared ON shared.artist_credit = pairs.artist_credit AND shared.known_credit = pairs.known_credit
    INNER JOIN sizes AS ours ON ours.credit = pairs.artist_credit
    INNER JOIN sizes AS theirs ON theirs.credit = pairs.known_credit
    WHERE pairs.likeness >= limits.least_likeness AND shared.artists >= limits.least_overlap * (
        CASE WHEN limits.names_all = 1 THEN ours.artists + theirs.artists - shared.artists ELSE ours.artists END
    )
    GROUP BY pairs.kind, pairs.title, pairs.artist_credit, pairs.duration_ms, pairs.track_id
),
ranked AS (
    SELECT
        compared.kind, compared.title, compared.artist_credit, compared.duration_ms, compared.track_id,
        compared.likeness, compared.overlap, compared.similarity, compared.gap_ms, codes.isrc,
        RANK() OVER (
            PARTITION BY compared.kind, compared.title, compared.artist_credit, compared.duration_ms
            ORDER BY compared.similarity DESC NULLS LAST, compared.overlap DESC NULLS LAST,
                compared.gap_ms NULLS LAST
        ) AS place
    FROM compared
    INNER JOIN limits ON limits.kind = compared.kind
    LEFT JOIN codes ON codes.track_id = compared.track_id
    WHERE compared.gap_ms IS NULL OR compared.gap_ms <= limits.most_milliseconds
),
nearest AS (
    SELECT
        kind, title, artist_credit, duration_ms, MIN(track_id) AS track_id, MIN(likeness) AS likeness,
        MAX(overlap) AS overlap, MAX(similarity) AS similarity, MAX(gap_ms) AS gap_ms, COUNT(*) AS tracks,
        CASE WHEN COUNT(isrc) = COUNT(*) THEN COUNT(DISTINCT isrc) ELSE COUNT(*) END AS recordings
    FROM ranked
    WHERE place = 1
    GROUP BY kind, title, artist_credit, duration_ms
)
SELECT
    wanted.kind,
    wanted.title,
    wanted.artist_credit,
    wanted.duration_ms,
    CASE WHEN nearest.recordings = 1 THEN nearest.track_id END AS track_id,
    CASE
        WHEN nearest.recordings > 1 THEN NULL
        WHEN nearest.tracks > 1 THEN 'isrc'
        WHEN nearest.likeness < 1 THEN 'spelling'
        WHEN nearest.tracks = 1 THEN 'title and artists'
    END AS matched_by,
    nearest.similarity,
    CAST(COALESCE(nearest.tracks, 0) AS INTEGER) AS nearest_tracks,
    nearest.overlap AS artist_overlap,
    nearest.gap_ms AS duration_gap_ms,
    CASE
        WHEN wanted.title IS NULL OR wanted.artist_credit IS NULL THEN 'it names no title or no artist'
        WHEN nearest.tracks IS NULL THEN 'no known track has this title and these artists'
        WHEN nearest.recordings > 1 THEN 'several known tracks are equally near'
    END AS reason
FROM wanted
LEFT JOIN nearest
    ON nearest.kind = wanted.kind AND nearest.title = wanted.title AND nearest.artist_credit = wanted.artist_credit
    AND COALESCE(nearest.duration_ms, 0) = COALESCE(wanted.duration_ms, 0)

-- Which known track is meant where a playlist names title and artists only. Known are the tracks of catalogues and
-- charts. A track is near where the titles are the same, the artists that both name are at least half of all that
-- either names, and the lengths, where both are told, differ by three seconds at most. Of several the one that shares
-- most artists is meant, then the one of the nearest length; where two are equally near, none is: no id is guessed.
WITH limits AS (
    SELECT 0.5e0 AS least_overlap, 3000 AS most_milliseconds
),
wanted AS (
    SELECT DISTINCT title, artist_credit, duration_ms FROM candidates.playlist_rows
),
known AS (
    SELECT track_id, title, artist_credit, duration_ms
    FROM candidates.track_rows
    WHERE title IS NOT NULL AND artist_credit IS NOT NULL AND EXISTS (SELECT 1 FROM candidates.playlist_rows)
    UNION
    SELECT track_id, title, artist_credit, CAST(NULL AS INTEGER) AS duration_ms
    FROM candidates.chart_labels
    WHERE title IS NOT NULL AND artist_credit IS NOT NULL AND EXISTS (SELECT 1 FROM candidates.playlist_rows)
),
pairs AS (
    SELECT
        wanted.title, wanted.artist_credit, wanted.duration_ms, known.track_id, known.artist_credit AS known_credit,
        ABS(wanted.duration_ms - known.duration_ms) AS gap_ms
    FROM wanted
    INNER JOIN cleandata.text_keys AS wanted_title ON wanted_title.text = wanted.title
    INNER JOIN cleandata.text_keys AS known_title ON known_title.title_key = wanted_title.title_key
    INNER JOIN known ON known.title = known_title.text
    WHERE wanted.artist_credit IS NOT NULL
),
credits AS (
    SELECT artist_credit AS credit FROM pairs
    UNION
    SELECT known_credit AS credit FROM pairs
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
    SELECT pair.artist_credit, pair.known_credit, COUNT(*) AS artists
    FROM (SELECT DISTINCT artist_credit, known_credit FROM pairs) AS pair
    INNER JOIN artists AS ours ON ours.credit = pair.artist_credit
    INNER JOIN artists AS theirs ON theirs.credit = pair.known_credit AND theirs.artist = ours.artist
    GROUP BY pair.artist_credit, pair.known_credit
),
compared AS (
    SELECT
        pairs.title, pairs.artist_credit, pairs.duration_ms, pairs.track_id,
        MAX(CAST(shared.artists AS DOUBLE) / NULLIF(ours.artists + theirs.artists - shared.artists, 0)) AS overlap,
        MIN(pairs.gap_ms) AS gap_ms
    FROM pairs
    INNER JOIN shared ON shared.artist_credit = pairs.artist_credit AND shared.known_credit = pairs.known_credit
    INNER JOIN sizes AS ours ON ours.credit = pairs.artist_credit
    INNER JOIN sizes AS theirs ON theirs.credit = pairs.known_credit
    GROUP BY pairs.title, pairs.artist_credit, pairs.duration_ms, pairs.track_id
),
ranked AS (
    SELECT
        compared.title, compared.artist_credit, compared.duration_ms, compared.track_id, compared.overlap,
        compared.gap_ms,
        RANK() OVER (
            PARTITION BY compared.title, compared.artist_credit, compared.duration_ms
            ORDER BY compared.overlap DESC NULLS LAST, compared.gap_ms NULLS LAST
        ) AS place
    FROM compared
    CROSS JOIN limits
    WHERE compared.overlap >= limits.least_overlap
        AND (compared.gap_ms IS NULL OR compared.gap_ms <= limits.most_milliseconds)
),
nearest AS (
    SELECT
        title, artist_credit, duration_ms, MIN(track_id) AS track_id, MAX(overlap) AS overlap, MAX(gap_ms) AS gap_ms,
        COUNT(*) AS tracks
    FROM ranked
    WHERE place = 1
    GROUP BY title, artist_credit, duration_ms
)
SELECT
    wanted.title,
    wanted.artist_credit,
    wanted.duration_ms,
    CASE WHEN nearest.tracks = 1 THEN nearest.track_id END AS track_id,
    CAST(COALESCE(nearest.tracks, 0) AS INTEGER) AS nearest_tracks,
    nearest.overlap AS artist_overlap,
    nearest.gap_ms AS duration_gap_ms,
    CASE
        WHEN wanted.title IS NULL OR wanted.artist_credit IS NULL THEN 'it names no title or no artist'
        WHEN nearest.tracks IS NULL THEN 'no known track has this title and these artists'
        WHEN nearest.tracks > 1 THEN 'several known tracks are equally near'
    END AS reason
FROM wanted
LEFT JOIN nearest
    ON nearest.title = wanted.title AND nearest.artist_credit = wanted.artist_credit
    AND COALESCE(nearest.duration_ms, 0) = COALESCE(wanted.duration_ms, 0)

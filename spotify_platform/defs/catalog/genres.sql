-- Every genre that a source names, as it spells it, and the family that it belongs to. In English the last word
-- says what it is: indie pop is pop, folk rock is rock. So the last word that a family knows decides; some decide
-- wherever they stand, as latin does in latin pop. A genre of no known word is other: moods, instruments, countries.
-- A tag that listeners give may be anything, so it is a genre only if it belongs to a family.
WITH families AS (
    SELECT 'pop' AS family, 0 AS is_strong, 'pop electropop synthpop poptimism boyband idol cantopop mandopop' AS words
    UNION ALL
    SELECT 'rock' AS family, 0 AS is_strong, 'rock punk grunge emo indie alternative alt goth gothic shoegaze rockabilly roll wave hardcore britpop' AS words
    UNION ALL
    SELECT 'metal' AS family, 0 AS is_strong, 'metal metalcore deathcore grindcore djent' AS words
    UNION ALL
    SELECT 'hip hop' AS family, 0 AS is_strong, 'hiphop rap trap drill grime crunk phonk rapper' AS words
    UNION ALL
    SELECT 'electronic' AS family, 0 AS is_strong, 'edm electro electronic electronica electronics house techno trance dubstep dnb bass breakbeat hardstyle idm ambient downtempo triphop club dance disco garage industrial dub rave jungle synthwave chillwave bigroom' AS words
    UNION ALL
    SELECT 'r&b' AS family, 0 AS is_strong, 'r&b rnb soul funk motown gospel urban' AS words
    UNION ALL
    SELECT 'latin' AS family, 0 AS is_strong, 'tropical brazil brazilian' AS words
    UNION ALL
    SELECT 'latin' AS family, 1 AS is_strong, 'latin latino latina latinx reggaeton urbano bachata salsa merengue cumbia corrido corridos norteno ranchera mariachi banda sierreno vallenato tango bolero mpb samba pagode sertanejo forro bossa carioca baile mexican mexicana dembow' AS words
    UNION ALL
    SELECT 'country' AS family, 0 AS is_strong, 'country bluegrass honkytonk tonk americana' AS words
    UNION ALL
    SELECT 'folk' AS family, 0 AS is_strong, 'folk songwriter acoustic' AS words
    UNION ALL
    SELECT 'jazz' AS family, 0 AS is_strong, 'jazz bebop bop swing lounge' AS words
    UNION ALL
    SELECT 'blues' AS family, 0 AS is_strong, 'blues' AS words
    UNION ALL
    SELECT 'classical' AS family, 0 AS is_strong, 'classical opera orchestra orchestral baroque symphony choral' AS words
    UNION ALL
    SELECT 'reggae' AS family, 0 AS is_strong, 'reggae dancehall ska rocksteady' AS words
    UNION ALL
    SELECT 'soundtrack' AS family, 0 AS is_strong, 'soundtrack soundtracks tunes broadway musical musicals disney anime film score' AS words
    UNION ALL
    SELECT 'world' AS family, 0 AS is_strong, 'world afrobeat afrobeats afropop amapiano highlife bollywood filmi desi bhangra flamenco fado celtic klezmer' AS words
),
known_words AS (
    SELECT families.family, families.is_strong, piece.word
    FROM families
    CROSS JOIN UNNEST(STRING_SPLIT(families.words, ' ')) AS piece(word)
),
filed AS (
    SELECT track_id, genre, 0 AS is_tag FROM candidates.track_rows WHERE genre IS NOT NULL
    UNION
    SELECT track_id, subgenre AS genre, 0 AS is_tag FROM candidates.track_rows WHERE subgenre IS NOT NULL
    UNION
    SELECT
        CAST(NULL AS VARCHAR) AS track_id, listed.genre, CASE WHEN landed.source = 'lastfm' THEN 1 ELSE 0 END AS is_tag
    FROM candidates.artist_row_genres AS listed
    INNER JOIN candidates.files AS landed ON landed.file_id = listed.file_id
),
genres AS (
    SELECT genre, COUNT(track_id) AS tracks, MIN(is_tag) AS is_tag FROM filed GROUP BY genre
),
spelled AS (
    SELECT
        genres.genre, genres.tracks, genres.is_tag,
        REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(
            CONCAT(' ', REGEXP_REPLACE(written.folded, '[^a-z0-9&]+', ' ', 'g'), ' '),
            ' hop ', 'hop '), ' r n b ', ' r&b '), ' jack swing ', ' r&b '), ' hip pop ', ' r&b '), ' big room ', ' bigroom '
        ) AS words
    FROM genres
    INNER JOIN cleandata.text_keys AS written ON written.text = genres.genre
),
split AS (
    SELECT
        spelled.genre, spelled.tracks, spelled.is_tag, piece.word,
        ROW_NUMBER() OVER (PARTITION BY spelled.genre ORDER BY piece.place NULLS LAST) AS number
    FROM spelled
    CROSS JOIN UNNEST(STRING_SPLIT(spelled.words, ' ')) WITH ORDINALITY AS piece(word, place)
),
placed AS (
    SELECT
        split.genre, split.tracks, split.is_tag, known_words.family,
        ROW_NUMBER() OVER (
            PARTITION BY split.genre
            ORDER BY known_words.is_strong DESC NULLS LAST, CASE WHEN known_words.family IS NULL THEN 1 ELSE 0 END,
                split.number DESC NULLS LAST
        ) AS place
    FROM split
    LEFT JOIN known_words ON known_words.word = split.word
)
SELECT placed.genre, COALESCE(placed.family, 'other') AS family, CAST(placed.tracks AS INTEGER) AS tracks
FROM placed
WHERE placed.place = 1 AND (placed.is_tag = 0 OR placed.family IS NOT NULL)

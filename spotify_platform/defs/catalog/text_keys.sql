-- What titles, credits and genres are compared by: case and accents tell no two songs apart, and guests and punctuation no two
-- titles. Each text is folded once, whoever compares it.
WITH written AS (
    SELECT title AS text FROM candidates.track_rows WHERE title IS NOT NULL
    UNION
    SELECT artist_credit AS text FROM candidates.track_rows WHERE artist_credit IS NOT NULL
    UNION
    SELECT genre AS text FROM candidates.track_rows WHERE genre IS NOT NULL
    UNION
    SELECT subgenre AS text FROM candidates.track_rows WHERE subgenre IS NOT NULL
    UNION
    SELECT genre AS text FROM candidates.artist_row_genres
    UNION
    SELECT title AS text FROM candidates.chart_labels WHERE title IS NOT NULL
    UNION
    SELECT artist_credit AS text FROM candidates.chart_labels WHERE artist_credit IS NOT NULL
    UNION
    SELECT title AS text FROM candidates.playlist_rows WHERE title IS NOT NULL
    UNION
    SELECT artist_credit AS text FROM candidates.playlist_rows WHERE artist_credit IS NOT NULL
    UNION
    SELECT track_name AS text FROM candidates.play_rows WHERE track_name IS NOT NULL
    UNION
    SELECT artist_name AS text FROM candidates.play_rows WHERE artist_name IS NOT NULL
    UNION
    SELECT title AS text FROM candidates.top_track_rows WHERE title IS NOT NULL
    UNION
    SELECT artist_credit AS text FROM candidates.top_track_rows WHERE artist_credit IS NOT NULL
    UNION
    SELECT name AS text FROM candidates.top_item_rows WHERE name IS NOT NULL
    UNION
    SELECT artist_credit AS text FROM candidates.top_item_rows WHERE artist_credit IS NOT NULL
),
-- What differs between engines in lower case is spelled out before.
lowered AS (
    SELECT
        text,
        LOWER(REGEXP_REPLACE(REGEXP_REPLACE(text, '[\x{130}\x{131}]', 'i', 'g'), '[\x{DF}\x{1E9E}]', 'ss', 'g')) AS low
    FROM written
),
vowels AS (
    SELECT
        text,
        CASE WHEN REGEXP_MATCHES(low, '[^ -~]') THEN
            REGEXP_REPLACE(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(
                        REGEXP_REPLACE(
                            REGEXP_REPLACE(low, '[\x{E0}-\x{E5}\x{101}\x{103}\x{105}]', 'a', 'g'),
                            '[\x{E8}-\x{EB}\x{113}\x{117}\x{119}\x{11B}]', 'e', 'g'
                        ),
                        '[\x{EC}-\x{EF}\x{12B}]', 'i', 'g'
                    ),
                    '[\x{F2}-\x{F6}\x{F8}\x{14D}\x{151}]', 'o', 'g'
                ),
                '[\x{F9}-\x{FC}\x{16B}\x{16F}\x{171}]', 'u', 'g'
            )
            ELSE low END AS plain
    FROM lowered
),
consonants AS (
    SELECT
        text,
        CASE WHEN REGEXP_MATCHES(plain, '[^ -~]') THEN
            REGEXP_REPLACE(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(
                        REGEXP_REPLACE(
                            REGEXP_REPLACE(plain, '[\x{E7}\x{107}\x{10D}]', 'c', 'g'), '[\x{F1}\x{144}\x{148}]', 'n', 'g'
                        ),
                        '[\x{15B}\x{15F}\x{161}\x{219}\x{3C2}\x{3C3}]', 's', 'g'
                    ),
                    '[\x{17A}\x{17C}\x{17E}]', 'z', 'g'
                ),
                '\x{142}', 'l', 'g'
            )
            ELSE plain END AS folded
    FROM vowels
),
-- Guests stand in a title or not: the artists tell them. Punctuation is a matter of taste.
bare AS (
    SELECT
        text, folded,
        TRIM(
            REGEXP_REPLACE(
                REGEXP_REPLACE(
                    REGEXP_REPLACE(folded, '[(\[](feat\.?|ft\.?|featuring|with) [^)\]]*[)\]]', ' ', 'g'),
                    ' (feat\.|ft\.|featuring) .*', ' ', 'g'
                ),
                '[ !-/:-@\[-`{-~\x{2013}-\x{201E}\x{2026}]+', ' ', 'g'
            )
        ) AS title_key
    FROM consonants
)
SELECT text, folded, CASE WHEN title_key = '' THEN folded ELSE title_key END AS title_key
FROM bare

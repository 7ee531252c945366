-- How raw text becomes typed values: each macro gives null for what it cannot read.
-- The guards are strict on purpose: engines differ in what their casts forgive ('12.7', '1e3', '0x10').

-- What is written as the number itself would be needs no look at its digits: that costs twice as much.
CREATE MACRO as_whole_number(x) AS
    CASE WHEN strlen(x) <= 18 AND CAST(TRY_CAST(x AS BIGINT) AS VARCHAR) = x THEN TRY_CAST(x AS BIGINT)
         WHEN regexp_full_match(x, '[+-]?[0-9]{1,18}') THEN TRY_CAST(x AS BIGINT) END;

-- A whole number as pandas writes it in a column with gaps: '251667.0'.
CREATE MACRO as_whole_float(x) AS
    TRY_CAST(CASE WHEN regexp_full_match(x, '[+-]?[0-9]{1,18}(\.0+)?') THEN split_part(x, '.', 1) END AS BIGINT);

CREATE MACRO as_decimal(x) AS
    TRY_CAST(CASE WHEN regexp_full_match(x, '[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]{1,3})?') THEN x END AS DOUBLE);

CREATE MACRO as_boolean(x) AS
    CASE lower(x) WHEN 'true' THEN TRUE WHEN '1' THEN TRUE WHEN 'false' THEN FALSE WHEN '0' THEN FALSE END;

CREATE MACRO as_date(x) AS
    CASE WHEN x LIKE '____-__-__' THEN TRY_CAST(x AS DATE) END;

-- The day on which something was seen as it was left on another: none before that one.
CREATE MACRO as_day_seen(x) AS greatest(as_date(x), getvariable('date'));

-- White space of every kind becomes one space; composed characters; nothing left is a missing value. To tell that
-- there is no other white space, as in most texts, costs half of replacing it.
CREATE MACRO as_text(x) AS
    CASE WHEN regexp_full_match(x, '[^\s\p{Z}\p{Cc}]+( [^\s\p{Z}\p{Cc}]+)*') THEN nfc_normalize(x)
         ELSE NULLIF(trim(regexp_replace(nfc_normalize(x), '[\s\p{Z}\p{Cc}]+', ' ', 'g')), '') END;

CREATE MACRO as_lower_word(x) AS lower(trim(x));
CREATE MACRO as_upper_word(x) AS upper(trim(x));

-- 'https://open.spotify.com/track/ID?si=…', 'spotify:track:ID' or the bare id.
CREATE MACRO as_track_id(x) AS
    NULLIF(regexp_extract(x, '^(?:.*track[/:])?([A-Za-z0-9]{22})(?:\?.*)?$', 1), '');

-- 'USRC17607839', also written 'US-RC1-76-07839': country, registrant, year, number.
CREATE MACRO as_isrc(x) AS
    CASE WHEN regexp_full_match(upper(replace(trim(x), '-', '')), '[A-Z]{2}[A-Z0-9]{3}[0-9]{7}')
         THEN upper(replace(trim(x), '-', '')) END;

-- 'YYYY', 'YYYY-MM' or 'YYYY-MM-DD': the first day it may mean, and how much of it is known.
CREATE MACRO as_release_date(x) AS
    TRY_CAST(CASE WHEN regexp_full_match(x, '(18|19|20)[0-9]{2}(-[0-9]{2}){0,2}')
                  THEN x || CASE length(x) WHEN 4 THEN '-01-01' WHEN 7 THEN '-01' ELSE '' END END AS DATE);
CREATE MACRO precision_of(x) AS
    CASE WHEN as_release_date(x) IS NOT NULL
         THEN CASE length(x) WHEN 4 THEN 'year' WHEN 7 THEN 'month' ELSE 'day' END END;

-- '2023-03-19T18:31:37Z', '2023-03-19T18:31:37.123Z' or '2023-03-19 18:31', all in UTC. To write the first again, which
-- nearly all are, costs half of matching it.
CREATE MACRO as_moment(x) AS
    CASE WHEN strlen(x) = 20 AND strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%dT%H:%M:%SZ') = x THEN TRY_CAST(x AS TIMESTAMP)
         WHEN regexp_full_match(x, '[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z?')
         THEN TRY_CAST(replace(rtrim(x, 'Z'), 'T', ' ') || CASE WHEN length(rtrim(x, 'Z')) = 16 THEN ':00' ELSE '' END AS TIMESTAMP) END;

"""The model dialect, by example: what a model may say, what it may not, and what to say instead.

`ALLOWED` is the allow-list. A model may use exactly the syntax, functions and types that stand in these
examples for each engine it is built by; the tests render every example, run it on DuckDB and hold the
T-SQL against a list of functions that the pools have. `REFUSED` decides nothing: it only explains, for
what people are likely to try. Both are printed in docs/sql-dialect.md.
"""

from dataclasses import dataclass

from spotify_platform.sql.model import Dialect

ALL: tuple[Dialect, ...] = ("duckdb", "spark", "tsql")
LAKE: tuple[Dialect, ...] = ("duckdb", "spark")
TSQL: tuple[Dialect, ...] = ("tsql",)

EXAMPLE_TABLES: dict[str, dict[str, str]] = {
    "plays": {
        "track_id": "VARCHAR",
        "artist_id": "VARCHAR",
        "title": "VARCHAR",
        "region": "VARCHAR",
        "chart_date": "DATE",
        "played_at": "TIMESTAMP",
        "rank": "SMALLINT",
        "days": "INTEGER",
        "streams": "BIGINT",
        "energy": "DOUBLE",
        "explicit": "BOOLEAN",
        "key": "INTEGER",
    },
    "artists": {"artist_id": "VARCHAR", "name": "VARCHAR", "genre": "VARCHAR"},
}
"""The two tables of schema `warehouse` that the examples read."""


VALUE = "SELECT {} AS x FROM warehouse.plays"
CONDITION = "SELECT track_id FROM warehouse.plays WHERE {}"
AGGREGATE = "SELECT region, {} AS x FROM warehouse.plays GROUP BY region"
QUERY = "{}"


@dataclass(frozen=True)
class Allowed:
    """An example that means the same on `engines`; `frame` is the query that it stands in."""

    topic: str
    example: str
    engines: tuple[Dialect, ...] = ALL
    note: str = ""
    frame: str = VALUE

    @property
    def query(self) -> str:
        return self.frame.format(self.example)


@dataclass(frozen=True)
class Refused:
    """An expression or query that `engines` do not have, or read otherwise, and what to write instead."""

    example: str
    why: str
    instead: str
    engines: tuple[Dialect, ...] = ALL

    @property
    def query(self) -> str:
        return as_query(self.example)


def as_query(example: str) -> str:
    """An example that may be a query already, or else a value."""
    return example if example.startswith(("SELECT", "WITH")) else VALUE.format(example)


def _query(example: str, engines: tuple[Dialect, ...] = ALL, note: str = "") -> Allowed:
    return Allowed("Queries", example, engines, note, QUERY)


def _queries() -> list[Allowed]:
    joined = "SELECT p.track_id, a.name FROM warehouse.plays AS p"
    return [
        _query("SELECT track_id, streams AS plays FROM warehouse.plays"),
        _query("SELECT p.* FROM warehouse.plays AS p WHERE p.rank = 1"),
        _query("SELECT * FROM warehouse.plays"),
        _query("SELECT DISTINCT artist_id FROM warehouse.plays"),
        _query("SELECT 'top200' AS chart, 200 AS ranks"),
        _query(
            "WITH hits AS (SELECT track_id FROM warehouse.plays WHERE rank = 1) SELECT hits.track_id FROM hits",
            note="one WITH, at the top",
        ),
        _query("SELECT h.track_id FROM (SELECT track_id FROM warehouse.plays) AS h"),
        _query(f"{joined} JOIN warehouse.artists AS a ON p.artist_id = a.artist_id"),
        _query(f"{joined} INNER JOIN warehouse.artists AS a ON p.artist_id = a.artist_id"),
        _query(f"{joined} LEFT JOIN warehouse.artists AS a ON p.artist_id = a.artist_id"),
        _query(f"{joined} FULL JOIN warehouse.artists AS a ON p.artist_id = a.artist_id"),
        _query(f"{joined} CROSS JOIN warehouse.artists AS a"),
        _query(
            "SELECT region, COUNT(*) AS n FROM warehouse.plays GROUP BY region HAVING COUNT(*) > 1",
        ),
        _query(
            "SELECT artist_id FROM warehouse.plays UNION ALL SELECT artist_id FROM warehouse.artists",
        ),
        _query("SELECT artist_id FROM warehouse.plays UNION SELECT artist_id FROM warehouse.artists"),
        _query("SELECT artist_id FROM warehouse.artists EXCEPT SELECT artist_id FROM warehouse.plays"),
        _query(
            "SELECT artist_id FROM warehouse.artists INTERSECT SELECT artist_id FROM warehouse.plays",
        ),
        _query(
            "SELECT artist_id FROM warehouse.plays UNION ALL SELECT artist_id FROM warehouse.artists"
            " ORDER BY artist_id",
            note="as with one SELECT",
        ),
        _query(
            "SELECT track_id, rank FROM warehouse.plays ORDER BY track_id",
            note="at the end of the model only: how rows lie in the files; left out of T-SQL",
        ),
        _query(
            "SELECT track_id, streams FROM warehouse.plays ORDER BY streams DESC NULLS FIRST, track_id LIMIT 10",
            note="name every tie-breaker",
        ),
        _query(
            "SELECT u.artist_name FROM warehouse.plays AS p"
            " CROSS JOIN UNNEST(STRING_SPLIT(p.title, ', ')) AS u(artist_name)",
            LAKE,
        ),
        _query(
            "SELECT u.artist_name, CAST(ROW_NUMBER() OVER (PARTITION BY p.track_id, p.chart_date ORDER BY u.place) AS INTEGER) AS position"
            " FROM warehouse.plays AS p"
            " CROSS JOIN UNNEST(STRING_SPLIT(p.title, ', ')) WITH ORDINALITY AS u(artist_name, place)",
            LAKE,
            "the place counts from 1 or from 0: only sort by it",
        ),
    ]


def _conditions() -> list[Allowed]:
    whole = [
        "rank = 1 OR rank <> 2",
        "rank < 3 AND rank <= 3 AND NOT (rank > 5 OR rank >= 5)",
        "rank BETWEEN 1 AND 50",
        "region IN ('de', 'fr')",
        "region NOT IN ('de', 'fr')",
        "streams IS NULL",
        "streams IS NOT NULL",
        "title LIKE 'A%'",
        "title NOT LIKE '%remix%'",
        "artist_id IN (SELECT a.artist_id FROM warehouse.artists AS a WHERE a.genre = 'pop')",
        "NOT EXISTS (SELECT 1 FROM warehouse.artists AS a WHERE a.artist_id = plays.artist_id)",
        "explicit = TRUE OR explicit = FALSE",
    ]
    lake = [
        "explicit AND NOT explicit",
        "explicit IS TRUE OR explicit IS FALSE",
        "title IS DISTINCT FROM region",
        "title IS NOT DISTINCT FROM region",
        "REGEXP_MATCHES(track_id, '^[A-Za-z0-9]{22}$')",
    ]
    return [
        *(Allowed("Conditions", condition, frame=CONDITION) for condition in whole),
        *(Allowed("Conditions", condition, LAKE, frame=CONDITION) for condition in lake),
        Allowed("Conditions", "CASE WHEN rank = 1 THEN 'first' WHEN rank < 11 THEN 'ten' ELSE 'other' END"),
        Allowed("Conditions", "CASE region WHEN 'de' THEN 1 ELSE 0 END"),
        Allowed(
            "Conditions",
            "CAST(CASE WHEN rank = 1 THEN 1 ELSE 0 END AS BOOLEAN)",
            note="a condition as a column",
        ),
        Allowed("Conditions", "rank = 1", LAKE, "a condition as a column, in the lake"),
        Allowed("Conditions", "COALESCE(streams, days, 0)"),
        Allowed("Conditions", "NULLIF(streams, 0)"),
        Allowed("Conditions", "GREATEST(days, 0) - LEAST(days, 7)", LAKE),
    ]


def _values() -> list[Allowed]:
    types = ("VARCHAR", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "BOOLEAN")
    source = {"DATE": "played_at", "TIMESTAMP": "chart_date", "BOOLEAN": "days", "VARCHAR": "days"}
    notes = {
        "VARCHAR": "of whole numbers and dates: engines write fractions and times each in their own way",
        "BOOLEAN": "of 0 and 1",
    }
    return [
        *(Allowed("Types", f"CAST({source.get(t, 'rank')} AS {t})", note=notes.get(t, "")) for t in types),
        *(
            Allowed(
                "Types",
                f"TRY_CAST(region AS {t})",
                note="'12.7', '1e3' and '2019' parse on some engines only: test text with LIKE or a regular"
                " expression first"
                if t == "VARCHAR"
                else "",
            )
            for t in types
        ),
        Allowed("Types", "CAST(NULL AS DATE)", note="a bare NULL has no type"),
        Allowed("Types", "DATE '2024-02-29'"),
        Allowed("Types", "TIMESTAMP '2024-02-29 12:00:00'"),
        Allowed("Types", "energy * 0.5e0", note="the exponent makes it a DOUBLE; 0.5 is a DECIMAL"),
        Allowed("Types", 'plays."key"', note="quotes are allowed, never needed"),
        Allowed("Numbers", "(days + 1) * 2 - -days"),
        Allowed("Numbers", "streams / NULLIF(days, 0)", note="never truncates: the result is a DOUBLE"),
        Allowed("Numbers", "days % 7", note="of whole numbers; takes the sign of the dividend"),
        Allowed("Numbers", "ABS(days)"),
        Allowed("Numbers", "ROUND(energy)", note="halves go away from zero"),
        Allowed("Numbers", "CAST(FLOOR(energy) AS BIGINT)"),
        Allowed("Numbers", "CAST(CEIL(energy) AS BIGINT)"),
        Allowed("Numbers", "SQRT(ABS(energy))", note="of a negative number: an error or NaN"),
        Allowed("Numbers", "LN(1 + streams)", note="of 0: an error or NULL"),
        Allowed("Numbers", "EXP(energy)"),
        Allowed("Numbers", "POWER(CAST(days AS DOUBLE), 2)"),
        Allowed("Text", "UPPER(region)", note="ß and İ differ between engines"),
        Allowed("Text", "LOWER(region)", note="ß and İ differ between engines"),
        Allowed("Text", "TRIM(title)", note="takes off spaces, not tabs or no-break spaces"),
        Allowed("Text", "LTRIM(title)"),
        Allowed("Text", "RTRIM(title)"),
        Allowed("Text", "CAST(LENGTH(TRIM(title)) AS INTEGER)"),
        Allowed("Text", "SUBSTRING(track_id, 1, 3)"),
        Allowed("Text", "LEFT(track_id, 2)"),
        Allowed("Text", "RIGHT(track_id, 2)"),
        Allowed("Text", "REPLACE(title, '_', ' ')"),
        Allowed("Text", "CONCAT(region, '-', track_id)", note="NULL counts as nothing; cast numbers to VARCHAR"),
        Allowed("Text", "region || '-' || track_id", LAKE, "NULL makes the whole NULL"),
        Allowed("Text", "REGEXP_EXTRACT(title, 'track/([A-Za-z0-9]{22})', 1)", LAKE, "'' where nothing matches"),
        Allowed("Text", "REGEXP_REPLACE(title, '\\s+', ' ', 'g')", LAKE),
        Allowed(
            "Text",
            "CAST(LEVENSHTEIN(region, track_id) AS INTEGER)",
            LAKE,
            "of ASCII texts: DuckDB counts bytes, Spark letters",
        ),
        Allowed("Dates", "CAST(YEAR(chart_date) * 10000 + MONTH(chart_date) * 100 + DAY(chart_date) AS INTEGER)"),
        Allowed("Dates", "DATE_ADD(chart_date, -days)", note="the days are an INTEGER: cast anything wider"),
        Allowed("Dates", "CAST(DATE_DIFF('day', chart_date, played_at) AS INTEGER)", note="midnights passed"),
        Allowed(
            "Dates",
            "CAST(DATE_DIFF('day', DATE '1900-01-01', chart_date) % 7 AS SMALLINT)",
            note="day of the week, Monday is 0",
        ),
        Allowed("Dates", "MAKE_DATE(YEAR(chart_date), MONTH(chart_date), 1)", note="first day of the month"),
        Allowed("Dates", "LAST_DAY(chart_date)"),
    ]


def _aggregates() -> list[Allowed]:
    per_region = [
        ("COUNT(*)", ""),
        ("COUNT(streams)", ""),
        ("COUNT(DISTINCT track_id)", ""),
        (
            "CAST(SUM(streams) AS BIGINT)",
            "T-SQL sums in the column's own type: SUM(CAST(days AS BIGINT)) where an INTEGER could overflow",
        ),
        ("SUM(CAST(days AS DOUBLE) * days)", "a sum of DOUBLEs needs no cast around it"),
        ("AVG(CAST(rank AS DOUBLE))", ""),
        ("MIN(chart_date)", "not of BOOLEANs, which T-SQL cannot compare"),
        ("MAX(chart_date)", ""),
        ("STDDEV_POP(energy)", ""),
        ("STDDEV_SAMP(energy)", ""),
        ("VAR_POP(energy)", ""),
        ("VAR_SAMP(energy)", ""),
    ]
    by_day = "PARTITION BY track_id ORDER BY chart_date"
    whole_frame = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
    windows = [
        (f"CAST(ROW_NUMBER() OVER ({by_day}, region) AS INTEGER)", "order by every tie-breaker"),
        (
            "CAST(RANK() OVER (ORDER BY streams DESC) AS INTEGER)",
            "NULLs come last on every engine, unless told",
        ),
        ("CAST(DENSE_RANK() OVER (ORDER BY streams NULLS FIRST) AS INTEGER)", ""),
        ("CAST(NTILE(4) OVER (ORDER BY streams DESC NULLS FIRST, track_id, region) AS INTEGER)", ""),
        (f"LAG(rank) OVER ({by_day}, region)", ""),
        (f"LEAD(rank, 2) OVER ({by_day}, region)", ""),
        (f"LAG(rank, 1, 0) OVER ({by_day}, region)", ""),
        (f"LEAD(rank, 1, 0) OVER ({by_day}, region)", ""),
        (f"FIRST_VALUE(rank) OVER ({by_day}, region)", ""),
        ("CAST(SUM(streams) OVER (PARTITION BY region) AS BIGINT)", ""),
        (f"MIN(rank) OVER ({by_day}, region ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)", ""),
        (f"MAX(rank) OVER ({by_day}, region ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING)", ""),
        (f"CAST(SUM(streams) OVER ({by_day} {whole_frame}) AS BIGINT)", ""),
        (f"COUNT(*) OVER ({by_day}, region ROWS UNBOUNDED PRECEDING)", ""),
        (f"MAX(rank) OVER ({by_day}, region ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)", "the rows before"),
    ]
    return [
        *(Allowed("Aggregates", aggregate, note=note, frame=AGGREGATE) for aggregate, note in per_region),
        *(Allowed("Windows", window, note=note) for window, note in windows),
    ]


ALLOWED = (*_queries(), *_conditions(), *_values(), *_aggregates())


def _refused() -> list[Refused]:
    plays = "FROM warehouse.plays"
    both = "FROM warehouse.plays AS p {} warehouse.artists AS a"
    not_everywhere = "not every engine has it"
    clock = "a table is a function of what has landed, never of the clock"
    skips_nulls = ("not every engine can skip NULLs", "MIN(x), or a CTE without the NULLs")
    window = "a CTE with ROW_NUMBER() and WHERE on its number"
    return [
        Refused("CORR(energy, days)", "T-SQL has none", "sums of x, y, x*x, y*y, x*y and COUNT(*)"),
        Refused("ARG_MAX(title, streams)", "ties fall differently, and T-SQL has none", window),
        Refused("MEDIAN(streams)", "T-SQL has no aggregate of that name", "ROW_NUMBER() and COUNT(*) OVER"),
        Refused("MODE(region)", "ties fall differently, and T-SQL has none", "COUNT(*) and ROW_NUMBER()"),
        Refused("QUANTILE_CONT(streams, 0.5)", "interpolation differs", "ROW_NUMBER() and COUNT(*) OVER"),
        Refused("ANY_VALUE(title)", *skips_nulls),
        Refused("FIRST(title)", "which value is left open", "MIN(title), or FIRST_VALUE with ORDER BY"),
        Refused("BOOL_OR(explicit)", "T-SQL has none", "MAX(CASE WHEN … THEN 1 ELSE 0 END)"),
        Refused("STRING_AGG(title, ', ')", "order and lengths differ", "keep one row per value"),
        Refused("LIST(title)", "T-SQL has no arrays", "keep one row per value"),
        Refused("COUNT(*) FILTER (WHERE rank = 1)", "T-SQL has none", "SUM or COUNT of CASE WHEN … THEN … END"),
        Refused(f"SELECT title {plays} WHERE title ILIKE 'a%'", "T-SQL has none", "LOWER(title) LIKE 'a%'"),
        Refused(f"SELECT title {plays} WHERE title SIMILAR TO 'a.*'", not_everywhere, "LIKE"),
        Refused(f"SELECT title {plays} WHERE title LIKE 'a!%' ESCAPE '!'", "escapes differ", "LEFT(title, n) = …"),
        Refused(f"SELECT region, COUNT(*) AS n {plays} GROUP BY ALL", "T-SQL has none", "name the columns"),
        Refused(f"SELECT region, COUNT(*) AS n {plays} GROUP BY ROLLUP (region)", not_everywhere, "UNION ALL"),
        Refused(
            f"SELECT track_id {plays} QUALIFY ROW_NUMBER() OVER (PARTITION BY track_id ORDER BY rank) = 1",
            "T-SQL has none",
            window,
        ),
        Refused(
            f"SELECT DISTINCT ON (region) region, title {plays} ORDER BY region, title",
            not_everywhere,
            window,
        ),
        Refused("streams // 2", "T-SQL has none, and engines round it differently", "FLOOR(streams / 2)"),
        Refused("[rank, days]", "T-SQL has no arrays", "one row per value"),
        Refused("{'rank': rank}", "T-SQL has no structs", "one column per field"),
        Refused("LIST_TRANSFORM([rank], x -> x + 1)", "T-SQL has no arrays", "one row per value"),
        Refused(
            f"SELECT artist_id, name {both.format('JOIN')} USING (artist_id)",
            "T-SQL has none",
            "ON p.artist_id = a.artist_id",
        ),
        Refused(f"SELECT p.title, a.name {both.format('NATURAL JOIN')}", "T-SQL has none", "JOIN … ON"),
        Refused(
            f"SELECT p.title {both.format('SEMI JOIN')} ON p.artist_id = a.artist_id",
            "T-SQL has none",
            "WHERE EXISTS (…)",
        ),
        Refused(
            f"SELECT p.title {both.format('ASOF JOIN')} ON p.artist_id >= a.artist_id",
            "only DuckDB has it",
            "JOIN … ON, and ROW_NUMBER()",
        ),
        Refused(
            f"SELECT a.name {both.format('RIGHT JOIN')} ON p.artist_id = a.artist_id",
            "reads backwards",
            "LEFT JOIN, with the tables the other way round",
        ),
        Refused(f"SELECT * EXCLUDE (title) {plays}", "T-SQL has none", "name the columns"),
        Refused(f"SELECT * REPLACE (rank + 1 AS rank) {plays}", "T-SQL has none", "name the columns"),
        Refused(f"SELECT COLUMNS('r.*') {plays}", "only DuckDB has it", "name the columns"),
        Refused(
            "SELECT u.x FROM warehouse.plays AS p CROSS JOIN UNNEST(STRING_SPLIT(p.title, ',')) AS u(x)",
            "T-SQL has no arrays",
            "split it in cleandata",
            TSQL,
        ),
        Refused("region || title", "+ in T-SQL adds numbers", "CONCAT(region, title)", TSQL),
        Refused(
            "GREATEST(days, 0)",
            "a Synapse dedicated pool has none",
            "CASE WHEN days > 0 THEN days ELSE 0 END",
            TSQL,
        ),
        Refused(
            f"SELECT track_id {plays} WHERE title IS DISTINCT FROM region",
            "a Synapse dedicated pool has none",
            "title <> region OR (title IS NULL AND region IS NOT NULL) OR (title IS NOT NULL AND region IS NULL)",
            TSQL,
        ),
        Refused("REGEXP_EXTRACT(title, '(a)', 1)", "T-SQL has none", "extract it in cleandata", TSQL),
        Refused("IF(rank = 1, 1, 0)", "not every T-SQL has IIF", "CASE WHEN … THEN … ELSE … END"),
        Refused("LOG(energy)", "base 10 in DuckDB, base e in Spark and T-SQL", "LN(energy)"),
        Refused("ROUND(energy, 2)", "1.005 becomes 1.0 in DuckDB and 1.01 in Spark", "round where it is shown"),
        Refused("TRUNC(energy)", not_everywhere, "FLOOR or CEIL"),
        Refused(
            "DATE_TRUNC('month', chart_date)",
            "a Synapse dedicated pool has none",
            "MAKE_DATE(YEAR(d), MONTH(d), 1)",
        ),
        Refused(
            "DATE_DIFF('month', chart_date, played_at)",
            "Spark counts whole months",
            "(YEAR(b) - YEAR(a)) * 12 + MONTH(b) - MONTH(a)",
        ),
        Refused("DAYOFWEEK(chart_date)", "counts from 0 or 1", "DATE_DIFF('day', DATE '1900-01-01', d) % 7"),
        Refused("ISODOW(chart_date)", "sqlglot shifts it", "DATE_DIFF('day', DATE '1900-01-01', d) % 7"),
        Refused("WEEK(chart_date)", "weeks start differently", "the Monday: DATE_ADD(d, -weekday)"),
        Refused("QUARTER(chart_date)", "T-SQL has none", "FLOOR((MONTH(d) + 2) / 3)"),
        Refused("EXTRACT(YEAR FROM chart_date)", "one name is enough", "YEAR(chart_date)"),
        Refused("DATE_PART('year', chart_date)", "not translated", "YEAR(chart_date)"),
        Refused("chart_date + INTERVAL 1 DAY", "a TIMESTAMP in DuckDB; not translated", "DATE_ADD(chart_date, 1)"),
        Refused("STRFTIME(chart_date, '%Y-%m')", "patterns differ", "numbers: YEAR(d) * 100 + MONTH(d)"),
        Refused("STRLEN(title)", "bytes; not translated", "LENGTH(TRIM(title))"),
        Refused("NFC_NORMALIZE(title)", "Spark and T-SQL have none", "normalise when the file is parsed"),
        Refused("SPLIT_PART(title, ',', 1)", "T-SQL has none", "STRING_SPLIT in cleandata"),
        Refused("MD5(title)", "T-SQL gives bytes, not text", "natural keys"),
        Refused("CURRENT_DATE", clock, "a date from the data, such as MAX(chart_date)"),
        Refused("NOW()", clock, "a date from the data, such as MAX(chart_date)"),
        Refused("RANDOM()", "the same data must give the same table", "an ORDER BY over keys"),
        Refused("CAST(streams AS HUGEINT)", "only DuckDB has it", "BIGINT, or DOUBLE"),
        Refused("CAST(streams AS DECIMAL(10, 2))", "arithmetic on decimals differs", "BIGINT, or DOUBLE"),
        Refused("streams::UBIGINT", "T-SQL has no unsigned numbers", "CAST(streams AS BIGINT)"),
        Refused("CAST(energy AS REAL)", "a DOUBLE in T-SQL", "CAST(energy AS DOUBLE)"),
        Refused("CAST(played_at AS TIMESTAMPTZ)", "zones differ", "TIMESTAMP, in UTC"),
        Refused(
            "SELECT v.a FROM (VALUES (1), (2)) AS v(a)",
            "a Synapse dedicated pool has none",
            "SELECT … UNION ALL",
        ),
        Refused("SELECT r.n FROM RANGE(10) AS r(n)", not_everywhere, "numbers from a table"),
        Refused("SELECT a.x FROM READ_PARQUET('a.parquet') AS a", "a model reads tables", "schema.table"),
        Refused(
            "WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM c WHERE n < 5) SELECT n FROM c",
            "a Synapse dedicated pool has none",
            "numbers from a table",
        ),
        Refused(f"SELECT title {plays} ORDER BY title LIMIT 5 OFFSET 5", "one way to take rows is enough", window),
        Refused(
            f"SELECT SUM(rank) OVER w AS x {plays} WINDOW w AS (ORDER BY chart_date)",
            "a Synapse dedicated pool has none",
            "write the window out",
        ),
        Refused(
            "CAST(SUM(rank) OVER (ORDER BY chart_date RANGE BETWEEN INTERVAL 7 DAY PRECEDING AND CURRENT ROW)"
            " AS BIGINT)",
            "T-SQL has no ranges of values",
            "ROWS, on one row per day",
        ),
        Refused("LAG(rank IGNORE NULLS) OVER (ORDER BY chart_date)", *skips_nulls),
        Refused(
            f"SELECT title {plays} UNION ALL BY NAME SELECT title {plays}",
            "only DuckDB and Spark have it",
            "the same columns in the same order",
        ),
        Refused(f"SELECT title {plays} TABLESAMPLE 10%", "the same data must give the same table", "a filter"),
    ]


REFUSED = tuple(_refused())

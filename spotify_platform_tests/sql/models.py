"""Four models of the kinds the platform has: a fact, a mart, runs on a chart, a correlation."""

from typing import TYPE_CHECKING

from spotify_platform.sql.model import SqlModel

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FACT = SqlModel(
    "warehouse",
    "fact_entry",
    """
-- One row per entry of a chart, with the keys of the dimensions.
SELECT
    CAST(YEAR(c.chart_date) * 10000 + MONTH(c.chart_date) * 100 + DAY(c.chart_date) AS INTEGER) AS date_key,
    r.region_code,
    t.track_id,
    c.rank,
    c.streams,
    CASE WHEN c.previous_rank IS NULL THEN 'new' WHEN c.previous_rank > c.rank THEN 'up' ELSE 'other' END AS move,
    CAST(CASE WHEN t.title LIKE '%remix%' THEN 1 ELSE 0 END AS BOOLEAN) AS is_remix
FROM cleandata.charts AS c
INNER JOIN warehouse.dim_region AS r ON c.region_code = r.region_code
LEFT JOIN warehouse.dim_track AS t ON c.track_id = t.track_id
WHERE c.rank BETWEEN 1 AND 200
""",
)

MART = SqlModel(
    "marts",
    "track_month",
    """
WITH months AS (
    SELECT
        MAKE_DATE(YEAR(e.chart_date), MONTH(e.chart_date), 1) AS month,
        e.track_id,
        COUNT(*) AS entries,
        COUNT(DISTINCT e.region_code) AS regions,
        MIN(e.rank) AS peak_rank,
        AVG(CAST(e.rank AS DOUBLE)) AS mean_rank,
        CAST(SUM(e.streams) AS BIGINT) AS streams
    FROM warehouse.entries AS e
    GROUP BY MAKE_DATE(YEAR(e.chart_date), MONTH(e.chart_date), 1), e.track_id
)
SELECT
    m.month,
    m.track_id,
    m.entries,
    m.regions,
    m.peak_rank,
    m.mean_rank,
    m.streams,
    m.streams / NULLIF(m.entries, 0) AS streams_per_entry,
    CAST(RANK() OVER (PARTITION BY m.month ORDER BY m.streams DESC, m.peak_rank) AS INTEGER) AS place,
    CAST(
        SUM(m.streams) OVER (
            PARTITION BY m.track_id ORDER BY m.month ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
        ) AS BIGINT
    ) AS streams_of_quarter,
    LAG(m.streams) OVER (PARTITION BY m.track_id ORDER BY m.month) AS streams_before
FROM months AS m
ORDER BY m.month, m.track_id
""",
)

RUNS = SqlModel(
    "marts",
    "chart_runs",
    """
-- Days in a row on a chart: within a run, date minus place is one and the same day.
WITH days AS (
    SELECT DISTINCT e.track_id, e.region_code, e.chart_date FROM warehouse.entries AS e
), placed AS (
    SELECT
        d.*,
        ROW_NUMBER() OVER (PARTITION BY d.track_id, d.region_code ORDER BY d.chart_date) AS place
    FROM days AS d
), anchored AS (
    SELECT p.*, DATE_ADD(p.chart_date, CAST(-p.place AS INTEGER)) AS anchor FROM placed AS p
), runs AS (
    SELECT
        a.track_id,
        a.region_code,
        MIN(a.chart_date) AS first_date,
        MAX(a.chart_date) AS last_date,
        COUNT(*) AS days_in_row
    FROM anchored AS a
    GROUP BY a.track_id, a.region_code, a.anchor
)
SELECT
    r.track_id,
    r.region_code,
    r.first_date,
    r.last_date,
    r.days_in_row,
    CAST(
        DATE_DIFF('day', LAG(r.last_date) OVER (PARTITION BY r.track_id, r.region_code ORDER BY r.first_date),
            r.first_date) AS INTEGER
    ) AS days_since_last_run,
    CAST(
        ROW_NUMBER() OVER (PARTITION BY r.track_id, r.region_code ORDER BY r.first_date) AS INTEGER
    ) AS run
FROM runs AS r
""",
)

CORRELATION = SqlModel(
    "ml",
    "energy_and_streams",
    """
WITH pairs AS (
    SELECT e.region_code, e.energy AS x, LN(1 + e.streams) AS y
    FROM warehouse.entries AS e
    WHERE e.energy IS NOT NULL AND e.streams IS NOT NULL
), sums AS (
    SELECT
        p.region_code,
        CAST(COUNT(*) AS DOUBLE) AS n,
        CAST(SUM(p.x) AS DOUBLE) AS sx,
        CAST(SUM(p.y) AS DOUBLE) AS sy,
        CAST(SUM(p.x * p.x) AS DOUBLE) AS sxx,
        CAST(SUM(p.y * p.y) AS DOUBLE) AS syy,
        CAST(SUM(p.x * p.y) AS DOUBLE) AS sxy
    FROM pairs AS p
    GROUP BY p.region_code
)
SELECT
    s.region_code,
    CAST(s.n AS BIGINT) AS tracks,
    (s.n * s.sxy - s.sx * s.sy)
    / NULLIF(SQRT((s.n * s.sxx - s.sx * s.sx) * (s.n * s.syy - s.sy * s.sy)), 0) AS correlation
FROM sums AS s
WHERE s.n >= 3
""",
)

MODELS = (FACT, MART, RUNS, CORRELATION)

SCHEMAS = {
    ("cleandata", "charts"): {
        "chart_date": "DATE",
        "region_code": "VARCHAR",
        "track_id": "VARCHAR",
        "rank": "SMALLINT",
        "previous_rank": "SMALLINT",
        "streams": "BIGINT",
    },
    ("warehouse", "dim_region"): {"region_code": "VARCHAR", "name": "VARCHAR"},
    ("warehouse", "dim_track"): {"track_id": "VARCHAR", "title": "VARCHAR"},
    ("warehouse", "entries"): {
        "chart_date": "DATE",
        "region_code": "VARCHAR",
        "track_id": "VARCHAR",
        "rank": "SMALLINT",
        "streams": "BIGINT",
        "energy": "DOUBLE",
    },
}
"""The tables that the models read."""

ROWS = {
    ("cleandata", "charts"): """
        ('2024-02-29', 'de', 't1', 1, 4, 900), ('2024-02-29', 'fr', 't2', 2, NULL, NULL),
        ('2024-03-01', 'de', 't1', 3, 1, 700), ('2024-03-01', 'xx', 't1', 5, 5, 1), ('2024-03-01', 'de', 't9', 201, 9, 2)
    """,
    ("warehouse", "dim_region"): "('de', 'Germany'), ('fr', 'France')",
    ("warehouse", "dim_track"): "('t1', 'Song'), ('t2', 'Song (remix)')",
    ("warehouse", "entries"): """
        ('2024-02-28', 'de', 't1', 3, 10, 0.1), ('2024-02-29', 'de', 't1', 2, 20, 0.2), ('2024-03-01', 'de', 't1', 1, 40, 0.3),
        ('2024-03-05', 'de', 't1', 9, 5, 0.4), ('2024-03-06', 'de', 't1', 8, NULL, 0.5), ('2024-03-01', 'fr', 't2', 4, 7, 0.9),
        ('2024-03-01', 'de', 't2', 6, 3, 0.6), ('2024-04-01', 'fr', 't2', 5, 9, NULL)
    """,
}


def create_upstream(connection: "DuckDBPyConnection") -> None:
    """Every table that the models read, with a few rows."""
    for schema in {schema for schema, _ in SCHEMAS}:
        connection.execute(f"CREATE SCHEMA {schema}")
    for (schema, table), columns in SCHEMAS.items():
        listing = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
        connection.execute(f"CREATE TABLE {schema}.{table} ({listing})")
        connection.execute(f"INSERT INTO {schema}.{table} VALUES {ROWS[schema, table]}")

"""Cross-table rules of the star schema: no row is lost on the way from the lake, no key leads nowhere."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from spotify_platform.defs.tables import WAREHOUSE_POOL

FACT = dg.AssetKey(["warehouse", "fact_chart_entry"])


@dg.asset_check(
    asset=FACT,
    name="has_every_row_of_the_lake",
    additional_deps=[["cleandata", "charts"]],
    blocking=True,
    pool=WAREHOUSE_POOL,
    description="Every month has as many entries as cleandata.charts.",
)
def has_every_row_of_the_lake(lake: dg.ResourceParam[Any], warehouse: dg.ResourceParam[Any]) -> dg.AssetCheckResult:
    from spotify_platform.lake.reading import query

    charts = ("cleandata", "charts")
    of_lake = query(lake, "SELECT year * 100 + month, COUNT(*) FROM cleandata.charts GROUP BY ALL", charts)
    month = "YEAR(chart_date) * 100 + MONTH(chart_date)"
    _, of_warehouse = warehouse.query(
        f"SELECT {month} AS month, COUNT(*) AS entries FROM warehouse.fact_chart_entry GROUP BY {month}"
    )
    found, expected = dict(of_warehouse), dict(of_lake)
    months = sorted(found.keys() | expected.keys())
    wrong = [[m, expected.get(m), found.get(m)] for m in months if expected.get(m) != found.get(m)]
    return dg.AssetCheckResult(passed=not wrong, metadata={"months": dg.MetadataValue.json(wrong[:50])})


def _covers(
    dimension: str, keys: tuple[str, ...], references: Mapping[str, tuple[str, ...]]
) -> dg.AssetChecksDefinition:
    """A check that each key of the referring tables is in the dimension."""

    @dg.asset_check(
        asset=["warehouse", dimension],
        name="covers_every_reference",
        additional_deps=[["warehouse", table] for table in references],
        blocking=True,
        pool=WAREHOUSE_POOL,
        description=f"Every key in {', '.join(references)} is in {dimension}.",
    )
    def covers_every_reference(warehouse: dg.ResourceParam[Any]) -> dg.AssetCheckResult:
        counts = [
            f"""SELECT '{table}' AS name, COUNT(*) AS keys
            FROM (SELECT DISTINCT {", ".join(columns)} FROM warehouse.{table} WHERE {columns[0]} IS NOT NULL) AS r
            WHERE NOT EXISTS (SELECT 1 AS found FROM warehouse.{dimension} AS d
                              WHERE {" AND ".join(f"d.{k} = r.{c}" for k, c in zip(keys, columns, strict=True))})"""
            for table, columns in references.items()
        ]
        _, rows = warehouse.query(" UNION ALL ".join(counts))
        missing = {name: int(count) for name, count in rows}
        return dg.AssetCheckResult(
            passed=not any(missing.values()), metadata={"keys_that_lead_nowhere": dg.MetadataValue.json(missing)}
        )

    return covers_every_reference


dim_date_covers = _covers(
    "dim_date",
    ("date_key",),
    dict.fromkeys(
        (
            *("fact_chart_entry", "fact_track_popularity", "fact_top_track", "fact_stream"),
            *("fact_playlist_track", "fact_playlist_snapshot", "fact_listener_top"),
        ),
        ("date_key",),
    ),
)
dim_region_covers = _covers(
    "dim_region", ("region_code",), dict.fromkeys(("fact_chart_entry", "fact_top_track"), ("region_code",))
)
dim_chart_covers = _covers("dim_chart", ("chart", "cadence"), {"fact_chart_entry": ("chart", "cadence")})
dim_track_covers = _covers(
    "dim_track",
    ("track_id",),
    dict.fromkeys(
        (
            *("fact_chart_entry", "fact_track_popularity", "fact_top_track", "fact_stream", "fact_playlist_track"),
            *("fact_listener_top", "bridge_track_artist"),
        ),
        ("track_id",),
    ),
)
dim_playlist_covers = _covers(
    "dim_playlist",
    ("playlist_id",),
    dict.fromkeys(("fact_playlist_track", "fact_playlist_snapshot"), ("playlist_id",)),
)
dim_artist_covers = _covers(
    "dim_artist",
    ("artist_id",),
    {
        **dict.fromkeys(
            ("bridge_track_artist", "bridge_artist_genre", "dim_album", "fact_listener_top"), ("artist_id",)
        ),
        "dim_track": ("primary_artist_id",),
    },
)
dim_album_covers = _covers("dim_album", ("album_id",), {"dim_track": ("album_id",)})
dim_genre_covers = _covers("dim_genre", ("genre",), dict.fromkeys(("bridge_artist_genre", "dim_track"), ("genre",)))

"""What a world holds, as plain data: for the end of a run, for `doctor`, for programs."""

from dataclasses import asdict, dataclass
from typing import Any

from spotify_platform.environment import Environment
from spotify_platform.resources import lake_of, warehouse_of

LAYERS = ("warehouse", "marts", "ml")
"""Of the warehouse's tables, in the order in which the data flows."""


@dataclass(frozen=True)
class TableSize:
    """A table of the published version: rows, and bytes where it has files of its own."""

    table: str
    rows: int
    bytes: int | None


def table_sizes(environment: Environment) -> list[TableSize]:
    """Every table that readers see, by layer."""
    from spotify_platform.defs.publishing.published import LAKE_TABLES

    sizes = []
    lake = lake_of(environment)
    for key in LAKE_TABLES:
        state = lake.state((key.path[0], key.path[1]))
        if state:
            sizes.append(TableSize(".".join(key.path), state.rows, state.bytes))
    version = warehouse_of(environment).published()
    rows = version.rows if version else {}
    by_layer = sorted(rows, key=lambda name: (LAYERS.index(name.partition(".")[0]), name))
    return [*sizes, *(TableSize(table, rows[table], None) for table in by_layer)]


def as_json(environment: Environment) -> dict[str, Any]:
    version = warehouse_of(environment).published()
    return {
        "world": environment.active_world,
        "version": version.number if version else None,
        "published_at": version.published_at if version else None,
        "tables": [asdict(size) for size in table_sizes(environment)],
    }


def model_summary(environment: Environment) -> dict[str, Any] | None:
    """The champion: name, version and how it was judged, as published; None where no model serves."""
    warehouse = warehouse_of(environment)
    version = warehouse.published()
    if version is None or not {".".join(PREDICTIONS), ".".join(EVALUATION)} <= set(version.rows):
        return None
    predictions, evaluation = map(warehouse.published_name, (PREDICTIONS, EVALUATION))
    _, [(number,)] = warehouse.select(f"SELECT MAX(model_version) AS version FROM {predictions}")
    _, ratios = warehouse.select(f"""
        SELECT model, AVG(mse_ratio) AS ratio FROM {evaluation}
        WHERE protocol IN ('cold', 'warm', 'temporal') AND model LIKE 'lightgbm%' GROUP BY model""")
    if number is None or not ratios:
        return None
    model, ratio = min(ratios, key=lambda found: found[1])
    score = f"{model}: squared error {ratio:.2f} × the yardstick's on tracks it has not seen"
    return {"name": "spotify_popularity", "version": number, "score": score}


PREDICTIONS = ("ml", "popularity_predictions")
EVALUATION = ("ml", "popularity_evaluation")

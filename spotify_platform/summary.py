"""What a world holds, as plain data: for the end of a run, for `doctor`, for programs."""

from dataclasses import asdict, dataclass
from typing import Any

from spotify_platform.environment import Environment
from spotify_platform.resources import lake_of
from spotify_platform.warehouse.published import current_version


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
    version = current_version(environment.published_file)
    for table, rows in (version.rows if version else {}).items():
        sizes.append(TableSize(table, rows, None))
    return sizes


def as_json(environment: Environment) -> dict[str, Any]:
    version = current_version(environment.published_file)
    return {
        "world": environment.active_world,
        "version": version.number if version else None,
        "published_at": version.published_at if version else None,
        "tables": [asdict(size) for size in table_sizes(environment)],
    }


def model_summary(environment: Environment) -> dict[str, Any] | None:
    """The champion: name, version and how it was judged; None where no model is registered."""
    if not (environment.mlflow_root / "mlflow.db").exists():
        return None
    from spotify_platform.popularity.tracking import NAME, champion

    found = champion(environment.mlflow_root)
    if found is None:
        return None
    score = f"{found.model}: squared error {found.mse_ratio:.2f} × the yardstick's on unseen tracks"
    return {"name": NAME, "version": found.version, "score": score}

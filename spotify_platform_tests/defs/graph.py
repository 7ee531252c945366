"""The asset graph as plain text, one line per fact, so that a rename shows in review."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from spotify_platform.contract import Contract
from spotify_platform.definitions import build_definitions
from spotify_platform.environment import Environment
from spotify_platform.sql.model import SqlModel

SNAPSHOT = Path(__file__).with_name("asset_graph.txt")
RENEW = "python -m spotify_platform_tests.defs.graph"


@dataclass(frozen=True)
class Graph:
    """The definitions and what they resolve to."""

    definitions: dg.Definitions

    @classmethod
    def of(cls, environment: Environment) -> "Graph":
        return cls(build_definitions(environment))

    @property
    def specs(self) -> dict[str, dg.AssetSpec]:
        """Every asset's spec by its key, such as `marts/top_charts`."""
        specs = self.definitions.resolve_all_asset_specs()
        return {spec.key.to_user_string(): spec for spec in sorted(specs, key=lambda spec: spec.key)}

    @property
    def contracts(self) -> dict[str, Contract]:
        """The contract of every table that declares one."""
        declared = {key: spec.metadata.get("contract") for key, spec in self.specs.items()}
        return {key: Contract.from_json(found.data) for key, found in declared.items() if found is not None}

    @property
    def checks(self) -> dict[str, list[dg.AssetCheckSpec]]:
        """The checks of every asset that has some, by name."""
        found: dict[str, list[dg.AssetCheckSpec]] = {}
        assets = [asset for asset in self.definitions.assets or () if isinstance(asset, dg.AssetsDefinition)]
        for definition in (*(self.definitions.asset_checks or ()), *assets):
            for spec in definition.check_specs:
                found.setdefault(spec.asset_key.to_user_string(), []).append(spec)
        return {key: sorted(specs, key=lambda spec: spec.name) for key, specs in sorted(found.items())}


def models() -> list[SqlModel]:
    """The model of every .sql file beside an asset that has a table of that name; overrides are part of theirs."""
    import spotify_platform.defs

    folder = Path(spotify_platform.defs.__path__[0])
    schemas = {"warehouse": "warehouse", "marts": "marts", "popularity": "ml"}
    files = sorted(file for file in folder.rglob("*.sql") if file.name.count(".") == 1)
    return [SqlModel.load(schemas.get(file.parent.name, "cleandata"), file) for file in files]


def written(graph: Graph) -> Iterator[str]:
    """The graph as lines."""
    checks = graph.checks
    for key, spec in graph.specs.items():
        yield key
        yield f"    group {spec.group_name}, kinds {' '.join(sorted(spec.kinds))}, owner {' '.join(spec.owners)}"
        if spec.partitions_def is not None:
            yield f"    partitions {type(spec.partitions_def).__name__} from {_first(spec.partitions_def)}"
        if spec.automation_condition is not None:
            yield "    automated"
        for dep in sorted(dep.asset_key.to_user_string() for dep in spec.deps):
            yield f"    <- {dep}"
        for check in checks.get(key, []):
            yield f"    check {check.name}{', blocking' if check.blocking else ''}"
    for job in sorted({job.name for job in graph.definitions.jobs or ()}):
        yield f"job {job}"
    for sensor in sorted(graph.definitions.sensors or (), key=lambda sensor: sensor.name):
        yield f"sensor {sensor.name}, {sensor.default_status.value.lower()}"
    for schedule in sorted(graph.definitions.schedules or (), key=lambda schedule: schedule.name):
        yield f"schedule {schedule.name}"


def _first(partitions: dg.PartitionsDefinition) -> str:
    return partitions.get_first_partition_key() or "nothing"


if __name__ == "__main__":
    SNAPSHOT.write_text("\n".join(written(Graph.of(Environment.load()))) + "\n", encoding="utf-8")

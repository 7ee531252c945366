"""The code location: everything below `defs/`, with the resources of this environment."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

import spotify_platform.defs
from spotify_platform.environment import Environment
from spotify_platform.garbage import collect_seldom
from spotify_platform.resources import resources


def build_definitions(environment: Environment, **overrides: Any) -> dg.Definitions:
    """All definitions for an environment; `overrides` replace resources by key, as tests do."""
    defs = dg.Definitions.merge(
        _below_defs(),
        # One process a run: the warehouse has one writer, and a process a step would import everything anew.
        dg.Definitions(resources={**resources(environment), **overrides}, executor=dg.in_process_executor),
    )
    engines = {"duckdb": environment.warehouse, "delta": environment.compute}
    return defs if set(engines.values()) == {"duckdb"} else _showing(defs, engines)


def _below_defs() -> dg.Definitions:
    """Every definition in a module of `defs/`, and in a component's YAML if there is one.

    Dagster's loader of components imports and describes every installed package that offers some, which costs
    as much as `import dagster` itself, at each start of each process.
    """
    folder = Path(spotify_platform.defs.__path__[0])
    if any(folder.rglob("defs.yaml")):
        return dg.load_from_defs_folder(path_within_project=folder)
    with warnings.catch_warnings():
        for warning in (dg.PreviewWarning, dg.BetaWarning):
            warnings.simplefilter("ignore", warning)
        return dg.load_definitions_from_package_module(spotify_platform.defs)


def _showing(defs: dg.Definitions, engines: Mapping[str, str]) -> dg.Definitions:
    """The definitions, whose kinds tell what builds them here: of the warehouse's tables, and of the lake's."""

    def told(spec: dg.AssetSpec) -> dg.AssetSpec:
        kinds = {engines["duckdb"] if kind == "duckdb" else kind for kind in spec.kinds}
        return spec.replace_attributes(kinds=kinds | {engines["delta"]} if "delta" in kinds else kinds)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return defs.map_resolved_asset_specs(func=told)


@dg.definitions
def defs() -> dg.Definitions:
    """What Dagster's own processes load."""
    collect_seldom()
    return build_definitions(Environment.load())

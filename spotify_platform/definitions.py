"""The code location: everything below `defs/`, with the resources of this environment."""

from pathlib import Path
from typing import Any

import dagster as dg

from spotify_platform.environment import Environment
from spotify_platform.resources import resources


def build_definitions(environment: Environment, **overrides: Any) -> dg.Definitions:
    """All definitions for an environment; `overrides` replace resources by key, as tests do."""
    return dg.Definitions.merge(
        dg.load_from_defs_folder(path_within_project=Path(__file__).parent),
        # One process a run: the warehouse has one writer, and a process a step would import everything anew.
        dg.Definitions(resources={**resources(environment), **overrides}, executor=dg.in_process_executor),
    )


@dg.definitions
def defs() -> dg.Definitions:
    return build_definitions(Environment.load())

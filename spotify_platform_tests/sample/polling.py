"""Assets that ask about a listener, run by themselves, and what they say of a run."""

from dataclasses import dataclass
from typing import Any

import dagster as dg

from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.landing.manifest import LandedFile, read_manifest
from spotify_platform.sources.clients import Clients


@dataclass(frozen=True)
class Poll:
    """What one run of the asset came to."""

    done: dg.ExecuteInProcessResult

    @property
    def landed(self) -> list[str]:
        """The assets that were materialized."""
        events = self.done.get_asset_materialization_events()
        return [event.asset_key.path[-1] for event in events if event.asset_key]

    @property
    def says(self) -> dict[str, Any]:
        """What the asset says of itself, materialized or only observed."""
        events = [*self.done.get_asset_observation_events(), *self.done.get_asset_materialization_events()]
        data: Any = events[-1].event_specific_data
        found = getattr(data, "asset_observation", None) or data.materialization
        return {name: value.value for name, value in found.metadata.items()}

    @property
    def error(self) -> str:
        [failure] = self.done.get_step_failure_events()
        error: Any = failure.step_failure_data.error
        while error.cause:
            error = error.cause
        return f"{error.cls_name}: {error.message}"


@dataclass(frozen=True)
class Polling:
    """One world and one listener; `poll` asks as a run of the asset does, in an instance that is not kept."""

    asset: dg.AssetsDefinition
    environment: Environment
    clients: Clients

    @property
    def lake(self) -> FolderLake:
        return FolderLake(self.environment.lake_root)

    @property
    def files(self) -> list[LandedFile]:
        return read_manifest(self.lake)

    def poll(self) -> Poll:
        resources = {"lake": self.lake, "environment": self.environment, "clients": self.clients}
        with dg.DagsterInstance.ephemeral() as instance:
            return Poll(dg.materialize([self.asset], resources=resources, instance=instance, raise_on_error=False))

"""The settings of this machine, read once from `SPOTIFY_PLATFORM_*` and validated.

Everything else asks `Environment.load()`; nothing else reads an environment variable. An unknown
value is one error that lists the right ones.
"""

import os
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from spotify_platform.errors import ConfigurationError

PREFIX = "SPOTIFY_PLATFORM_"
World = Literal["sample", "data"]


def default_home() -> Path:
    """`.home` in a checkout, `~/.spotify_platform` where the package is installed without one."""
    checkout = Path(__file__).resolve().parent.parent
    return checkout / ".home" if (checkout / "pyproject.toml").exists() else Path.home() / ".spotify_platform"


class Environment(BaseSettings):
    """One world of one home, and what runs it. Immutable; paths are absolute."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Path = Field(default_factory=default_home, description="folder that holds all state")
    world: World | None = Field(
        default=None, description="sample (synthetic) or data (real); default: data once something landed there"
    )
    lake: Literal["folder"] = Field(default="folder", description="where raw files and Delta tables live")
    compute: Literal["duckdb"] = Field(default="duckdb", description="what builds Delta tables")
    warehouse: Literal["duckdb"] = Field(default="duckdb", description="what holds the star schema")
    memory_limit: str = Field(
        default="2GB", pattern=r"^\d+(\.\d+)?\s?[KMGT]i?B$", description="DuckDB's memory, such as 2GB"
    )
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1, description="DuckDB's threads")
    publish_tolerance: float = Field(
        default=0.4, ge=0, le=1, description="share of a published table's rows that a new build may lack"
    )
    inbox_settle_seconds: float = Field(
        default=5, ge=0, description="how long a file in the inbox must not have changed before it is landed"
    )
    kaggle_charts: str = Field(
        default="dhruvildave/spotify-charts/versions/1",
        pattern=r"^[\w-]+/[\w-]+/versions/\d+$",
        description="Kaggle dataset of charts, pinned to a version",
    )
    evaluation: Literal["quick", "thorough"] = Field(
        default="quick", description="how many folds and seeds judge the popularity model"
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        home = home.expanduser().resolve()
        if unquote(str(home)) != str(home) or set("?#") & set(str(home)):
            raise ValueError(
                "Delta tables cannot lie below a folder with '?', '#' or '%20' in its name; choose another"
            )
        return home

    @classmethod
    def load(cls, **overrides: object) -> "Environment":
        """Read the variables; `overrides` win. Raises `ConfigurationError` naming every wrong one."""
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            raise ConfigurationError(_explain(error)) from None

    @property
    def active_world(self) -> World:
        """The world asked for, else `data` once anything real has landed there, else `sample`."""
        if self.world:
            return self.world
        landed = self.home / "data" / "lake" / "rawdata" / "manifest"
        return "data" if landed.is_dir() and any(landed.iterdir()) else "sample"

    @property
    def root(self) -> Path:
        """Everything of the active world; the two worlds share nothing."""
        return self.home / self.active_world

    @property
    def lake_root(self) -> Path:
        return self.root / "lake"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def warehouse_file(self) -> Path:
        return self.root / "warehouse" / "spotify.duckdb"

    @property
    def published_file(self) -> Path:
        return self.root / "published" / "spotify.duckdb"

    @property
    def mlflow_root(self) -> Path:
        return self.root / "mlflow"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    def in_world(self, world: World) -> "Environment":
        return self.model_copy(update={"world": world})

    def variables(self) -> dict[str, str]:
        """What a child process needs to see this very environment."""
        return {f"{PREFIX}HOME": str(self.home), f"{PREFIX}WORLD": self.active_world}


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0])
        about = Environment.model_fields[name].description if name in Environment.model_fields else ""
        lines.append(f"{PREFIX}{name.upper()}={problem['input']!r}: {problem['msg']} ({about})")
    return "Some settings are wrong:\n  " + "\n  ".join(lines)

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from spotify_platform.cli import app


@dataclass(frozen=True)
class Command:
    """`spotify-platform` on one home, in this process."""

    home: Path

    def __call__(self, *arguments: object, **settings: str) -> Result:
        variables = {"SPOTIFY_PLATFORM_HOME": str(self.home), "SPOTIFY_PLATFORM_THREADS": "2", **settings}
        return CliRunner().invoke(app, [str(a) for a in arguments], env=variables, catch_exceptions=False)

    def json(self, *arguments: object, status: int = 0) -> Any:
        """What the command prints with `--json`."""
        result = self(*arguments, "--json")
        assert result.exit_code == status, result.output
        return json.loads(result.stdout)

    def upload(self, *paths: Path, status: int = 0, options: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        files: list[dict[str, Any]] = self.json("upload", *paths, *options, status=status)["files"]
        return files

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of `sql`."""
        result = self("sql", query, "--world", "data", "--format", "json")
        assert result.exit_code == 0, result.output
        found: list[dict[str, Any]] = json.loads(result.stdout)
        return found


@contextmanager
def small_models() -> Iterator[None]:
    """Whatever is trained is trained in seconds: no test of the command looks at how good a model is."""
    from sklearn.ensemble import RandomForestRegressor

    from spotify_platform.popularity import models, tracking
    from spotify_platform.popularity.boosting import Boosting

    small = (Boosting("small_strict", artist_history=False, num_iterations=5, num_leaves=7),)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(models, "seed_forest", lambda: RandomForestRegressor(2, max_depth=4, random_state=42))
        patched.setattr(tracking, "register_champion", partial(tracking.register_champion, candidates=small))
        yield


@pytest.fixture
def command(home: Path) -> Command:
    return Command(home)


@pytest.fixture(scope="session")
def command_on() -> Callable[[Path], Command]:
    return Command

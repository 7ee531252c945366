import pytest

from spotify_platform.environment import Environment
from spotify_platform_tests.defs.graph import Graph


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The asset graph of a home that does not exist yet."""
    return Graph.of(Environment.load(home=tmp_path_factory.mktemp("defs") / "home", world="data"))

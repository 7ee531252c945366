"""What docs/formats.md says: the table is all formats, and the examples land."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.lake.reading import query
from spotify_platform.landing import formats
from spotify_platform.landing.declared import COLUMNS, Declaration
from spotify_platform.landing.land import Door, Outcome, land
from spotify_platform.landing.recognise import known_formats
from spotify_platform.resources import parsing_limits

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
BLOCKS = dict[str, list[str]]()
for language, text in re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL):
    BLOCKS.setdefault(language, []).append(text)


def landed(lake: FolderLake, environment: Environment, path: Path, text: str) -> Outcome:
    path.write_text(text, encoding="utf-8")
    [outcome] = land(lake, path, Door(), parsing_limits(environment))
    return outcome


def test_the_table_lists_every_format_with_what_it_brings() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:.*?) \| `(.*?)` \| (.*?) \| (\d+) \|$", PAGE, re.MULTILINE)
    expected = [(f.name, f.example, ", ".join(f.kinds), str(f.precedence)) for f in known_formats()]
    assert sorted(rows) == expected


def test_the_declared_catalogue_of_the_page_lands(lake: FolderLake, environment: Environment, tmp_path: Path) -> None:
    environment.formats.mkdir(parents=True)
    [declaration], [rows, _] = BLOCKS["toml"], BLOCKS["csv"]
    (environment.formats / "collection.toml").write_text(declaration, encoding="utf-8")
    outcome = landed(lake, environment, tmp_path / "export.csv", rows)
    assert outcome.file, outcome.reason
    assert (outcome.file.format, outcome.file.rows, outcome.file.rejected) == ("collection", 2, 0)
    found = query(lake, "SELECT title, popularity FROM candidates.track_rows ORDER BY 1", ("candidates", "track_rows"))
    assert found == [("Kill Bill", 90), ("Seven", 91)]


def test_the_page_names_every_column_of_a_declared_catalogue_and_its_default() -> None:
    [listed] = re.findall(r"^`track_id` is needed.*?\.\n(?=`as_of` is)", PAGE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"`(\w+)`", listed)) == set(COLUMNS)
    assert f"`precedence` is {Declaration.model_fields['precedence'].default}" in PAGE.replace("\n", " ")


@pytest.fixture
def with_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The platform with the page's format beside its own."""
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "chart_blog.py").write_text(BLOCKS["python"][0], encoding="utf-8")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(folder)])
    known_formats.cache_clear()
    yield
    sys.modules.pop(f"{formats.__name__}.chart_blog", None)
    monkeypatch.undo()
    known_formats.cache_clear()


@pytest.mark.usefixtures("with_example")
def test_the_format_of_the_page_lands_by_one_file(lake: FolderLake, environment: Environment, tmp_path: Path) -> None:
    outcome = landed(lake, environment, tmp_path / "any name.csv", BLOCKS["csv"][1])
    assert outcome.file, outcome.reason
    assert (outcome.file.format, outcome.file.rows, outcome.file.rejected) == ("chart_blog", 2, 0)
    sql = "SELECT region_code, rank, streams FROM candidates.chart_entries ORDER BY rank"
    assert query(lake, sql, ("candidates", "chart_entries")) == [("DE", 1, 90210), ("DE", 2, None)]


def test_the_thresholds_of_the_page_are_those_of_the_model() -> None:
    model = (ROOT / "spotify_platform/defs/catalog/track_matches.sql").read_text(encoding="utf-8")
    limits = (
        r"'(\w+)' AS kind, \d AS names_all, ([\d.]+)e0 AS least_overlap, ([\d.]+)e0 AS least_likeness,\s+(\d+) AS most"
    )
    playlists, top_tracks = re.findall(limits, model)
    assert (playlists[0], top_tracks[0], playlists[2]) == ("playlists", "top_tracks", "1")
    assert f"at least {playlists[1]} of all that either names" in PAGE
    assert f"differ by {playlists[3]} ms at most" in PAGE
    assert f"at least {top_tracks[1]} of those that Last.fm names" in PAGE
    assert f"or {top_tracks[2]} alike" in PAGE

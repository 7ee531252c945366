"""What the README says can be done, read and found: checked against the code."""

import re
import shlex
from pathlib import Path

import dagster as dg
import pytest
import typer
from click.testing import CliRunner

from spotify_platform.cli import app
from spotify_platform.definitions import build_definitions
from spotify_platform.environment import PREFIX, Environment
from spotify_platform.landing.recognise import known_formats

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")])
OPERATION = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")
SOURCES = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
HISTORY = (ROOT / "docs" / "history.md").read_text(encoding="utf-8")
CODE = "\n".join(re.findall(r"```bash\n(.*?)```", README + OPERATION + SOURCES + HISTORY, re.DOTALL))


def commands(program: str) -> list[list[str]]:
    lines = (line for line in CODE.splitlines() if line.startswith(program))
    return [shlex.split(line, comments=True)[1:] for line in lines]


@pytest.mark.parametrize("arguments", commands("spotify-platform "), ids=" ".join)
def test_every_command_of_the_pages_exists_with_its_options(arguments: list[str]) -> None:
    command = typer.main.get_command(app)
    context = typer.Context(command)
    while isinstance(command, typer.core.TyperGroup) and arguments and not arguments[0].startswith("-"):
        found = command.get_command(context, arguments.pop(0))
        assert found is not None
        command = found
    said = CliRunner().invoke(command, ["--help"], terminal_width=200)
    assert said.exit_code == 0
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in arguments if word.startswith("--")} <= known


def test_every_make_target_of_the_readme_exists() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    named = {words[0] for words in commands("make ")} | set(re.findall(r"`make ([a-z]+)`", README))
    assert {"run", "test", "ui"} <= named <= set(targets)


def test_the_settings_tables_list_every_setting_once_with_its_default() -> None:
    listed = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    found = re.findall(rf"^\| `{PREFIX}(\w+)` \| (.*?) ?\|", listed, re.MULTILINE)
    rows = dict(found)
    assert sorted(name.lower() for name, _ in found) == sorted(Environment.model_fields)
    defaults = ("memory_limit", "publish_tolerance", "inbox_settle_seconds", "kaggle_charts", "evaluation")
    operation = ("ui_url", "alert_mail_from", "keep_superseded_days", "keep_versions_days", "keep_runs_days")
    budgets = [name for name in Environment.model_fields if name.endswith("_calls_a_day")]
    addresses = ("spotify_url", "lastfm_url", "reccobeats_url", "musicbrainz_url", "listenbrainz_url")
    sources = ("spotify_redirect", *budgets, *addresses)
    for name in (*defaults, *operation, *sources, "top_track_countries", "profile", "lake", "compute", "warehouse"):
        assert rows[name.upper()] == f"`{Environment.model_fields[name].default}`".replace(".0`", "`")


def test_the_map_names_every_folder_of_the_package_and_nothing_else() -> None:
    [picture] = re.findall(r"## Map\n+```\n(.*?)```", README, re.DOTALL)
    named = set(re.findall(r"(?<![\w/])([a-z_]+)/(?=\s|$)", picture, re.MULTILINE))
    package = ROOT / "spotify_platform"
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    domains = {path.parent.name for path in package.glob("defs/*/__init__.py")}
    assert folders | domains <= named
    assert named - folders - domains == {"spotify_platform", "benchmarks", "docs", "spark"}
    for file in re.findall(r"\b(\w+\.py)\b", picture):
        assert (package / file).is_file()


def test_every_format_of_the_table_is_one_that_is_recognised() -> None:
    headers = [set(format.header) for format in known_formats()]
    [kaggle] = [set(text.split(",")) for text in re.findall(r"\| `([a-z_,]+)` \|", README) if "," in text]
    assert kaggle in headers
    counts = {int(number) for number in re.findall(r"its (\d+) columns", README)}
    assert counts <= {len(header) for header in headers}


def test_what_the_page_of_operation_says_runs_by_itself_does(tmp_path: Path) -> None:
    """Every sensor and schedule, with how often it looks."""
    definitions = build_definitions(Environment.load(home=tmp_path))
    often = r"every \d+ [sh]|\d\d:\d\d UTC|:[\d:, ]+?"
    rows = dict(re.findall(rf"^\| `(\w+)` \| ({often}) \|", OPERATION, re.MULTILINE))
    found = {sensor.name: f"every {sensor.minimum_interval_seconds} s" for sensor in definitions.sensors or ()}
    for schedule in definitions.schedules or ():
        assert isinstance(schedule, dg.ScheduleDefinition)
        minute, hour, *_ = str(schedule.cron_schedule).split()
        minutes = ", ".join(f":{int(one):02d}" for one in minute.split(","))
        _, repeated, hours = hour.partition("*/")
        if repeated:
            found[schedule.name] = f"every {hours} h"
        else:
            found[schedule.name] = minutes if hour == "*" else f"{int(hour):02d}{minutes} {schedule.execution_timezone}"
    assert rows == found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if not t.startswith(("http://", "https://")) and not (page.parent / t).exists()]
    assert missing == []

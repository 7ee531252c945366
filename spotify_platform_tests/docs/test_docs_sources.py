"""What the page of sources says of settings, tiers, abilities and logins, against the code."""

import re
from pathlib import Path

from spotify_platform.environment import PREFIX, Environment
from spotify_platform.resources import clients_of
from spotify_platform.sources.login import ANNOUNCED, REDIRECT, SCOPE
from spotify_platform.sources.probing import EXTENDED, Tier, probe, remembered
from spotify_platform_tests.sources.apis import Apis, give_login
from spotify_platform_tests.sources.conftest import apis, served

__all__ = ["apis", "served"]
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")


def rows(header: str) -> list[list[str]]:
    """The cells of the table that begins so."""
    _, _, after = PAGE.partition(header)
    lines = after.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_tier_has_a_line() -> None:
    assert [int(row[0]) for row in rows("| tier |")] == [tier.value for tier in Tier]


def test_the_table_of_abilities_is_what_a_probe_tries(apis: Apis) -> None:
    listed = {name: row for row in rows("| ability |") for name in re.findall(r"`(.*?)`", row[0])}
    environment = apis.environment("id")
    give_login(environment)
    clients = clients_of(environment)
    probe(clients)
    found = {endpoint: ability.state for of, endpoint, ability in remembered(clients) if of == "Spotify"}
    del found["token"]
    assert {name: row[1] for name, row in listed.items()} == found
    assert {name for name, row in listed.items() if row[1] == "forbidden"} == set(EXTENDED)
    assert f"at most {clients.allowance_of('Spotify').used} of Spotify's" in PAGE


def test_what_must_be_entered_exactly_is_told_exactly() -> None:
    assert f"`{REDIRECT}`" in PAGE
    assert set(SCOPE.split()) == set(re.findall(r"`((?:user|playlist)-[a-z-]+)`", PAGE))
    assert f"within {ANNOUNCED.days} days" in (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")


def test_the_page_names_no_setting_that_does_not_exist() -> None:
    named = {name.lower() for name in re.findall(rf"{PREFIX}(\w+)", PAGE)}
    assert named <= set(Environment.model_fields)

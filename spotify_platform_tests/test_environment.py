"""Settings: defaults, one error for all that is wrong, and two worlds that share nothing."""

from pathlib import Path

import pytest

from spotify_platform.environment import PREFIX, Environment, default_home
from spotify_platform.errors import ConfigurationError
from spotify_platform.sources import lastfm, musicbrainz, reccobeats, spotify
from spotify_platform.sources.login import REDIRECT
from spotify_platform.sources.spotify import TOKEN_URL


def setting(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", value)


def test_with_no_variable_everything_runs_embedded_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = Environment.load()
    assert (environment.lake, environment.compute, environment.warehouse) == ("folder", "duckdb", "duckdb")
    assert environment.home == default_home() == Path(__file__).resolve().parents[1] / ".home"
    assert environment.world is None
    assert environment.threads >= 1
    assert (environment.memory_limit, environment.evaluation) == ("2GB", "quick")


def test_variables_are_read_and_overrides_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    setting(monkeypatch, home=str(tmp_path), world="data", threads="3", memory_limit="512 MiB")
    environment = Environment.load()
    assert (environment.home, environment.world, environment.threads) == (tmp_path, "data", 3)
    assert environment.memory_limit == "512 MiB"
    assert Environment.load(world="sample", threads=None).world == "sample"
    assert Environment.load(threads=None).threads == 3


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("world", "production", "'sample' or 'data'"),
        ("profile", "aws", "'local' or 'azure'"),
        ("lake", "s3", "'folder' or 'azure'"),
        ("compute", "polars", "'duckdb', 'spark' or 'databricks'"),
        ("warehouse", "snowflake", "'duckdb', 'synapse' or 'fabric'"),
        ("storage_url", "music", "such as https://NAME.blob.core.windows.net"),
        ("databricks_volume", "/Volumes/main", "/Volumes/CATALOG/SCHEMA/VOLUME"),
        ("evaluation", "slow", "'quick' or 'thorough'"),
        ("threads", "0", "greater than or equal to 1"),
        ("threads", "many", "integer"),
        ("memory_limit", "lots", "such as 2GB"),
        ("publish_tolerance", "1.5", "less than or equal to 1"),
        ("inbox_settle_seconds", "-1", "greater than or equal to 0"),
        ("alert_mail_to", "me", "whom alerts are mailed to"),
        ("keep_versions_days", "0", "greater than or equal to 1"),
        ("kaggle_charts", "owner", "owner/name/versions/N pins one"),
        ("top_playlists", "DE", "DE= and an id, URI or link of a playlist"),
        ("top_playlists", "DE=chart", "DE=chart names no playlist for a country"),
        ("top_playlists", "XX=37i9dQZF1DX4TiN7pMwV0Z", "XX=37i9dQZF1DX4TiN7pMwV0Z names no playlist for a country"),
        ("top_playlists", "DE=37i9dQZF1DX4TiN7pMwV0Z de=37i9dQZF1DX4TiN7pMwV0Y", "DE has two playlists"),
        ("top_playlists", "JP=37i9dQZF1DX4TiN7pMwV0Z", "name JP in SPOTIFY_PLATFORM_TOP_TRACK_COUNTRIES too"),
        ("spotify_client_id", "app one", "https://developer.spotify.com/dashboard"),
        ("spotify_redirect", "http://localhost:8089/callback", "localhost is refused by Spotify"),
        ("spotify_redirect", "http://127.0.0.1/callback", "exactly as the app names it"),
        ("spotify_redirect", "https://example.com:8089/callback", "exactly as the app names it"),
        ("spotify_redirect", "http://127.0.0.1:80890/callback", "65,535"),
        ("spotify_calls_a_day", "0", "greater than or equal to 1"),
        ("lastfm_calls_a_day", "0", "greater than or equal to 1"),
        ("reccobeats_calls_a_day", "0", "greater than or equal to 1"),
        ("musicbrainz_calls_a_day", "many", "integer"),
        ("contact", "me@example.com (at home)", "mail address or web page"),
        ("spotify_url", "https://api.spotify.com/v1", "address of Spotify's Web API"),
        ("spotify_accounts_url", "accounts.spotify.com/", "address of Spotify's logins"),
        ("lastfm_url", "ftp://here", "address of Last.fm's API"),
        ("reccobeats_url", "here", "address of ReccoBeats' API"),
        ("musicbrainz_url", "here", "address of MusicBrainz' API"),
        ("listenbrainz_url", "here", "address of ListenBrainz' API"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_it_and_what_is_right(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, right: str
) -> None:
    setting(monkeypatch, **{name: value})
    with pytest.raises(ConfigurationError) as error:
        Environment.load()
    assert f"{PREFIX}{name.upper()}='{value}'" in str(error.value)
    assert right in str(error.value)


def test_the_playlist_of_a_country_is_followed_like_the_others_whatever_way_it_is_written() -> None:
    ids = [f"{number:022d}" for number in range(3)]
    told = f"de=spotify:playlist:{ids[1]}, US=https://open.spotify.com/intl-de/playlist/{ids[2]}?si=a=b"
    environment = Environment.load(world="data", top_playlists=told, playlists=f"{ids[0]} {ids[1]}")
    assert environment.playlists_of_countries == {"DE": ids[1], "US": ids[2]}
    assert environment.named_playlists == tuple(ids)
    assert ids[2] in Environment.load(world="sample", top_playlists=told).named_playlists


def test_sources_are_reached_at_their_own_addresses_with_no_key_by_default() -> None:
    environment = Environment.load()
    assert (environment.spotify_client_id, environment.spotify_client_secret, environment.lastfm_key) == (None,) * 3
    assert environment.spotify_redirect == REDIRECT
    assert f"{environment.spotify_accounts_url}api/token" == TOKEN_URL
    assert (environment.spotify_url, environment.lastfm_url) == (spotify.URL, lastfm.URL)
    assert environment.reccobeats_url.rstrip("/") == reccobeats.URL
    assert (environment.musicbrainz_url, environment.listenbrainz_url) == (
        musicbrainz.URL,
        musicbrainz.LISTENBRAINZ_URL,
    )


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, lake="s3", threads="none", world="mars")
    with pytest.raises(ConfigurationError) as error:
        Environment.load()
    said = str(error.value).splitlines()
    assert said[0] == "Some settings are wrong:"
    assert [line.split("=")[0].strip() for line in said[1:]] == [f"{PREFIX}{n}" for n in ("WORLD", "LAKE", "THREADS")]


def test_settings_do_not_change_after_they_were_read(environment: Environment) -> None:
    with pytest.raises(ValueError, match="frozen"):
        environment.world = "sample"


def test_a_relative_home_becomes_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert Environment.load(home="here").home == tmp_path / "here"
    assert Environment.load(home="~/there").home == tmp_path / "me" / "there"


def test_an_installed_package_lives_in_the_persons_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("spotify_platform.environment.__file__", str(tmp_path / "site" / "package" / "environment.py"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_home() == tmp_path / ".spotify_platform"


def test_the_world_is_data_once_something_has_landed_there(home: Path) -> None:
    manifest = home / "data" / "lake" / "rawdata" / "manifest"
    assert Environment.load(home=home).active_world == "sample"
    manifest.mkdir(parents=True)
    assert Environment.load(home=home).active_world == "sample"
    (manifest / "a.json").write_text("{}", encoding="utf-8")
    assert Environment.load(home=home).active_world == "data"
    assert Environment.load(home=home, world="sample").active_world == "sample"


def test_what_landed_in_the_sample_world_is_not_real(home: Path) -> None:
    manifest = home / "sample" / "lake" / "rawdata" / "manifest"
    manifest.mkdir(parents=True)
    (manifest / "a.json").write_text("{}", encoding="utf-8")
    assert Environment.load(home=home).active_world == "sample"


def test_the_two_worlds_share_no_path(home: Path) -> None:
    paths = ("root", "lake_root", "inbox", "warehouse_file", "published_file", "mlflow_root", "dagster_home")
    sample, data = (Environment.load(home=home).in_world(world) for world in ("sample", "data"))
    for name in paths:
        assert getattr(sample, name).is_relative_to(home / "sample")
        assert getattr(data, name).is_relative_to(home / "data")
    assert len({getattr(sample, name) for name in paths}) == len(paths)


def test_a_child_process_finds_the_same_world(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    parent = Environment.load(home=home, world="data")
    for name, value in parent.variables().items():
        monkeypatch.setenv(name, value)
    child = Environment.load()
    assert (child.home, child.active_world, child.root) == (parent.home, "data", parent.root)


@pytest.mark.parametrize("name", ["50%20", "what?", "#1"])
def test_a_home_that_delta_tables_cannot_lie_in_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="choose another"):
        Environment.load(home=tmp_path / name)


AZURE = {
    "storage_url": "https://music.blob.core.windows.net",
    "databricks_host": "https://adb-1.2.azuredatabricks.net",
    "databricks_volume": "/Volumes/main/spotify/platform",
    "sql_server": "music.sql.azuresynapse.net",
    "sql_database": "music",
}


def test_the_azure_profile_chooses_all_three_seams_and_a_person_may_choose_otherwise() -> None:
    environment = Environment.load(profile="azure", **AZURE)
    assert (environment.lake, environment.compute, environment.warehouse) == ("azure", "databricks", "synapse")
    mixed = Environment.load(profile="azure", compute="duckdb", warehouse="fabric", **AZURE)
    assert (mixed.lake, mixed.compute, mixed.warehouse) == ("azure", "duckdb", "fabric")
    assert environment.active_world == "data"


@pytest.mark.parametrize("missing", AZURE)
def test_a_choice_names_the_settings_that_it_needs(missing: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{PREFIX}{missing.upper()} .*, for "):
        Environment.load(profile="azure", **{name: value for name, value in AZURE.items() if name != missing})


def test_no_secret_is_ever_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("storage_key", "storage_sas", "databricks_token", "sql_password", "spotify_client_secret", "lastfm_key")
    setting(monkeypatch, **dict.fromkeys(secrets, "s3cret"), alert_webhook="https://s3cret", alert_smtp="smtp://s3cret")
    environment = Environment.load()
    assert "s3cret" not in f"{environment!r}{environment}{environment.model_dump_json()}"
    setting(monkeypatch, threads="none")
    with pytest.raises(ConfigurationError) as error:
        Environment.load(storage_key=5, lastfm_key=["s3cret"], alert_webhook="s3cret", alert_smtp="https://s3cret")
    assert "STORAGE_KEY=…" in str(error.value)
    assert "LASTFM_KEY=…" in str(error.value)
    assert "ALERT_SMTP=…: Value error, begins with smtp:// or smtps://" in str(error.value)
    assert "s3cret" not in str(error.value)

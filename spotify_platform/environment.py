"""The settings of this machine, read once from `SPOTIFY_PLATFORM_*` and validated.

Everything else asks `Environment.load()`; nothing else reads an environment variable. An unknown
value is one error that lists the right ones.
"""

import os
import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from spotify_platform.errors import ConfigurationError

PREFIX = "SPOTIFY_PLATFORM_"
World = Literal["sample", "data"]
Profile = Literal["local", "azure"]
PROFILES: dict[Profile, dict[str, str]] = {
    "local": {"lake": "folder", "compute": "duckdb", "warehouse": "duckdb"},
    "azure": {"lake": "azure", "compute": "databricks", "warehouse": "synapse"},
}
"""What a profile chooses where a person has not."""
NEEDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("lake", "azure"): ("storage_url",),
    ("compute", "databricks"): ("storage_url", "databricks_host", "databricks_volume"),
    ("warehouse", "synapse"): ("storage_url", "sql_server", "sql_database"),
    ("warehouse", "fabric"): ("storage_url", "sql_server", "sql_database"),
}
"""The settings without which a choice means nothing."""


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
    profile: Profile = Field(default="local", description="local (no account) or azure: chooses the next three")
    lake: Literal["folder", "azure"] = Field(
        default="folder", description="where raw files and Delta tables live: folder, or azure for Blob and ADLS"
    )
    compute: Literal["duckdb", "spark", "databricks"] = Field(
        default="duckdb", description="what builds Delta tables: duckdb, spark on this machine, or databricks"
    )
    warehouse: Literal["duckdb", "synapse", "fabric"] = Field(
        default="duckdb", description="what holds the star schema: duckdb, a synapse dedicated pool, a fabric warehouse"
    )
    storage_url: str | None = Field(
        default=None, pattern=r"^https?://", description="Blob endpoint, such as https://NAME.blob.core.windows.net"
    )
    storage_key: SecretStr | None = Field(default=None, description="account key; default: DefaultAzureCredential")
    storage_sas: SecretStr | None = Field(default=None, description="SAS token in place of a key")
    databricks_host: str | None = Field(
        default=None, pattern=r"^https?://", description="workspace, such as https://adb-1.2.azuredatabricks.net"
    )
    databricks_token: SecretStr | None = Field(default=None, description="access token; default: Entra ID")
    databricks_volume: str | None = Field(
        default=None,
        pattern=r"^/.*Volumes/[^/]+/[^/]+/[^/]+$",
        description="/Volumes/CATALOG/SCHEMA/VOLUME for messages",
    )
    databricks_cluster: str | None = Field(default=None, description="id of a cluster; default: serverless")
    sql_server: str | None = Field(
        default=None, description="host of the pool or warehouse, such as NAME.sql.azuresynapse.net"
    )
    sql_database: str | None = Field(default=None, description="database of the pool or warehouse")
    sql_user: str | None = Field(default=None, description="SQL login; default: Entra ID")
    sql_password: SecretStr | None = Field(default=None, description="password of the SQL login")
    mlflow_tracking_uri: str | None = Field(
        default=None, description="address of an MLflow server; default: a file of the world"
    )
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
        default="dhruvildave/spotify-charts",
        pattern=r"^[\w-]+/[\w-]+(/versions/[1-9]\d*)?$",
        description="Kaggle dataset of charts: owner/name follows the newest version, owner/name/versions/N pins one",
    )
    spotify_client_id: str | None = Field(
        default=None,
        pattern=r"^[0-9A-Za-z]+$",
        description="id of an app of https://developer.spotify.com/dashboard; default: no Spotify source",
    )
    spotify_client_secret: SecretStr | None = Field(
        default=None, description="secret of that app; a login needs none: spotify-platform login"
    )
    spotify_redirect: str = Field(
        default="http://127.0.0.1:8089/callback",
        pattern=r"^http://127\.0\.0\.1:\d+(/.*)?$",
        description="where a login comes back to, exactly as the app names it; localhost is refused by Spotify",
    )
    spotify_calls_a_day: int = Field(
        default=900, ge=1, description="most calls of any 24 hours; a new app is closed for a day after some 1,100"
    )
    lastfm_key: SecretStr | None = Field(
        default=None, description="API key of https://www.last.fm/api/accounts, free; default: no Last.fm source"
    )
    lastfm_calls_a_day: int = Field(
        default=20_000, ge=1, description="most calls of any 24 hours; each is for one artist, or one page of a country"
    )
    reccobeats_calls_a_day: int = Field(
        default=1_000, ge=1, description="most calls of any 24 hours; each is for 40 tracks"
    )
    musicbrainz_calls_a_day: int = Field(
        default=1_000, ge=1, description="most calls of any 24 hours; each is for 100 artists"
    )
    contact: str | None = Field(
        default=None,
        pattern=r"^[!-'*-~]+$",
        description="mail address or web page by which sources reach who calls them, told with every call to Last.fm, "
        "ReccoBeats and MusicBrainz; default: the project's name and version alone",
    )
    top_track_countries: str = Field(
        default="US CA MX BR AR GB DE FR IT ES NG ZA EG IN ID",
        description="countries whose top tracks are kept, as codes of ISO 3166-1 alpha-2, separated by blanks",
    )
    top_playlists: str = Field(
        default="",
        description="for each of those countries a playlist whose places are its top tracks where no chart tells: "
        "DE= and an id, URI or link, separated by blanks",
    )
    listener: str = Field(
        default="me",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        description="alias of the person who has logged in, under which what they play and hear most is kept",
    )
    playlists: str = Field(
        default="",
        description="playlists to follow beside the listener's own: ids, URIs or links, separated by blanks",
    )
    spotify_url: str = Field(
        default="https://api.spotify.com/v1/", pattern=r"^https?://.*/$", description="address of Spotify's Web API"
    )
    spotify_accounts_url: str = Field(
        default="https://accounts.spotify.com/", pattern=r"^https?://.*/$", description="address of Spotify's logins"
    )
    lastfm_url: str = Field(
        default="https://ws.audioscrobbler.com/2.0/", pattern=r"^https?://", description="address of Last.fm's API"
    )
    reccobeats_url: str = Field(
        default="https://api.reccobeats.com/", pattern=r"^https?://", description="address of ReccoBeats' API"
    )
    musicbrainz_url: str = Field(
        default="https://musicbrainz.org/", pattern=r"^https?://", description="address of MusicBrainz' API"
    )
    listenbrainz_url: str = Field(
        default="https://api.listenbrainz.org/",
        pattern=r"^https?://",
        description="address of ListenBrainz' API, which tells MusicBrainz' genres of many artists at once",
    )
    ui_url: str = Field(
        default="http://127.0.0.1:3000", pattern=r"^https?://", description="address of the Dagster UI, for links"
    )
    alert_webhook: SecretStr | None = Field(
        default=None, description="address that alerts are posted to, as Slack and Mattermost take them"
    )
    alert_mail_to: str | None = Field(
        default=None, pattern=r"^[^@\s]+@[^@\s]+$", description="whom alerts are mailed to"
    )
    alert_mail_from: str = Field(
        default="spotify-platform@localhost", pattern=r"^[^@\s]+@[^@\s]+$", description="sender of those mails"
    )
    alert_smtp: SecretStr = Field(
        default=SecretStr("smtp://localhost:25"),
        description="mail server: smtp://USER:PASSWORD@HOST:587, which turns to TLS where it can, or smtps://",
    )
    keep_superseded_days: float = Field(
        default=90, ge=1, description="how long a file stays in the lake after a newer version superseded it"
    )
    keep_versions_days: float = Field(
        default=7, ge=1, description="how long files stay that only older versions of Delta tables name, or nothing"
    )
    keep_runs_days: float = Field(default=90, ge=1, description="how long ended Dagster runs and their logs stay")
    keep_answers_days: float = Field(
        default=30, ge=1, description="how long answers of APIs stay as they came; what was read from them stays"
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

    @field_validator("alert_webhook", "alert_smtp")
    @classmethod
    def _reachable(cls, address: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        schemes = {"alert_webhook": ("http", "https"), "alert_smtp": ("smtp", "smtps")}[str(info.field_name)]
        if address and urlsplit(address.get_secret_value()).scheme not in schemes:
            raise ValueError(f"begins with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return address

    @field_validator("spotify_redirect")
    @classmethod
    def _listens(cls, address: str) -> str:
        try:
            port = urlsplit(address).port
        except ValueError:
            port = None
        if not port:
            raise ValueError("has a port from 1 to 65,535")
        return address

    @field_validator("top_track_countries")
    @classmethod
    def _known_countries(cls, countries: str) -> str:
        from spotify_platform.landing.regions import country_names

        codes = list(dict.fromkeys(countries.upper().replace(",", " ").split()))
        unknown = [code for code in codes if not country_names(code)]
        if unknown or not codes:
            raise ValueError(f"no country has the code {', '.join(unknown) or 'of nothing'}; write such as US GB DE")
        return " ".join(codes)

    @field_validator("playlists")
    @classmethod
    def _ids_of_playlists(cls, playlists: str) -> str:
        from spotify_platform.sources.playlists import named

        return " ".join(named(playlists)) if playlists else ""

    @field_validator("top_playlists")
    @classmethod
    def _playlists_of_countries(cls, told: str, info: ValidationInfo) -> str:
        from spotify_platform.sources.playlists import of_countries

        found = of_countries(told) if told else {}
        others = found.keys() - set(info.data.get("top_track_countries", " ".join(found)).split())
        if others:
            raise ValueError(f"name {' '.join(sorted(others))} in {PREFIX}TOP_TRACK_COUNTRIES too")
        return " ".join(f"{code}={id}" for code, id in found.items())

    @model_validator(mode="before")
    @classmethod
    def _profile_chooses(cls, values: dict[str, object]) -> dict[str, object]:
        chosen = PROFILES.get(values.get("profile", "local"), {})  # type: ignore[call-overload]
        return {**chosen, **values}

    @model_validator(mode="after")
    def _nothing_is_missing(self) -> Self:
        missing = {
            setting: f"{seam}={choice}"
            for (seam, choice), settings in NEEDS.items()
            if getattr(self, seam) == choice
            for setting in settings
            if not getattr(self, setting)
        }
        if self.compute == "spark" and self.lake != "folder":
            raise ValueError("compute=spark reads a local lake; with lake=azure take compute=databricks or duckdb")
        if self.compute == "databricks" and self.lake != "azure":
            raise ValueError("compute=databricks reaches no local lake; take lake=azure too")
        if self.warehouse != "duckdb" and self.world == "sample":
            raise ValueError("a pool holds the world `data` alone; for the sample world take warehouse=duckdb")
        if missing:
            fields = type(self).model_fields
            listing = [f"{PREFIX}{s.upper()} ({fields[s].description}), for {why}" for s, why in missing.items()]
            raise ValueError("not set: " + "; ".join(listing))
        return self

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
        if self.lake != "folder":
            return "data"
        landed = self.home / "data" / "lake" / "rawdata" / "manifest"
        return "data" if landed.is_dir() and any(landed.iterdir()) else "sample"

    @property
    def follows_kaggle(self) -> bool:
        """Whether a person named a Kaggle dataset for this world: gigabytes do not come unasked."""
        return self.active_world == "data" and "kaggle_charts" in self.model_fields_set

    @property
    def countries(self) -> tuple[str, ...]:
        """The codes of the countries whose top tracks are kept."""
        return tuple(self.top_track_countries.split())

    @property
    def playlists_of_countries(self) -> dict[str, str]:
        """The ids of playlists that stand for the charts of a country, by its code."""
        return dict(pair.split("=") for pair in self.top_playlists.split())

    @property
    def logged_in_listener(self) -> str:
        """The alias of the person who has logged in; in the sample world it is one of its two."""
        return "alma" if self.active_world == "sample" else self.listener

    @property
    def named_playlists(self) -> tuple[str, ...]:
        """The ids of the playlists to follow, those of countries included; in the sample world those of others there,
        unless a person names some."""
        followed = self.playlists.split()
        if self.active_world == "sample" and "playlists" not in self.model_fields_set:
            from spotify_platform.sample.playlists import OF_OTHERS

            followed = [*OF_OTHERS]
        return tuple(dict.fromkeys([*followed, *self.playlists_of_countries.values()]))

    @property
    def root(self) -> Path:
        """Everything of the active world; the two worlds share nothing."""
        return self.home / self.active_world

    @property
    def lake_root(self) -> Path:
        return self.root / "lake"

    @property
    def formats(self) -> Path:
        """Where a person declares catalogues of their own, for both worlds."""
        return self.home / "formats"

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
    def keys_root(self) -> Path:
        """Logins, and what is remembered of keys; for their owner's eyes."""
        return self.root / "keys"

    @property
    def lookups_root(self) -> Path:
        """Answers of sources until they land."""
        return self.root / "lookups"

    @property
    def dagster_home(self) -> Path:
        return self.root / "dagster"

    @property
    def memory_megabytes(self) -> int:
        """The bound on memory in units of 1024² bytes."""
        number, unit = re.fullmatch(r"([\d.]+)\s?([KMGT]).*", self.memory_limit).groups()  # type: ignore[union-attr]
        return int(float(number) * 1024 ** ("KMGT".index(unit) - 1))

    def in_world(self, world: World) -> "Environment":
        return self.model_copy(update={"world": world})

    def variables(self) -> dict[str, str]:
        """What a child process needs to see this very environment."""
        return {f"{PREFIX}HOME": str(self.home), f"{PREFIX}WORLD": self.active_world}


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        if name not in Environment.model_fields:
            lines.append(problem["msg"].removeprefix("Value error, "))
            continue
        field = Environment.model_fields[name]
        value = "…" if "Secret" in str(field.annotation) else repr(problem["input"])
        lines.append(f"{PREFIX}{name.upper()}={value}: {problem['msg']} ({field.description})")
    return "Some settings are wrong:\n  " + "\n  ".join(lines)

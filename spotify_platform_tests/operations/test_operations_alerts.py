"""Alerts: each incident is told once, by every channel, over real HTTP and SMTP, and shows no secret."""

import datetime as dt
import email
import email.policy
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from spotify_platform.defs.operations.alerts import alert_sensor
from spotify_platform.environment import Environment
from spotify_platform.errors import ContractBreachError
from spotify_platform.operations.incidents import open_incidents
from spotify_platform.operations.status import status_of
from spotify_platform_tests.operations.conftest import MailServer, Webhook
from spotify_platform_tests.sources.apis import give_login

SONGS, COUNTS = dg.AssetKey(["raw", "songs"]), dg.AssetKey(["marts", "counts"])
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class Graph:
    """Two assets and a check; what goes wrong in a run is told beforehand. `look` is one tick of the sensor."""

    environment: Environment
    instance: dg.DagsterInstance
    wrong: dict[str, Exception] = field(default_factory=dict)
    check_passes: bool = True
    severity: dg.AssetCheckSeverity = dg.AssetCheckSeverity.ERROR
    cursor: str | None = None

    def __post_init__(self) -> None:
        week = dg.FreshnessPolicy.time_window(fail_window=dt.timedelta(days=7))

        @dg.asset(key=SONGS, freshness_policy=week)
        def songs() -> None:
            self.goes_wrong("songs")

        @dg.asset(key=COUNTS, deps=[songs], freshness_policy=week)
        def counts() -> None:
            self.goes_wrong("counts")

        @dg.asset_check(asset=COUNTS, name="are_positive", blocking=True)
        def are_positive() -> dg.AssetCheckResult:
            return dg.AssetCheckResult(passed=self.check_passes, severity=self.severity, metadata={"negative": 3})

        jobs = [
            dg.define_asset_job("all_of_it", dg.AssetSelection.all()),
            dg.define_asset_job("songs_alone", dg.AssetSelection.assets(SONGS)),
        ]
        self.definitions = dg.Definitions(
            assets=[songs, counts], asset_checks=[are_positive], jobs=jobs, executor=dg.in_process_executor
        )

    def goes_wrong(self, name: str) -> None:
        if name in self.wrong:
            raise self.wrong[name]

    def run(self, job: str = "all_of_it", *keys: dg.AssetKey, **tags: str) -> None:
        self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            asset_selection=list(keys) or None,
            tags=tags,
            run_config=QUIET,
            raise_on_error=False,
        )

    def look(self) -> str:
        """What the sensor says of one look."""
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursor,
            definitions=self.definitions,
            resources={"environment": self.environment},
        )
        said = alert_sensor(context)
        self.cursor = context.cursor
        assert isinstance(said, dg.SkipReason)
        return str(said.skip_message)

    def open(self, days: float = 0) -> list[str]:
        """The keys of what is wrong, so many days from now."""
        graph = self.definitions.resolve_asset_graph()
        now = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
        return [incident.key for incident in open_incidents(self.instance, graph, self.environment, now)]


@pytest.fixture
def graph(webhook: Webhook, home: Path) -> Iterator[Graph]:
    environment = Environment.load(home=home, world="data", alert_webhook=webhook.address)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Graph(environment, instance)


def test_a_failed_run_is_told_once_however_often_it_is_tried(graph: Graph, webhook: Webhook) -> None:
    graph.run()
    graph.look()
    assert webhook.posted == []
    graph.wrong = {"songs": ValueError("the disk is full")}
    for _ in range(2):
        graph.run()
        assert "1 incidents are open" in graph.look()
        graph.look()
    [told] = webhook.posted
    assert (told["kind"], told["what"]) == ("run", "all_of_it failed in raw/songs")
    assert "the disk is full" in told["why"]
    [first, _] = reversed(graph.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE])))
    assert told["look"] == f"{graph.environment.ui_url}/runs/{first.run_id}"
    assert "spotify-platform backfill" in told["do"]
    for part in (told["what"], told["why"], told["look"], told["do"], "world data"):
        assert part in told["text"]


def test_what_failed_again_after_it_was_well_is_a_new_incident(graph: Graph, webhook: Webhook) -> None:
    for wrong in ({"songs": ValueError("no")}, {}, {"songs": ValueError("no")}):
        graph.wrong = wrong  # type: ignore[assignment]
        graph.run()
        graph.look()
    assert [told["kind"] for told in webhook.posted] == ["run", "run"]


def test_a_failure_ends_when_another_run_did_its_work(graph: Graph) -> None:
    graph.wrong = {"songs": ValueError("no")}
    graph.run("songs_alone")
    graph.wrong = {"counts": ValueError("no")}
    graph.run()
    assert graph.open() == ["run songs_alone raw__songs", "run all_of_it marts__counts"]
    graph.wrong = {}
    graph.run("all_of_it", SONGS)
    assert graph.open() == ["run all_of_it marts__counts"]
    graph.run("all_of_it", COUNTS)
    assert graph.open() == []


def test_a_month_that_failed_is_not_settled_by_another_month(graph: Graph) -> None:
    start, end = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
    graph.wrong = {"songs": ValueError("no")}
    graph.run(**{start: "2020-02-01", end: "2020-03-01"})
    graph.wrong = {}
    graph.run(**{start: "2020-03-01", end: "2020-04-01"})
    assert graph.open() == ["run all_of_it 2020-02:2020-03 raw__songs"]
    graph.run(**{start: "2020-01-01", end: "2020-04-01"})
    assert graph.open() == []


def test_a_run_that_dagster_tries_again_is_no_incident_yet(graph: Graph) -> None:
    graph.wrong = {"songs": ValueError("no")}
    graph.run(**{"dagster/will_retry": "true"})
    assert graph.open() == []


def test_a_failed_run_is_forgotten_after_some_days(graph: Graph) -> None:
    graph.wrong = {"songs": ValueError("no")}
    graph.run()
    assert len(graph.open(days=2)) == 1
    assert graph.open(days=4) == []


def test_a_failed_check_is_one_incident_and_its_run_is_none(graph: Graph, webhook: Webhook) -> None:
    graph.check_passes = False
    for _ in range(2):
        graph.run()
        graph.look()
    [told] = webhook.posted
    assert (told["kind"], told["what"]) == ("check", "the check are_positive of marts/counts failed")
    assert told["why"] == "negative 3"
    assert told["look"].endswith("/assets/marts/counts?view=checks")
    graph.check_passes = True
    graph.run()
    assert graph.open() == []


def test_a_table_that_would_break_its_contract_is_told_by_its_check(graph: Graph) -> None:
    graph.wrong = {"counts": ContractBreachError("2 rows break it", {"are_positive": {"count": 2}})}
    graph.run()
    assert graph.open() == [], "the step reports the check itself, which is not part of this graph"


def test_a_check_that_only_warns_is_no_incident(graph: Graph) -> None:
    graph.check_passes, graph.severity = False, dg.AssetCheckSeverity.WARN
    graph.run()
    assert graph.open() == []


def test_a_check_that_failed_stays_open_while_its_next_run_has_not_come_to_it(graph: Graph) -> None:
    graph.check_passes = False
    graph.run()
    graph.wrong = {"counts": ValueError("no")}
    graph.run()
    assert "check marts/counts are_positive" in graph.open()


def test_a_source_that_is_older_than_it_promises_is_told_once_and_what_follows_from_it_is_not(
    graph: Graph, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph.run()
    graph.look()
    assert webhook.posted == []
    in_eight_days = dt.datetime.now(dt.UTC).timestamp() + 8 * 86400
    monkeypatch.setattr("dagster._core.definitions.freshness_evaluator.get_current_timestamp", lambda: in_eight_days)
    for _ in range(2):
        graph.look()
    [told] = webhook.posted
    assert (told["kind"], told["what"]) == ("source", "raw/songs is stale")
    assert "no older than 7 days" in told["why"]


def test_a_login_that_ends_is_told_once_and_is_over_with_the_next_one(graph: Graph, webhook: Webhook) -> None:
    graph.environment = Environment.load(
        home=graph.environment.home, world="data", alert_webhook=webhook.address, spotify_client_id="app1"
    )
    give_login(graph.environment, ends_in=dt.timedelta(days=20))
    for _ in range(2):
        graph.look()
    [told] = webhook.posted
    assert (told["kind"], "spotify-platform login --world data" in told["do"]) == ("login", True)
    status = status_of(graph.environment, dt.datetime.now(dt.UTC))
    assert [incident.key for incident in status.incidents] == graph.open() == [told["key"]]
    assert graph.open(days=21) == ["login Spotify over"]
    give_login(graph.environment)
    assert graph.open() == []


def test_a_webhook_that_fails_is_tried_again_and_the_other_channels_are_not_told_twice(
    graph: Graph, webhook: Webhook, mail_server: MailServer
) -> None:
    smtp = {"alert_mail_to": "me@example.com", "alert_smtp": f"smtp://127.0.0.1:{mail_server.port}"}
    graph.environment = Environment.load(
        home=graph.environment.home, world="data", alert_webhook=webhook.address, **smtp
    )
    graph.wrong = {"songs": ValueError("no")}
    graph.run()
    webhook.status = 503
    for _ in range(2):
        assert "webhook failed: the webhook answered 503" in graph.look()
    assert webhook.posted == []
    webhook.status = 200
    assert "failed:" not in graph.look()
    graph.look()
    assert (len(webhook.posted), len(mail_server.mails)) == (1, 1)


def test_a_mail_says_what_failed_where_to_look_and_what_to_do(graph: Graph, mail_server: MailServer) -> None:
    graph.environment = Environment.load(
        home=graph.environment.home,
        world="data",
        alert_mail_to="me@example.com",
        alert_mail_from="platform@example.com",
        alert_smtp=f"smtp://127.0.0.1:{mail_server.port}",
    )
    graph.wrong = {"songs": ValueError("Die Größe stimmt nicht\nnor does the second line")}
    graph.run()
    graph.look()
    [text] = mail_server.mails
    mail = email.message_from_string(text, policy=email.policy.default)
    assert (mail["From"], mail["To"]) == ("platform@example.com", "me@example.com")
    assert mail["Subject"] == "[spotify-platform] all_of_it failed in raw/songs"
    body = mail.get_body().get_content()  # type: ignore[attr-defined]
    for part in ("Die Größe stimmt nicht", "nor does the second line", "/runs/", "spotify-platform backfill"):
        assert part in body


def test_a_password_is_not_shown_to_a_mail_server_without_tls(graph: Graph, mail_server: MailServer) -> None:
    graph.environment = Environment.load(
        home=graph.environment.home,
        world="data",
        alert_mail_to="me@example.com",
        alert_smtp=f"smtp://me:canary-of-the-mail@127.0.0.1:{mail_server.port}",
    )
    graph.wrong = {"songs": ValueError("no")}
    graph.run()
    said = graph.look()
    assert "mail failed: the mail server offers no TLS" in said
    assert mail_server.mails == []
    assert "canary" not in "".join(mail_server.lines) + said


def test_no_channel_shows_a_secret_and_none_is_in_what_is_remembered(
    graph: Graph, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    secrets = {"storage_key": "canary-of-the-account", "sql_password": "canary-of-the-pool"}
    graph.environment = Environment.load(
        home=graph.environment.home, world="data", alert_webhook=webhook.address, **secrets
    )
    graph.wrong = {"songs": ValueError(f"refused canary-of-the-account, {webhook.address} canary-of-the-pool")}
    graph.run()
    with caplog.at_level(logging.INFO):
        webhook.status = 500
        said = graph.look()
        webhook.status = 200
        said += graph.look()
    [told] = webhook.posted
    assert "refused …, … …" in told["why"]
    alerts = "".join(record.getMessage() for record in caplog.records if record.name == "spotify_platform.alerts")
    assert "all_of_it failed" in alerts
    assert "canary" not in str(told) + alerts + said + str(graph.cursor)


def test_without_any_setting_an_incident_is_logged_once(
    graph: Graph, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    graph.environment = Environment.load(home=home, world="data")
    graph.wrong = {"songs": ValueError("no")}
    graph.run()
    graph.look()
    graph.look()
    records: list[Any] = [record for record in caplog.records if record.name == "spotify_platform.alerts"]
    assert [record.levelname for record in records] == ["ERROR"]

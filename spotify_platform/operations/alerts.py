"""Alerts: each incident is told once on every channel that is configured: the log, a webhook, mail.

What has been told is a value that the caller keeps. A channel that fails is tried again at the next look, alone.
"""

import json
import logging
import smtplib
import ssl
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from email.message import EmailMessage
from urllib.error import HTTPError
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from spotify_platform.environment import Environment
from spotify_platform.errors import ConfigurationError, PlatformError, SourceUnavailableError
from spotify_platform.operations.incidents import Incident

LOGGER = logging.getLogger("spotify_platform.alerts")
TIMEOUT_SECONDS = 10
"""A sensor's look may take a minute in all."""

Send = Callable[[Incident], None]
Told = Mapping[str, list[str]]
"""By channel, the keys of the open incidents that it has been told of."""


@dataclass(frozen=True)
class Outcome:
    """What a round of telling did: what is told now, what was new in it, and the channels that failed and why."""

    told: Told
    new: list[Incident]
    failed: Mapping[str, str] = field(default_factory=dict)


def tell(incidents: Iterable[Incident], told: Told, channels: Mapping[str, Send]) -> Outcome:
    """Send every channel what it has not been told; what is over is forgotten, so that it would be told anew."""
    incidents = list(incidents)
    now: dict[str, list[str]] = {}
    new: dict[str, Incident] = {}
    failed: dict[str, str] = {}
    for name, send in channels.items():
        known = set(told.get(name, ()))
        now[name] = [incident.key for incident in incidents if incident.key in known]
        for incident in incidents:
            if incident.key in known or name in failed:
                continue
            try:
                send(incident)
            except PlatformError as error:
                failed[name] = str(error)
            else:
                now[name].append(incident.key)
                new[incident.key] = incident
    return Outcome(now, list(new.values()), failed)


def channels_of(environment: Environment) -> dict[str, Send]:
    """The channels of an environment: always the log."""
    hide = Secrets.of(environment)

    def clean(send: Send) -> Send:
        return lambda incident: send(hide(incident))

    channels: dict[str, Send] = {"log": clean(log)}
    if environment.alert_webhook:
        webhook, world = environment.alert_webhook.get_secret_value(), environment.active_world
        channels["webhook"] = clean(lambda incident: post(webhook, world, incident))
    if environment.alert_mail_to:
        sender, to = environment.alert_mail_from, environment.alert_mail_to
        server, world = environment.alert_smtp.get_secret_value(), environment.active_world
        channels["mail"] = clean(lambda incident: mail(server, message(sender, to, world, incident)))
    return channels


@dataclass(frozen=True)
class Secrets:
    """The values of an environment that nobody may read: an error of somebody else may repeat one."""

    values: tuple[str, ...]

    @classmethod
    def of(cls, environment: Environment) -> "Secrets":
        known = [getattr(environment, name) for name in type(environment).model_fields]
        found = {secret.get_secret_value() for secret in known if isinstance(secret, SecretStr)}
        found |= {unquote(part) for value in found if (part := urlsplit(value).password)}
        return cls(tuple(sorted(found - {""}, key=len, reverse=True)))

    def __call__(self, incident: Incident) -> Incident:
        what, why, do = map(self._without, (incident.what, incident.why, incident.do))
        return replace(incident, what=what, why=why, do=do)

    def _without(self, text: str) -> str:
        for value in self.values:
            text = text.replace(value, "…")
        return text


def text_of(world: str, incident: Incident) -> str:
    """An incident for a person to read."""
    lines = [f"{incident.what} (world {world}, since {incident.since})", "", incident.why, ""]
    return "\n".join([*lines, f"Where to look: {incident.look}", f"What to do: {incident.do}"])


def log(incident: Incident) -> None:
    why = " ".join(incident.why.split())
    LOGGER.error("%s: %s Where to look: %s. What to do: %s.", incident.what, why, incident.look, incident.do)


def post(address: str, world: str, incident: Incident) -> None:
    """Post as JSON: `text`, which chats show, and the incident's fields. Raises `SourceUnavailableError`."""
    body = json.dumps({"text": text_of(world, incident), "world": world, **asdict(incident)}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):
            return
    except HTTPError as error:
        error.close()
        raise SourceUnavailableError(f"the webhook answered {error.code}") from None
    except (OSError, ValueError) as error:  # neither an address nor what is wrong with it is for a log
        raise SourceUnavailableError(f"the webhook cannot be reached ({type(error).__name__})") from None


def message(sender: str, to: str, world: str, incident: Incident) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = " ".join(f"[spotify-platform] {incident.what}".split())
    mail["From"], mail["To"] = sender, to
    mail.set_content(text_of(world, incident))
    return mail


def mail(server: str, message: EmailMessage) -> None:
    """Send by SMTP. Raises `SourceUnavailableError`, and `ConfigurationError` rather than show a password."""
    address = urlsplit(server)
    try:
        with _connected(address.scheme, address.hostname or "localhost", address.port) as connection:
            if address.username:
                if not isinstance(connection.sock, ssl.SSLSocket):
                    raise ConfigurationError("the mail server offers no TLS, so it is not given a password")
                connection.login(unquote(address.username), unquote(address.password or ""))
            connection.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        raise SourceUnavailableError(f"the mail server does not take it ({type(error).__name__})") from None


def _connected(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT_SECONDS, context=context)
    connection = smtplib.SMTP(host, port or 25, timeout=TIMEOUT_SECONDS)
    connection.ehlo()
    if connection.has_extn("starttls"):
        connection.starttls(context=context)
    return connection

"""What every launcher does with Dagster Pipes: hear what a job says, and fail where it did not say all of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from spotify_platform.compute.spark import Job
from spotify_platform.errors import ConfigurationError, JobFailedError

if TYPE_CHECKING:
    from dagster import AssetExecutionContext, PipesMessageReader


def remembering(reader: type[Any]) -> type[Any]:
    """A message reader of this kind that can still be asked when its client has failed."""

    class Remembering(reader):  # type: ignore[misc]
        handler: Any = None

        @contextmanager
        def read_messages(self, handler: Any) -> Iterator[Any]:
            self.handler = handler
            with super().read_messages(handler) as params:
                yield params

    return Remembering


def within_a_step(context: "AssetExecutionContext | None") -> "AssetExecutionContext":
    if context is None:
        raise ConfigurationError("Spark builds a table within a step of Dagster; materialize its asset")
    return context


@contextmanager
def failures_told(reader: "PipesMessageReader", job: Job) -> Iterator[None]:
    """Turn a client's failure into ours, with the reason that the job gave."""
    from dagster._core.errors import DagsterPipesExecutionError

    try:
        yield
    except DagsterPipesExecutionError as error:
        said = [message["reason"] for message in _messages(reader) if message["outcome"] == "failed"]
        reason = "; ".join([*said, str(error)])
        raise JobFailedError(f"{job['table']}: {reason}. Its traceback stands in the run's log") from error


def closing_message(reader: "PipesMessageReader", job: Job) -> Mapping[str, Any]:
    """The one message that a job says at its end. Raises `JobFailedError` where it is missing."""
    messages = [message for message in _messages(reader) if message.get("token") == job["token"]]
    if len(messages) != 1:
        raise JobFailedError(
            f"{job['table']}: the job ended without its closing message, so nothing is known of what it did; run again"
        )
    return messages[0]


def _messages(reader: Any) -> list[Mapping[str, Any]]:
    said = reader.handler.get_custom_messages() if reader.handler else []
    return [message for message in said if isinstance(message, dict) and "outcome" in message]

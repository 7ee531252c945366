"""`dagster-daemon run`, whose loops rest a second instead of five: a test waits for a dozen of their looks."""

from dagster._core.run_coordinator.queued_run_coordinator import QueuedRunCoordinator
from dagster._daemon import asset_daemon, sensor
from dagster._daemon.cli import main

SECONDS = 1

if __name__ == "__main__":
    sensor.MIN_INTERVAL_LOOP_TIME = SECONDS
    asset_daemon.MIN_INTERVAL_LOOP_SECONDS = SECONDS
    QueuedRunCoordinator.dequeue_interval_seconds = property(lambda _: SECONDS)  # type: ignore[assignment,method-assign]
    main()

"""Kaggle's download API, as kagglehub asks it: which version is the newest, and a file of one.

kagglehub comes here with KAGGLE_API_ENVIRONMENT=TEST, which is http://localhost:7777, so the server needs that port.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spotify_platform.sample.server.answering import Answer, Ask, Endpoint, RefusalError, Source

if TYPE_CHECKING:
    from spotify_platform.sample.world import WorldSize

SERVICE = "/api/v1/datasets.DatasetApiService"
Version = Callable[[], Path]
"""Gives the file of a version of a dataset."""


@dataclass(frozen=True)
class KaggleApi:
    """Datasets by `owner/name`, each with its versions by number, which have one file."""

    datasets: Mapping[str, Mapping[int, Version]]

    @property
    def source(self) -> Source:
        return Source(
            [
                Endpoint("kaggle GetDataset", f"{SERVICE}/GetDataset", self.newest, ids=_handle, method="POST"),
                Endpoint(
                    "kaggle DownloadDataset", f"{SERVICE}/DownloadDataset", self.found, ids=_handle, method="POST"
                ),
                Endpoint("kaggle file", "/kaggle/{owner}/{name}/{version}/{file}", self.file, is_slow=True),
            ],
            refusal=lambda refusal: {"code": refusal.status, "message": refusal.message},
        )

    def newest(self, ask: Ask) -> Answer:
        owner, name = _named(ask)
        versions = self._versions(owner, name)
        return Answer({"ownerRef": owner, "ref": f"{owner}/{name}", "currentVersionNumber": max(versions)})

    def found(self, ask: Ask) -> Answer:
        """Where the file of a version lies."""
        owner, name = _named(ask)
        versions = self._versions(owner, name)
        version = int(ask.body.get("datasetVersionNumber") or max(versions))
        file = ask.body.get("fileName") or "archive.zip"
        if version not in versions:
            raise RefusalError(404, "Not found")
        return Answer(status=302, headers={"Location": f"{ask.root}/kaggle/{owner}/{name}/{version}/{file}"})

    def file(self, ask: Ask) -> Answer:
        path, version = ask.path, ask.path["version"]
        versions = self._versions(path["owner"], path["name"])
        if not version.isdigit() or int(version) not in versions:
            raise RefusalError(404, "Not found")
        file = versions[int(version)]()
        if file.name != path["file"]:
            raise RefusalError(404, "Not found")
        return Answer(file=file)

    def _versions(self, owner: str, name: str) -> Mapping[int, Version]:
        versions = self.datasets.get(f"{owner}/{name}")
        if not versions:
            raise RefusalError(404, "Not found")
        return versions


def datasets_of(folder: Path, size: "WorldSize") -> Mapping[str, Mapping[int, Version]]:
    """The datasets of a world, whose files are written into `folder` when they are first asked for."""
    return {
        "dhruvildave/spotify-charts": {1: Written(folder / "charts.csv", "charts", size)},
        "maharshipandya/-spotify-tracks-dataset": {1: Written(folder / "dataset.csv", "catalog", size)},
    }


@dataclass(frozen=True)
class Written:
    """A file of a world, of one of the `KINDS`, written once."""

    path: Path
    kind: str
    size: "WorldSize"
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self) -> Path:
        from spotify_platform.sample.world import KINDS

        with self._lock:
            if not self.path.exists():
                KINDS[self.kind](self.path, self.size)
        return self.path


def _named(ask: Ask) -> tuple[str, str]:
    return str(ask.body.get("ownerSlug")), str(ask.body.get("datasetSlug"))


def _handle(ask: Ask) -> tuple[str, ...]:
    """`owner/name`, with the version that is asked for, if one is."""
    version = ask.body.get("datasetVersionNumber")
    return ("/".join([*_named(ask), *(["versions", str(version)] if version else [])]),)

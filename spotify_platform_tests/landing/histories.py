"""Listening histories and playlists as they come in privacy exports, written for tests."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Play = Mapping[str, Any]

CANARIES = {
    "username": "canary-user-7781",
    "ip_addr": "203.0.113.77",
    "ip_addr_decrypted": "203.0.113.78",
    "user_agent_decrypted": "canary-agent-7782",
}
"""Values that nothing but the original may hold."""


def track_uri(number: int) -> str:
    return f"spotify:track:{number:022d}"


def extended(ts: str, uri: str | None = None, ms: Any = 180_000, **others: Any) -> Play:
    """A play of an extended history; without others, of a track that is named after its URI."""
    return {
        "ts": ts,
        **CANARIES,
        "platform": "ios",
        "ms_played": ms,
        "conn_country": "DE",
        "master_metadata_track_name": f"Song {int(uri[-22:])}" if uri else None,
        "master_metadata_album_artist_name": "Ana Sol" if uri else None,
        "master_metadata_album_album_name": "Album" if uri else None,
        "spotify_track_uri": uri,
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "audiobook_title": None,
        "audiobook_uri": None,
        "audiobook_chapter_uri": None,
        "audiobook_chapter_title": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": None,
        "offline": False,
        "offline_timestamp": 1_600_000_000,
        "incognito_mode": False,
        **others,
    }


def account(minute: str, title: str, artist: str = "Ana Sol", ms: Any = 180_000) -> Play:
    """A play of the account data, which tells the minute alone."""
    return {"endTime": minute, "artistName": artist, "trackName": title, "msPlayed": ms}


def recent(*plays: tuple[str, int]) -> dict[str, Any]:
    """An answer to recently-played: when, and which track."""
    items = [
        {
            "played_at": at,
            "context": None,
            "track": {
                "uri": track_uri(number),
                "name": f"Song {number}",
                "artists": [{"name": "Ana Sol"}],
                "album": {"name": "Album"},
            },
        }
        for at, number in plays
    ]
    return {"items": items, "cursors": {"after": "1", "before": "0"}, "href": "https://example.org"}


def place(**told: Any) -> dict[str, Any]:
    """A place of a playlist, with what stands there; without, nothing does any more."""
    nothing = dict.fromkeys(("track", "episode", "audiobook", "localTrack"))
    return {**nothing, "addedDate": "2024-06-15", **told}


def listed(number: int, title: str = "", artist: str = "Ana Sol") -> dict[str, Any]:
    """A track at a place."""
    about = {"trackName": title or f"Song {number}", "artistName": artist, "albumName": "Album"}
    return place(track={**about, "trackUri": track_uri(number)})


def playlist(name: Any, *places: Any, modified: Any = "2024-06-28") -> dict[str, Any]:
    """One of the playlists of a file, with somebody else who may change it."""
    told = {"name": name, "lastModifiedDate": modified, "collaborators": [CANARIES["username"]]}
    return {**told, "items": list(places), "description": "canary of a description", "numberOfFollowers": 1}


def write_json(path: Path, document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def write_zip(path: Path, members: Mapping[str, Any], packed_on: tuple[int, int, int] = (2024, 7, 1)) -> Path:
    """A zip of JSON documents, and of bytes as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, document in members.items():
            member = zipfile.ZipInfo(name, (*packed_on, 12, 0, 0))
            archive.writestr(member, document if isinstance(document, bytes) else json.dumps(document))
    return path


def export(folder: str = "Spotify Extended Streaming History", **files: Any) -> dict[str, Any]:
    """The members of an export, and what else lies in one."""
    return {
        f"{folder}/ReadMeFirst_ExtendedStreamingHistory.pdf": b"%PDF-1.4",
        f"{folder}/Userdata.json": {"username": CANARIES["username"], "email": "canary@example.org"},
        f"__MACOSX/{folder}/._Streaming_History_Audio_2020_1.json": b"\0\5",
        **{f"{folder}/{name}.json": document for name, document in files.items()},
    }

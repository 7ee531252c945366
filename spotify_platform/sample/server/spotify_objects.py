"""Rows of the world as Spotify's objects, as an app of either mode gets them."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["development", "extended"]
Row = Mapping[str, Any]
Object = dict[str, Any]

LISTENER = "samplelistener"
OWNERS = {"listener": (LISTENER, "Sample Listener"), "spotify": ("spotify", "Spotify"), "friend": ("ruefable", "Rue")}
GONE: Mapping[str, frozenset[str]] = {
    "track": frozenset({"available_markets", "linked_from", "popularity", "preview_url"}),
    "album": frozenset({"album_group", "available_markets", "genres", "label", "popularity"}),
    "artist": frozenset({"followers", "genres", "popularity"}),
    "user": frozenset({"country", "email", "explicit_content", "followers", "product"}),
    "episode": frozenset({"audio_preview_url", "language"}),
    "show": frozenset({"available_markets", "publisher"}),
}
"""What an app in development mode is not told, by type of object: what the official document calls deprecated."""
HOUR = 3_600_000


@dataclass(frozen=True)
class Objects:
    """Objects for an app of a mode; `api` is the address of the API without a slash at its end. `markets` are where
    all can be heard."""

    mode: Mode
    api: str
    markets: list[str]

    @property
    def is_extended(self) -> bool:
        return self.mode == "extended"

    def track(self, row: Row, album: Row) -> Object:
        return self._told(
            {
                "album": self.simple_album(album),
                **self._simple_track(row),
                "external_ids": {"isrc": row["isrc"]},
                "popularity": row["popularity"],
            }
        )

    def track_of_album(self, row: Row) -> Object:
        return self._told(self._simple_track(row))

    def _simple_track(self, row: Row) -> Object:
        return {
            "artists": [self._credit(credit) for credit in row["credits"]],
            "available_markets": self.markets,
            "disc_number": 1,
            "duration_ms": row["duration_ms"],
            "explicit": row["explicit"],
            **self._named("track", row["track_id"], row["title"]),
            "is_local": False,
            "preview_url": None,
            "track_number": row["track_number"],
        }

    def simple_album(self, row: Row, group: str | None = None) -> Object:
        """An album within another answer; `group` is what it is to an artist whose albums are listed."""
        return self._told(
            {
                "album_type": row["album_type"],
                **({"album_group": group} if group else {}),
                "artists": [self._credit(credit) for credit in row["credits"]],
                "available_markets": self.markets,
                "images": _images(row["album_id"]),
                **self._named("album", row["album_id"], row["name"]),
                "release_date": row["release_date"],
                "release_date_precision": {4: "year", 7: "month", 10: "day"}[len(row["release_date"])],
                "total_tracks": row["total_tracks"],
            }
        )

    def album(self, row: Row, tracks: Object) -> Object:
        """An album with the first page of its tracks."""
        return self._told(
            {
                **self.simple_album(row),
                "copyrights": [{"text": f"{row['release_date'][:4]} {row['label']}", "type": "P"}],
                "external_ids": {"upc": row["upc"]},
                "genres": [],
                "label": row["label"],
                "popularity": row["popularity"],
                "tracks": tracks,
            }
        )

    def artist(self, row: Row) -> Object:
        return self._told(
            {
                **self._named("artist", row["artist_id"], row["name"]),
                "followers": {"href": None, "total": row["followers"]},
                "genres": row["genres"],
                "images": _images(row["artist_id"]),
                "popularity": row["popularity"],
            }
        )

    def _credit(self, credit: Row) -> Object:
        return self._named("artist", credit["id"], credit["name"])

    def audio_features(self, row: Row) -> Object:
        names = (
            *("danceability", "energy", "key", "loudness", "mode", "speechiness", "acousticness", "instrumentalness"),
            *("liveness", "valence", "tempo", "duration_ms", "time_signature"),
        )
        return {
            **{name: row[name] for name in names},
            "analysis_url": f"{self.api}/audio-analysis/{row['track_id']}",
            "id": row["track_id"],
            "track_href": f"{self.api}/tracks/{row['track_id']}",
            "type": "audio_features",
            "uri": f"spotify:track:{row['track_id']}",
        }

    def me(self) -> Object:
        return self._told(
            {
                **self._user("listener"),
                "country": "DE",
                "email": "listener@sample.invalid",
                "explicit_content": {"filter_enabled": False, "filter_locked": False},
                "followers": {"href": None, "total": 7},
                "images": [],
                "product": "premium",
            }
        )

    def _user(self, owner: str) -> Object:
        id, name = OWNERS[owner]
        return {
            "display_name": name,
            "external_urls": {"spotify": f"https://open.spotify.com/user/{id}"},
            "href": f"{self.api}/users/{id}",
            "id": id,
            "type": "user",
            "uri": f"spotify:user:{id}",
        }

    def playlist(self, row: Row, entries: list[Row], contents: Object | None) -> Object:
        """A playlist; `contents` are its first page, or where they are and how many, or None where they are not told.

        An app with extended quota finds them under the older name.
        """
        shown = {} if contents is None else {"tracks" if self.is_extended else "items": contents}
        return {
            "collaborative": row["is_collaborative"],
            "description": row["description"] or "",
            **self._named("playlist", row["playlist_id"], row["name"]),
            "images": _images(row["playlist_id"]),
            "owner": self._user(row["owner"]),
            "public": row["is_public"],
            "snapshot_id": _snapshot(entries),
            **shown,
        }

    def context(self, playlist_id: str | None) -> Object | None:
        """What a track was played from: a playlist, or nothing that is told."""
        found = self._named("playlist", playlist_id or "", "")
        return {name: found[name] for name in ("external_urls", "href", "type", "uri")} if playlist_id else None

    def entry(self, row: Row, item: Object | None, names: tuple[str, ...]) -> Object:
        """An entry of a playlist; what it is stands under each of the names."""
        user = self._user("spotify" if row["owner"] == "spotify" else "listener")
        del user["display_name"]
        return {
            "added_at": f"{row['added_on']}T07:42:27Z",
            "added_by": user,
            "is_local": row["kind"] == "local",
            **dict.fromkeys(names, item),
        }

    def episode(self) -> Object:
        """The one episode of the world."""
        said = "Two people talk about music."
        told = {"description": said, "html_description": f"<p>{said}</p>", "explicit": False, "languages": ["en"]}
        show = {
            **self._named("show", "0SampleShow00000000000", "Liner Notes"),
            **told,
            "available_markets": self.markets,
            "copyrights": [],
            "images": _images("0SampleShow00000000000"),
            "is_externally_hosted": False,
            "media_type": "audio",
            "publisher": "Paper Moon",
            "total_episodes": 120,
        }
        episode = {
            **self._named("episode", "0SampleEpisode00000000", "How songs get shorter"),
            **told,
            "audio_preview_url": None,
            "duration_ms": HOUR,
            "images": _images("0SampleEpisode00000000"),
            "is_externally_hosted": False,
            "is_playable": True,
            "language": "en",
            "release_date": "2021-06-01",
            "release_date_precision": "day",
            "show": self._told(show),
        }
        return self._told(episode)

    def local_track(self) -> Object:
        """A file of the listener's own, of which Spotify knows what its tags say."""
        artist: Object = {
            "external_urls": {},
            "href": None,
            "id": None,
            "name": "Grandfather",
            "type": "artist",
            "uri": None,
        }
        album: Object = {
            "album_type": None,
            "artists": [],
            "available_markets": [],
            "external_urls": {},
            "href": None,
            "id": None,
            "images": [],
            "name": "Tapes",
            "release_date": None,
            "release_date_precision": None,
            "type": "album",
            "uri": None,
        }
        return self._told(
            {
                "album": self._told(album),
                "artists": [artist],
                "available_markets": [],
                "disc_number": 0,
                "duration_ms": 184_000,
                "explicit": False,
                "external_ids": {},
                "external_urls": {},
                "href": None,
                "id": None,
                "is_local": True,
                "name": "Accordion in the Kitchen",
                "popularity": 0,
                "preview_url": None,
                "track_number": 0,
                "type": "track",
                "uri": "spotify:local:Grandfather:Tapes:Accordion+in+the+Kitchen:184",
            }
        )

    def _named(self, kind: str, id: str, name: str) -> Object:
        return {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{id}"},
            "href": f"{self.api}/{kind}s/{id}",
            "id": id,
            "name": name,
            "type": kind,
            "uri": f"spotify:{kind}:{id}",
        }

    def _told(self, found: Object) -> Object:
        """What of an object an app of this mode is told."""
        if self.is_extended:
            return found
        return {name: value for name, value in found.items() if name not in GONE[found["type"]]}


def _images(id: str) -> list[Object]:
    """Pictures at a host that does not exist, of the usual sizes."""
    return [
        {"url": f"https://images.sample.invalid/{id}/{size}", "height": size, "width": size} for size in (640, 300, 64)
    ]


def _snapshot(entries: list[Row]) -> str:
    """The version of a playlist: another one whenever an entry is another."""
    told = ",".join(f"{entry['kind']}:{entry['track_id']}" for entry in entries)
    return base64.b64encode(hashlib.md5(told.encode(), usedforsecurity=False).digest()).decode()

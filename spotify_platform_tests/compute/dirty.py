"""Files full of what engines are known to read differently."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spotify_platform.lake.interface import Lake
from spotify_platform.landing.columns import FEATURES, SHARES
from spotify_platform.landing.formats.api_answers import SEPARATOR
from spotify_platform.listeners import Exclusion, Listener, save
from spotify_platform_tests.landing.histories import (
    Play,
    account,
    extended,
    listed,
    place,
    playlist,
    recent,
    write_json,
)
from spotify_platform_tests.landing.writing import header_of
from spotify_platform_tests.reliability.worlds import (
    KAGGLE,
    OFFICIAL,
    TIDYTUESDAY,
    TRACKS_114K,
    Track,
    features,
    write,
    write_small_world,
)

NUMBERS = ("12.7", "1e3", "0x10", "1_000", "2019", "+7", "007", " 8 ", "-5", "0", "", "NULL", "NaN", "∞", "٣", "1,5")
"""Texts that some cast somewhere takes for a number, a date or nothing."""

TITLES = (
    *NUMBERS,
    *("Straße", "STRASSE", "strasse", "İstanbul", "i̇stanbul", "ISTANBUL", "ıI"),
    *("Cafe\u0301", "Café", "A\u030a", "Å", "\u212b", "ﬁn", "\uff21"),
    *("no\u00a0break", "\u00a0edge\u2009", "\u200bzero", "tab\tand\nline", "👩\u200d🎤", "𝕏", "שלום", "\ufffd"),
    *('"', 'quo"te', "it's", "a\\b", "\\Q\\E", "100%_", "$1", "null", "'; --"),
)

CREDITS = (
    *("Tyler, The Creator", "Earth, Wind & Fire", "Tyler, The Creator, Earth, Wind & Fire"),
    *("Crosby, Stills, Nash & Young", "Ana Sol, Crosby, Stills, Nash & Young, Tyler", "Wind & Fire, Earth"),
    *("Ana Sol, Ana Sol", "Chloe\u0301, Chloé", "ß, SS, ss", "İ, i, I, ı", "A,B", "x, ", ", , ", ",", ""),
    *(".*, $1, \\Q.\\E", "[a], (b|c), ^", "👩\u200d🎤, 𝕏", "a\u00a0b,\u00a0c", "quo\"te, it's", "%, _"),
)

EDGES = (
    *("2013-01-01", "2019-11-30", "2019-12-31", "2020-01-01", "2020-01-31", "2020-02-28", "2020-02-29"),
    *("2020-03-01", "2020-12-31", "2021-01-01"),
)
NO_DATES = ("2019", "2020-1-5", "2020-02-30", "20200105", "2020-01-05 00:00:00", "", "2012-12-31", "2999-01-01")
NO_RANKS = ("12.7", "1e1", "0x10", "1_0", "0", "201", "-1", "", "٣")

GREAT = 2**53 + 1
"""No DOUBLE is this number."""
GREATEST = 10**18 - 1
"""Eighteen digits, the most that are read. It stands twice, so that a sum over everything is still a BIGINT."""

PLAYLIST_ID = "0123456789012345678901"
FIRST = 200
"""Number of the first track of these files; those of the small world are below."""


def _pick(values: Sequence[Any], number: int) -> Any:
    return values[number % len(values)]


def _url(number: int) -> str:
    track = Track(number).id
    return _pick((f"https://open.spotify.com/track/{track}", f"spotify:track:{track}", f"/track/{track}?si=1"), number)


def kaggle_rows() -> Iterator[tuple[Any, ...]]:
    """Charts at the edges of months and years: two tracks at each rank, one track twice, and rows to reject."""
    for day_number, day in enumerate(EDGES):
        for region in ("Global", "Turkey"):
            for i, title in enumerate(TITLES):
                turn = i + day_number
                streams = _pick(NUMBERS, turn // 5) if turn % 5 == 0 else _pick((GREAT, 1000 - i, 10, 10, "", 0), turn)
                trend = "sideways" if turn % 17 == 0 else _pick(("SAME_POSITION", "move_up", "", "NEW_ENTRY"), turn)
                credit = _pick(CREDITS, i)
                chart = "top200" if i % 3 else "Viral50 "
                yield (title, 1 + i // 2, day, credit, _url(FIRST + i), region, chart, trend, streams)
    for number in (1, 2):
        yield ("Twice", number + 3, "2020-01-31", "Earth, Wind & Fire", _url(FIRST), "Global", "top200", "", GREATEST)
    good = ("Alone", "+3", "2020-01-31", "Ana Sol", _url(FIRST + 90), " germany ", "TOP200", "", "")
    yield good
    for column, values in ((1, NO_RANKS), (2, NO_DATES), (4, ("", "spotify:track:short")), (5, ("Atlantis", ""))):
        for value in values:
            yield (*good[:column], value, *good[column + 1 :])


def official_rows(places: int) -> Iterator[tuple[Any, ...]]:
    """A downloaded chart whose first rows are all ties."""
    for i in range(places):
        previous = _pick(("-1", 3, 1, 0, "", "12.7"), i)
        names = (_url(FIRST + 2 * i), _pick(CREDITS, i + 1), _pick(TITLES, 2 * i), "Label", 1)
        yield (
            max(1, i - 3),
            *names,
            previous,
            1 + i % 2,
            _pick(NUMBERS, i) if i % 4 == 0 else _pick((GREAT, "", 0), i),
        )


def write_official(folder: Path, chart: str, places: int) -> Path:
    counted = "weeks_on_chart" if "weekly" in chart else "days_on_chart"
    return write(folder / f"regional-{chart}.csv", (*OFFICIAL, counted, "streams"), official_rows(places))


def _some_missing(number: int) -> tuple[Any, ...]:
    """Features of which some are missing, not detected, at the edge of what a number is, or none."""
    found = list(features(number))
    cells = ("", "0", "-0.0", ".5", "1e-320", "1", "1e0", "12.7", "0x1")
    kind = number % 6
    if kind == 0:
        return ("",) * len(found)
    if kind == 1:
        found[1] = ""  # energy, by which a source of features is chosen
    if kind == 2:
        found[3], found[2], found[-1] = "-60.0005", "-1", "0.000"
    if kind == 3:
        found[_pick((0, 5, 6, 7, 8, 9), number // 6)] = _pick(cells, number // 6)
    if kind == 4:
        found[3], found[-1] = "", "1e2"
    return tuple(found)


def tidytuesday_rows() -> Iterator[tuple[Any, ...]]:
    """Tracks with one artist each, some of them twice, with releases of every precision and none."""
    releases = ("2019", "2019-12", "2020-02-29", "2021-02-29", "0000", "", "1899-12-31", "2020-01-22", "12.7")
    listed = (
        "Tyler, The Creator",
        "Earth, Wind & Fire",
        "Crosby, Stills, Nash & Young",
        "Chloe\u0301",
        "ß",
        "İ",
        "A,B",
    )
    for n in range(60):
        number = FIRST + n % 45
        popularity = _pick((n, 33, 34, 66, 67, 100, "", n, 50, "101", "12.7"), n)
        names = (Track(number).id, _pick(TITLES, n + 7), _pick(listed, n), popularity, f"A{n}", _pick(TITLES, n))
        genres = ("list", "p", _pick(("pop", "Pop", "", "r&b"), n), _pick(NUMBERS, n))
        yield (*names, _pick(releases, n), *genres, *_some_missing(n), _pick((180_000 + n, "", "1e5"), n // 3))


def tracks_114k_rows() -> Iterator[tuple[Any, ...]]:
    """Tracks with lists of artists, some of them the same as in the other catalogue."""
    artists = ("Tyler, The Creator;Earth, Wind & Fire", "A; B;A", ";;x", "Chloe\u0301;Chloé", "ß;SS", "Ana Sol", " ; ")
    for n in range(60):
        number = FIRST + 30 + n % 40
        names = (n, Track(number).id, _pick(artists, n), _pick(TITLES, n), _pick(TITLES, n + 3) or "x", n % 7 * 17)
        more = (_pick((200_000, "", 1), n), _pick(("True", "false", "0", "1", "", "yes"), n))
        yield (*names, *more, *_some_missing(n + 1), _pick((4, 0, "", 7), n), _pick(("folk", "ß", "pop", ""), n))


def top50_rows() -> Iterator[tuple[Any, ...]]:
    """Charts with features and popularity, of tracks that are known from elsewhere and others."""
    for day in ("2020-01-31", "2020-02-01"):
        for country in ("", "TR"):
            for i in range(30):
                number = FIRST + 20 + i
                found = features(number)
                names = (Track(number).id, _pick(TITLES, i), _pick(CREDITS, i), 1 + i, _pick((0, -1, 3, 50 - i), i), 0)
                about = (country, day, _pick((i, "", 100), i), _pick(("True", "False"), i), _pick((0, 180_000 + i), i))
                yield (*names, *about, "Album", _pick(("2019", "", "2020-02-29"), i), *found, _pick((4, 0), i))


def playlist_rows() -> Iterator[tuple[Any, ...]]:
    """Titles and artists of tracks that are known, some of several, written otherwise, and of others."""
    for day in ("2020-01-31", "2020-02-01"):
        for i, title in enumerate(TITLES):
            credit = _pick(CREDITS, i).replace(", ", " & ")
            spelled = _pick((title, title.upper(), f"{title} (feat. Nobody)", f"{title}!"), i // 3)
            yield (
                day,
                1 + i // 2,
                spelled,
                credit,
                _pick((i, "", 0, 100), i),
                _pick((0, 180_000 + i, ""), i),
                *PLAYLIST,
            )
        for position, number in enumerate(range(40), start=100):
            track = Track(number)
            credit = " & ".join(track.artists).swapcase() if number % 2 else "Nobody"
            yield (day, position, track.title.replace("Song", "SONG"), credit, number, 200_000, *PLAYLIST)


def write_playlists(folder: Path) -> list[Path]:
    """A playlist on two days with everything that can stand at a place, and a list without a name of some of it."""

    def item(number: int) -> dict[str, Any]:
        track = Track(FIRST + number)
        about = {
            "name": _pick(TITLES, number),
            "artists": [{"name": name} for name in _pick(CREDITS, number).split(", ")],
        }
        return {"uri": f"spotify:track:{track.id}", "popularity": _pick((number, None, 0), number), **about}

    talk = {"uri": "spotify:episode:0123456789012345678901", "name": "Talk"}
    own = {"uri": "spotify:local:A:B:C:1", "name": "Own"}
    named = {**item(3), "uri": None}
    files = []
    for day, numbers in (("2020-01-31", range(40)), ("2020-02-01", range(20, 60))):
        items = [*map(item, numbers), talk, own, None, named, item(numbers[0])]
        entries: list[dict[str, Any]] = [
            {
                "added_at": _pick((f"{day}T23:59:59Z", None, "2019-01-01T00:00:00.123Z"), i),
                "is_local": i == 41,
                "item": it,
            }
            for i, it in enumerate(items)
        ]
        about = {"id": PLAYLIST_ID, "name": _pick(("ÅÅ \u2009", None), len(files)), "snapshot_id": day}
        files.append(write_json(folder / f"playlist-{day}.json", {**about, "items": {"items": entries}}))
    files.append(
        write_json(folder / "ß, \u0130-2020-02-01.json", [{**entry, "is_local": False} for entry in entries[:30]])
    )
    listing = [listed(FIRST + i, _pick(TITLES, i), _pick(CREDITS, i)) for i in range(60)]
    others = [place(localTrack={"uri": own["uri"]}), place(audiobook={"name": "Buch"}), place(), None, *listing[:3]]
    exported = [playlist(name, *listing[:40], *others) for name in ("ß, \u0130", "ß, \u0130")]
    exported += [playlist(name, *listing[40:], modified="2020-02-29") for name in ("", None)]
    files.append(write_json(folder / "Playlist1.json", {"playlists": exported}))
    return files


def write_top_items(folder: Path) -> list[Path]:
    """Answers of what a listener hears most: of a list that is told otherwise too, with names of all kinds and none."""

    def item(number: int) -> dict[str, Any]:
        artists = [{"id": f"A{number % 5}", "name": name} for name in _pick(CREDITS, number).split(", ")]
        return {
            "id": Track(FIRST + 150 + number).id,
            "name": _pick((*TITLES, None), number),
            "artists": artists if number % 4 else None,
            "popularity": _pick((0, 100, None, 101), number),
        }

    files = []
    for day, offset, span in (
        ("2020-02-05", 6, "short_term"),
        ("2020-02-06", 0, None),
        ("2020-02-08", 4, "medium_term"),
    ):
        query = f"offset={offset}" + (f"&time_range={span}" if span else "")
        items = [item(offset + place) for place in range(len(TITLES) // 2)]
        page = {"href": f"https://api.spotify.com/v1/me/top/tracks?{query}", "offset": offset, "items": items}
        files.append(write_json(folder / f"top-tracks-{day}.json", page))
    return files


def answered_tracks() -> Iterator[tuple[Any, ...]]:
    """Answers of tracks whose artists have ids: some of them two ids for one name, some two names for one id."""
    names = ("Tyler, The Creator", "Ana Sol", "Chloe\u0301", "ß", "İ", "Ana Sol", "x")
    for n in range(40):
        number, day = FIRST + 10 + n % 30, _pick(EDGES, n)
        count = 1 + n % 3
        artists = SEPARATOR.join(_pick(names, n + i) for i in range(count))
        ids = SEPARATOR.join(f"A{min((n + i) % len(names), 5)}" for i in range(count))
        album = (
            f"B{n % 9:021d}",
            _pick(TITLES, n),
            _pick(("album", "single", ""), n),
            _pick(("2019", "2020-02", ""), n),
        )
        more = (_pick(("USRC17607839", ""), n), 180_000 + n, _pick(("true", "false", ""), n), _pick(("", 0, 55), n))
        yield (Track(number).id, _pick(TITLES, n), artists, ids if n % 4 else "", *album, *more, day, "{}")


def answered_features() -> Iterator[tuple[Any, ...]]:
    """Features of tracks that charts alone know, and of others."""
    for n in range(30):
        yield (Track(FIRST + 60 + n % 25).id, *_in_order_of_answers(_some_missing(n)), _pick(EDGES, n), "{}")


def _in_order_of_answers(found: tuple[Any, ...]) -> tuple[Any, ...]:
    """Features of a catalogue as answers have them."""
    order = ("danceability", "energy", "key", "loudness", "mode", *SHARES[2:], "tempo")
    return tuple(dict(zip(order, found, strict=True))[name] for name in FEATURES)


def answered_artists() -> Iterator[tuple[Any, ...]]:
    """Answers of artists, some of them twice, with genres and without."""
    for n in range(14):
        genres = _pick(("", f"pop{SEPARATOR}latin pop", "ß", f"rock{SEPARATOR}rock"), n)
        names = _pick(("Ana Sol", "Tyler, The Creator", "ß", ""), n)
        yield (f"A{n % 8}", names, genres, _pick((0, GREAT, ""), n), _pick((0, 100, ""), n), _pick(EDGES, n // 8), "{}")


def answered_genres() -> Iterator[tuple[Any, ...]]:
    """Genres of artists of whom Spotify names some or none: voted for much and little, of a family and of none."""
    for n in range(10):
        genres = SEPARATOR.join(("rock", "hip hop", "ballad", "folk"))
        weights = _pick((f"100{SEPARATOR}10{SEPARATOR}60{SEPARATOR}9", ""), n // 7)
        yield (f"A{n}", genres if n % 4 else "", weights if n % 4 else "", _pick(EDGES, n // 8), "{}")


def answered_tags() -> Iterator[tuple[Any, ...]]:
    """Tags of listeners: genres and what is none, weighed and not."""
    for n, credit in enumerate(("Ana Sol", "Earth, Wind & Fire", "Now", "A", "Chloe\u0301", "Nobody", "SS")):
        tags = SEPARATOR.join(("hip-hop", "seen live", "folk", "rock"))
        yield (
            credit,
            tags if n % 5 else "",
            _pick((f"100{SEPARATOR}90{SEPARATOR}10{SEPARATOR}9", ""), n // 3),
            "2020-01-31",
            "{}",
        )


def answered_albums() -> Iterator[tuple[Any, ...]]:
    for n in range(12):
        names = (f"B{n % 10:021d}", _pick(TITLES, n), _pick(("album", ""), n), _pick(("A1", ""), n), _pick(CREDITS, n))
        more = (_pick(("2018-05", "", "2019"), n), _pick((12, ""), n), _pick(("Label", ""), n), "", _pick((0, ""), n))
        yield (*names, *more, _pick(EDGES, n), "{}")


ANSWERS = {
    "spotify_tracks": answered_tracks,
    "reccobeats_features": answered_features,
    "spotify_artists": answered_artists,
    "musicbrainz_genres": answered_genres,
    "lastfm_tags": answered_tags,
    "spotify_albums": answered_albums,
}


def extended_plays() -> Iterator[Play]:
    """Plays of one listener around midnight, at the end of summer time, on leap days; the same ones twice, and others."""
    moments = ("2020-02-28T23:59:59Z", "2020-02-29T00:00:00Z", "2020-10-25T00:59:59Z", "2020-10-25T01:00:00Z")
    for i, title in enumerate(TITLES):
        names = {
            "master_metadata_track_name": title,
            "master_metadata_album_artist_name": _pick(CREDITS, i),
            "master_metadata_album_album_name": _pick(TITLES, i + 1),
            "shuffle": _pick((True, False, None), i),
            "conn_country": _pick(("DE", "", None, "ZZ"), i),
        }
        uri = _pick((f"spotify:track:{Track(FIRST + i).id}", "spotify:local:a:b:c:200", None), i)
        yield extended(
            _pick(moments, i),
            None,
            _pick((0, 29_999, 30_000, 2**31 - 1), i // 4),
            **{**names, "spotify_track_uri": uri},
        )
    for moment in (*moments, moments[0]):
        yield extended(moment)
        yield extended(moment, spotify_episode_uri="spotify:episode:1", episode_name="Straße", episode_show_name="ß")
        yield extended(moment, audiobook_uri="spotify:show:1", audiobook_title="Buch", audiobook_chapter_title="1")


def account_plays() -> Iterator[Play]:
    """Plays before and after those, by names alone; of some the id is told elsewhere, of one by several tracks."""
    for minute in ("2019-12-31 23:59", "2020-02-29 00:00", "2020-12-01 12:00", "2020-12-01 12:00"):
        for i, title in enumerate(TITLES):
            if title.strip():
                yield account(minute, title, _pick(CREDITS, i) or "Nobody", i)
        yield account(minute, Track(1).title, Track(1).artists[0])


def fifty_plays(first: str) -> Iterator[tuple[str, int]]:
    """All that one answer tells, from this moment on."""
    begin = dt.datetime.fromisoformat(first)
    for number in range(50):
        moment = begin + dt.timedelta(minutes=3 * number)
        yield f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z", number % 7 + 1


def write_histories(folder: Path) -> list[Path]:
    return [
        write_json(folder / "Streaming_History_Audio_2020_0.json", list(extended_plays())),
        write_json(folder / "Streaming_History_Video_2018-2021.json", list(extended_plays())[::7]),
        write_json(folder / "StreamingHistory_music_0.json", list(account_plays())),
        write_json(folder / "recent.json", recent(("2020-10-25T00:30:00.5Z", 1), ("2021-05-01T00:00:00.999Z", 1))),
        write_json(folder / "covered.json", recent(("2020-02-28T12:00:00Z", 1))),
        write_json(folder / "full_and_covered.json", recent(*fifty_plays("2020-03-01T00:00:00.25Z"))),
        write_json(folder / "full.json", recent(*fifty_plays("2021-06-01T00:00:00.75Z"))),
    ]


def write_settings(lake: Lake) -> None:
    """What the listener of these histories says of themselves."""
    excluded = [Exclusion("artist", "tyler, the creator"), Exclusion("track", Track(FIRST).id, "ß")]
    said = Listener("me").in_zone("Europe/Berlin").without(excluded)
    save(lake, said, dt.datetime(2021, 6, 1, tzinfo=dt.UTC))


PLAYLIST = ("single", 1, "2020-01-01", "False", "https://example.org/cover")


def top_track_rows() -> Iterator[tuple[Any, ...]]:
    """A list of titles and artists of all kinds, spelled as they are and otherwise; some places stand twice."""
    for i, title in enumerate((*TITLES, "", "Twice", "Twicee", "Part 1 of the song", "Part 2 of the song")):
        credit = _pick(CREDITS, i).partition(", ")[0] if i % 2 else _pick(CREDITS, i)
        spelled = _pick((title, f"{title}s", title.replace(" ", ""), title.upper()), i // 2)
        numbers = (_pick((GREAT, 0, "", "12.7", 1000), i), _pick((0, 180_000 + i, "", 1), i))
        yield ("2020-01-31", "TR", 1 + i // 2, spelled, credit, *numbers, _pick(("", "mbid"), i), "", "")
    for rank, number in enumerate(range(40), start=100):
        track = Track(number)
        title = _pick((track.title, track.title.replace("Song", "Sonng"), track.title.replace(" ", "")), number)
        artist = track.artists[0] if number % 5 else "Nobody"
        yield ("2020-01-31", _pick(("Turkey", "TUR"), rank), rank, title, artist, 5, 200_000, "", "", "")


@dataclass(frozen=True)
class DirtyFiles:
    """Files to land in this order, and a new version of one of them that lands after the first build."""

    first: list[Path]
    later: list[Path]


def write_dirty_files(folder: Path) -> DirtyFiles:
    """The small world of the reliability tests, and all that is dirty."""
    return DirtyFiles(
        [
            *write_small_world(folder / "small"),
            write(folder / "dirty_charts.csv", KAGGLE, kaggle_rows()),
            write_official(folder / "first", "tr-daily-2019-12-31", 12),
            write_official(folder, "global-weekly-2020-01-02", 9),
            write(folder / "dirty_songs.csv", TIDYTUESDAY, tidytuesday_rows()),
            write(folder / "dirty_tracks.csv", TRACKS_114K, tracks_114k_rows()),
            write(folder / "dirty_top50.csv", header_of("kaggle_top_songs_73_countries"), top50_rows()),
            write(folder / "top-50-turkey.csv", header_of("top50_playlists"), playlist_rows()),
            *(write(folder / f"{name}.csv", header_of(name), rows()) for name, rows in ANSWERS.items()),
            *write_histories(folder / "histories"),
            *write_playlists(folder / "playlists"),
            *write_top_items(folder / "tops"),
            write(folder / "lastfm-top-tracks-tr-2020-01-31.csv", header_of("lastfm_top_tracks"), top_track_rows()),
        ],
        [
            write_official(folder / "later", "tr-daily-2019-12-31", 20),
            write_official(folder, "global-daily-2020-01-31", 8),
        ],
    )

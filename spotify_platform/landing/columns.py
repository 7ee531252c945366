"""How the columns of charts and tracks are read wherever they occur: what a source says differently, it says itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from spotify_platform.landing.format import Columns, Given, Read

WHOLE = "as_whole_number"
SHARES = (*("danceability", "energy", "speechiness", "acousticness", "instrumentalness", "liveness", "valence"),)


def rank(raw: str, places: int = 200) -> Read:
    says = f"a whole number from 1 to {places}"
    return Read(raw, WHOLE, says, required=True, minimum=1, maximum=places)


def streams(raw: str) -> Read:
    return count(raw)


def date(raw: str, required: bool = True) -> Read:
    return Read(raw, "as_date", "a date as YYYY-MM-DD", required=required)


def region(raw: str, empty: str = "") -> Read:
    return Read(raw, "as_region_code", "a region this platform knows", required=True, empty=empty)


def text(raw: str) -> Read:
    return Read(raw, "as_text", "a name")


def name(raw: str) -> Read:
    return replace(text(raw), required=True)


def track_id(raw: str) -> Read:
    return Read(raw, "as_track_id", "a Spotify track id of 22 characters", required=True)


def count(raw: str) -> Read:
    return Read(raw, WHOLE, "a whole number, 0 or more", minimum=0)


def popularity(raw: str) -> Read:
    return Read(raw, WHOLE, "a whole number from 0 to 100", minimum=0, maximum=100)


def duration(raw: str, absent: tuple[str, ...] = ()) -> Read:
    return Read(raw, WHOLE, "a duration in ms, at least 1", minimum=1, maximum=86_400_000, absent=absent)


def explicit(raw: str) -> Read:
    return Read(raw, "as_boolean", "True or False")


def _share(raw: str) -> Read:
    return Read(raw, "as_decimal", "a number from 0 to 1", minimum=0, maximum=1)


def _genre(raw: str) -> Read:
    return Read(raw, "as_text", "a genre")


def _isrc(raw: str) -> Read:
    return Read(raw, "as_isrc", "an ISRC of 12 letters and digits")


def _album_id(raw: str) -> Read:
    return Read(raw, "as_text", "an id")


def release(raw: str) -> Read:
    return Read(raw, "as_release_date", "a date as YYYY, YYYY-MM or YYYY-MM-DD", absent=("0000",))


def precision(raw: str) -> Read:
    return Read(raw, "precision_of", "a date", absent=("0000",))


def _key(raw: str) -> Read:
    return Read(raw, WHOLE, "a pitch class from 0 to 11", minimum=0, maximum=11, absent=("-1",))


def _loudness(raw: str) -> Read:
    return Read(raw, "as_decimal", "a loudness in dB from -80 to 10", minimum=-80, maximum=10)


def _mode(raw: str) -> Read:
    return Read(raw, WHOLE, "0 or 1", minimum=0, maximum=1)


def _tempo(raw: str) -> Read:
    absent = ("0", "0.0", "0.000")
    return Read(raw, "as_decimal", "a tempo in BPM up to 400", minimum=1, maximum=400, absent=absent)


def _time_signature(raw: str) -> Read:
    return Read(raw, WHOLE, "a number of beats from 1 to 7", minimum=1, maximum=7, absent=("0",))


TRACK: Mapping[str, Callable[[str], Read]] = {
    "track_id": track_id,
    "title": name,
    "artist_credit": name,
    "isrc": _isrc,
    "album_id": _album_id,
    "album_name": text,
    "album_type": text,
    "release_date": release,
    "release_date_precision": precision,
    "duration_ms": duration,
    "explicit": explicit,
    "popularity": popularity,
    "genre": _genre,
    "subgenre": _genre,
    **dict.fromkeys(SHARES, _share),
    "key": _key,
    "loudness": _loudness,
    "mode": _mode,
    "tempo": _tempo,
    "time_signature": _time_signature,
}
"""The columns of a catalogue. A tempo of 0, a key of −1 and a bar of 0 beats mean "not detected", a release of 0000
"not known": they become missing."""

FEATURES = (*SHARES, "key", "loudness", "mode", "tempo")


def track(**raws: str) -> Columns:
    """The columns of a catalogue, each read from the named raw one; those that are not named are missing.

    The precision of a release date is read where the date is.
    """
    if "release_date" in raws:
        raws = {**raws, "release_date_precision": raws["release_date"]}
    return {name: read(raws[name]) if name in raws else Given("NULL") for name, read in TRACK.items()}


def written_by_pandas(columns: Columns) -> Columns:
    """The columns, of which whole numbers may end in ".0": so pandas writes them in a column with gaps."""
    return {
        name: replace(read, reader="as_whole_float", absent=(*read.absent, *(f"{absent}.0" for absent in read.absent)))
        if isinstance(read, Read) and read.reader == WHOLE
        else read
        for name, read in columns.items()
    }

"""What the model may know of a track: only what exists before its release.

Strict features come from the track itself: sound, duration, explicitness, the text of the title, the
release date, one genre and subgenre. Left out on purpose, because each of them carries the answer:
playlist counts, genres gathered from playlists, the number of an artist's rows in the sample, and
tracks of the same album.

Age is no feature of its own. Within one snapshot it is the snapshot's date minus the release date, so
`release_day` holds all of it; a row's own `popularity_as_of` would also tell which source saw the track
last, and popular tracks are seen more often.

Warm features add what was known of the artist's other songs (`artist_history`).

This module and the ones it imports travel inside every registered model: it imports nothing else of the
package, and its neighbours by relative names only.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

AUDIO = (
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
)
NUMBERS = (*AUDIO, "time_signature", "duration_ms", "explicit")
CATEGORIES = ("genre", "subgenre")

RAW_COLUMNS = (
    "track_id",
    "title",
    "artist_id",
    "artist_name",
    "release_date",
    "release_date_precision",
    *NUMBERS,
    *CATEGORIES,
)
"""What a raw frame brings, one row per track. `release_date` is a date; the precision is 'year', 'month',
'day' or null, and anything but 'month' and 'day' is read as 'year'."""

TITLE_MARKS = {
    "title_feat": r"\b(?:feat|ft|featuring|with)\b",
    "title_remix": r"\b(?:re)?mix\b|\bbootleg\b|\brework\b|\bvip\b|\bflip\b",
    "title_live": r"\blive\b|\ben vivo\b|\bao vivo\b",
    "title_remaster": r"remaster",
    "title_acoustic": r"\bacoustic\b|\bunplugged\b",
    "title_edit": r"\bedit\b|\bversion\b",
    "title_from": r"\bfrom\b|\bsoundtrack\b",
    "title_bracket": r"[(\[]",
    "title_dash": r"\s[-–]\s",
    "title_digit": r"\d",
    "title_non_ascii": r"[^\x00-\x7f]",
}
"""Yes-or-no features of the lower-case title, as regular expressions."""

TITLE = ("title_length", "title_words", "title_upper", "title_lower", *TITLE_MARKS)
RELEASE = (
    "release_day",
    "release_year",
    "release_month",
    "release_weekday",
    "release_day_of_month",
    "release_precision",
)
STRICT = (*NUMBERS, *TITLE, *RELEASE, *CATEGORIES)
HISTORY = (
    "artist_tracks",
    "artist_mean",
    "artist_best",
    "artist_worst",
    "artist_spread",
    "artist_near",
    "artist_recent",
    "artist_latest",
    "artist_gap_days",
)
KEYS = ("artist_key", "title_key", "release_day", "release_day_latest")
"""What `artist_history` needs of a track beside its popularity."""

PRIOR_TRACKS = 5.0
"""An artist's mean is shrunk towards the mean of all, as if so many average tracks stood beside theirs."""
NEAR_PRIOR_TRACKS = 2.0
NEAR_DAYS = 365.0
"""In means weighted by nearness in time, a track that much further away counts 1/e as much."""
PAIRS_AT_ONCE = 2_000_000
"""Bounds the memory of `artist_history`: pairs (track, other track of its artist) held at once."""

_VERSION_WORDS = (
    r"feat|ft|featuring|with|remix|mix|edit|version|ver|remaster|remastered|live|acoustic|unplugged|demo|mono"
    r"|stereo|instrumental|karaoke|bonus|deluxe|explicit|clean|radio|extended|original|cover|bootleg|rework"
    r"|flip|vip|from|session|sessions|single|album|anniversary|re-?recorded|en vivo|ao vivo"
)
_BRACKETED_VERSION = rf"[(\[][^)\]]*\b(?:{_VERSION_WORDS})\b[^)\]]*(?:[)\]]|$)"
_DASHED_VERSION = rf"\s[-–—]\s.*\b(?:{_VERSION_WORDS})\b.*$"
_TRAILING_GUESTS = r"\s(?:feat|ft|featuring)\b.*$"


def title_key(titles: "pd.Series[Any]") -> "pd.Series[Any]":
    """The song a title names: no case, accents or punctuation, no "(feat. …)", "- Remastered 2011", "[X Remix]".

    Titles that say nothing else keep all they say. Null and empty are None.
    """
    whole = _plain(titles)
    song = whole
    for pattern in (_BRACKETED_VERSION, _DASHED_VERSION, _TRAILING_GUESTS):
        song = song.str.replace(pattern, "", regex=True)
    key, fallback = (text.str.replace(r"[\W_]+", "", regex=True) for text in (song, whole))
    key = key.where(key.ne(""), fallback)
    return _none_for_null(key.where(key.ne(""), whole))


def artist_key(raw: "pd.DataFrame") -> "pd.Series[Any]":
    """The artist's name without case, accents and punctuation; the id where the name is null; else None.

    The name and not the id, because one catalogue may hold the same artist with and without an id.
    """
    name = _plain(raw["artist_name"])
    key = name.str.replace(r"[\W_]+", "", regex=True)
    key = key.where(key.ne(""), name)
    return _none_for_null(key.fillna("id:" + _text(raw["artist_id"])))


def track_features(raw: "pd.DataFrame") -> "pd.DataFrame":
    """The columns STRICT and KEYS for each row of a raw frame, on the same index.

    Numbers are float64 with NaN for unknown; CATEGORIES are categorical; days count from 1970-01-01.
    A column of RAW_COLUMNS that is absent is wholly unknown.
    """
    import pandas as pd

    raw = raw.reindex(columns=list(RAW_COLUMNS))
    columns: dict[str, Any] = {name: _numbers(raw[name]) for name in NUMBERS}
    columns |= _title_features(raw["title"])
    columns |= _release_features(raw["release_date"], raw["release_date_precision"])
    columns |= {name: _none_for_null(_text(raw[name])).astype("category") for name in CATEGORIES}
    columns["artist_key"] = artist_key(raw)
    columns["title_key"] = title_key(raw["title"])
    return pd.DataFrame(columns, index=raw.index)


def artist_history(tracks: "pd.DataFrame", known: "pd.DataFrame") -> "pd.DataFrame":
    """The columns HISTORY for each of `tracks` (KEYS needed): how the artist's songs in `known` fared.

    `known` are the training tracks, with KEYS and popularity. Two kinds of tracks are never looked at:
    the same song (equal `title_key`), so that a training track's own popularity is no part of its
    features, and tracks released on the same day, which are as a rule the same album. "Recent", "latest"
    and "gap" look at earlier releases only. An artist of whom nothing is known gets 0 tracks, the mean
    popularity of `known` for the smoothed means, and NaN for the rest.
    """
    import pandas as pd

    prior = float(known["popularity"].mean())
    query = tracks[list(KEYS)].reset_index(drop=True)
    known = known.loc[known["artist_key"].notna(), [*KEYS, "popularity"]]
    pairs = query["artist_key"].map(known["artist_key"].value_counts()).fillna(0).cumsum()
    parts = [_history(part, known, prior) for _, part in query.groupby(pairs // PAIRS_AT_ONCE)]
    history = pd.concat(parts) if parts else pd.DataFrame(columns=list(HISTORY), dtype="float64")
    return history.set_axis(tracks.index)


def _history(query: "pd.DataFrame", known: "pd.DataFrame", prior: float) -> "pd.DataFrame":
    import numpy as np
    import pandas as pd

    pairs = query.rename_axis("row").reset_index().merge(known, on="artist_key", suffixes=("", "_other"))
    other_song = pairs["title_key"].isna() | (pairs["title_key"] != pairs["title_key_other"])
    pairs = pairs[other_song & (pairs["release_day"] != pairs["release_day_other"])]
    days_apart = (pairs["release_day"] - pairs["release_day_other"]).abs()
    pairs = pairs.assign(weight=np.exp(-days_apart / NEAR_DAYS).fillna(0.0))
    earlier = pairs[pairs["release_day_latest_other"] < pairs["release_day"]]
    newest = earlier.groupby("row")["release_day_other"].transform("max")
    latest = earlier[earlier["release_day_other"] == newest].groupby("row")

    popularity = pairs.groupby("row")["popularity"]
    count = popularity.count().reindex(query.index, fill_value=0)
    total = popularity.sum().reindex(query.index, fill_value=0.0)
    return pd.DataFrame(
        {
            "artist_tracks": count.astype("float64"),
            "artist_mean": (total + PRIOR_TRACKS * prior) / (count + PRIOR_TRACKS),
            "artist_best": popularity.max(),
            "artist_worst": popularity.min(),
            "artist_spread": popularity.std(),
            "artist_near": _weighted_mean(pairs, query.index, prior),
            "artist_recent": _weighted_mean(earlier, query.index, prior),
            "artist_latest": latest["popularity"].mean(),
            "artist_gap_days": query["release_day"] - latest["release_day_other"].first(),
        },
        index=query.index,
        dtype="float64",
    )[list(HISTORY)]


def _weighted_mean(pairs: "pd.DataFrame", rows: "pd.Index[Any]", prior: float) -> "pd.Series[Any]":
    weighted = pairs.assign(sum=pairs["weight"] * pairs["popularity"]).groupby("row")[["weight", "sum"]].sum()
    weighted = weighted.reindex(rows, fill_value=0.0)
    return (weighted["sum"] + NEAR_PRIOR_TRACKS * prior) / (weighted["weight"] + NEAR_PRIOR_TRACKS)


def _plain(text: "pd.Series[Any]") -> "pd.Series[Any]":
    """Case-folded, accents dropped, in one Unicode form; letters of every script stay."""
    plain = _text(text).str.normalize("NFKD").str.replace(r"[\u0300-\u036f]", "", regex=True)
    return plain.str.casefold().str.normalize("NFKC")


def _text(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Stripped text; empty is null."""
    text = column.astype("string").str.strip()
    return text.mask(text == "")


def _none_for_null(text: "pd.Series[Any]") -> "pd.Series[Any]":
    return text.astype(object).where(text.notna(), None)


def _numbers(column: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    import numpy as np
    import pandas as pd

    return pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)


def _title_features(titles: "pd.Series[Any]") -> "dict[str, pd.Series[Any]]":
    text = _text(titles)
    lower = text.str.lower()
    features = {
        "title_length": text.str.len(),
        "title_words": text.str.split().str.len(),
        "title_upper": text == text.str.upper(),
        "title_lower": text == lower,
        **{name: lower.str.contains(pattern, regex=True) for name, pattern in TITLE_MARKS.items()},
    }
    return {name: values.astype("Float64").astype("float64") for name, values in features.items()}


def _release_features(dates: "pd.Series[Any]", precisions: "pd.Series[Any]") -> "dict[str, pd.Series[Any]]":
    """Only as much of a date as its precision promises; `release_day_latest` is the last day it may mean."""
    import pandas as pd

    date = pd.to_datetime(dates, errors="coerce", format="ISO8601").astype("datetime64[s]")
    precision = precisions.astype(object).map({"day": 2.0, "month": 1.0}).astype("float64").fillna(0.0)
    by_day, by_month = precision.eq(2), precision.eq(1)
    month_start = date.dt.to_period("M").dt.to_timestamp().astype("datetime64[s]")
    year_start = date.dt.to_period("Y").dt.to_timestamp().astype("datetime64[s]")
    first = date.where(by_day, month_start.where(by_month, year_start))
    month_end = (first + pd.offsets.MonthEnd(0)).astype("datetime64[s]")
    year_end = (first + pd.offsets.YearEnd(0)).astype("datetime64[s]")
    last = first.where(by_day, month_end.where(by_month, year_end))
    return {
        "release_day": _days(first),
        "release_day_latest": _days(last),
        "release_year": first.dt.year.astype("float64"),
        "release_month": first.dt.month.where(by_day | by_month).astype("float64"),
        "release_weekday": first.dt.weekday.where(by_day).astype("float64"),
        "release_day_of_month": first.dt.day.where(by_day).astype("float64"),
        "release_precision": precision.where(date.notna()),
    }


def _days(dates: "pd.Series[Any]") -> "pd.Series[Any]":
    import pandas as pd

    return (dates - pd.Timestamp(0)).dt.days.astype("float64")

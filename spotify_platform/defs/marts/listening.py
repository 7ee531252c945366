"""The mart of what a listener hears most: what is new on each list, rose, fell and is gone."""

from dataclasses import replace

from spotify_platform.contract import Column, Contract
from spotify_platform.defs.history.tables import LISTENER_TOPS_TABLE
from spotify_platform.defs.marts.columns import mart

MAY_SHRINK = (
    *(("cleandata", "listener_tops"), ("warehouse", "fact_listener_top")),
    ("marts", "listener_top_changes"),
)
"""Tables that lose rows as a list of the day becomes shorter, or again what it was the day before."""
_OF_TOPS = {column.name: column for column in LISTENER_TOPS_TABLE.columns}
RANK = replace(_OF_TOPS["rank"], required=False, missing="it is gone")

LISTENER_TOP_CHANGES = Contract(
    "What came to the lists of what a listener hears most, rose, fell and went between two days, one after the other.",
    (
        replace(_OF_TOPS["snapshot_date"], description="Day on which the change was seen."),
        Column("previous_date", "DATE", "Day on which the list was told before."),
        _OF_TOPS["listener"],
        _OF_TOPS["item_type"],
        _OF_TOPS["time_range"],
        Column("item_id", "VARCHAR", "Spotify's id of the track or artist."),
        _OF_TOPS["name"],
        _OF_TOPS["artist_credit"],
        Column("change", "VARCHAR", "What became of it.", accepted=("new", "up", "down", "gone")),
        RANK,
        replace(RANK, name="previous_rank", description="Its place on the day before.", missing="it is new"),
    ),
    grain=("snapshot_date", "listener", "item_type", "time_range", "item_id"),
    is_personal=True,
)

listener_top_changes = mart("listener_top_changes", LISTENER_TOP_CHANGES)

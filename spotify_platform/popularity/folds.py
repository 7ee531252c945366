"""Three ways to hold tracks out, each asking an honest question.

cold      how well for an artist never seen: no artist is on both sides
warm      how well for a new song of a known artist: no song (artist and title key) is on both sides
temporal  how well for releases after the training ended: no song and no release day is on both sides

Splitting rows at random asks none of them: the same song under two ids, or two songs of one artist, then
stand on both sides, and the score is partly recall. It is kept (`row_split`) to be shown for what it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

COLD, WARM, TEMPORAL, ROW_SPLIT = "cold", "warm", "temporal", "row_split_leaky"
PROTOCOLS = (COLD, WARM, TEMPORAL)
FEWEST_ON_A_SIDE = 5
"""Fewer held-out tracks have no top decile and no order worth measuring."""


@dataclass(frozen=True)
class EvaluationPlan:
    """How much is measured: `folds_per_seed` of `folds` folds for each seed.

    The temporal protocol has one fold: its test holds at most `temporal_share` of the dated tracks.
    """

    seeds: tuple[int, ...] = (0,)
    folds: int = 5
    folds_per_seed: int = 1
    temporal_share: float = 0.2
    permutation_repeats: int = 1


QUICK = EvaluationPlan()
THOROUGH = EvaluationPlan(seeds=(0, 1, 2, 3, 4), permutation_repeats=3)


@dataclass(frozen=True)
class Fold:
    """Positions of the training and the test rows."""

    protocol: str
    seed: int
    number: int
    train: "np.ndarray[Any, Any]"
    test: "np.ndarray[Any, Any]"


@dataclass(frozen=True)
class Unmeasurable:
    """A protocol that these tracks cannot answer, and why."""

    protocol: str
    reason: str


def honest_folds(tracks: "pd.DataFrame", plan: EvaluationPlan) -> tuple[list[Fold], list[Unmeasurable]]:
    """The folds of all protocols, over the tracks of a TrainingSet; what cannot be asked is named."""
    folds: list[Fold] = []
    refused: list[Unmeasurable] = []
    for protocol, group in ((COLD, "artist_group"), (WARM, "song_group")):
        groups = tracks[group].to_numpy()
        count = tracks[group].nunique()
        if count < plan.folds or len(tracks) < plan.folds * FEWEST_ON_A_SIDE:
            unit = "artists" if protocol == COLD else "songs"
            reason = f"{len(tracks)} tracks of {count} {unit} do not fill {plan.folds} folds"
            refused.append(Unmeasurable(protocol, reason))
        else:
            folds.extend(_grouped(protocol, groups, plan))
    temporal = _temporal(tracks, plan.temporal_share)
    if isinstance(temporal, Fold):
        folds.append(temporal)
    else:
        refused.append(temporal)
    return folds, refused


def row_split(tracks: "pd.DataFrame") -> Fold:
    """The usual random split of rows, blind to artists and songs. Never a measure of skill."""
    import numpy as np
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(np.arange(len(tracks)), test_size=0.2, random_state=42)
    return Fold(ROW_SPLIT, 42, 0, train, test)


def _grouped(protocol: str, groups: "np.ndarray[Any, Any]", plan: EvaluationPlan) -> Iterator[Fold]:
    from sklearn.model_selection import GroupKFold

    for seed in plan.seeds:
        splits = GroupKFold(plan.folds, shuffle=True, random_state=seed).split(groups, groups=groups)
        for number, (train, test) in enumerate(islice(splits, plan.folds_per_seed)):
            yield Fold(protocol, seed, number, train, test)


def _temporal(tracks: "pd.DataFrame", share: float) -> Fold | Unmeasurable:
    """Train on what was surely released before the cut, test on what surely came after.

    Tracks dated by year or month only are left out of the test, and out of the training where their
    period reaches past the cut. A later edition of a song released before the cut is no new song.
    """
    import numpy as np

    dated = tracks["release_precision"].eq(2)
    if dated.sum() < 2 * FEWEST_ON_A_SIDE:
        return Unmeasurable(TEMPORAL, f"only {dated.sum()} tracks have a full release date")
    cut = _cut(tracks.loc[dated, "release_day"], share)
    before = tracks["release_day_latest"] < cut
    after = dated & (tracks["release_day"] >= cut)
    after &= ~tracks["song_group"].isin(tracks.loc[before, "song_group"])
    if min(before.sum(), after.sum()) < FEWEST_ON_A_SIDE:
        reason = f"{before.sum()} tracks before and {after.sum()} new songs after the cut are too few"
        return Unmeasurable(TEMPORAL, reason)
    return Fold(TEMPORAL, 0, 0, np.flatnonzero(before), np.flatnonzero(after))


def _cut(release_days: "pd.Series[Any]", share: float) -> float:
    """The first start of a month with at most `share` of the releases on or after it.

    Where all of them fall into one month, the day itself instead of the start of a month.
    """
    import pandas as pd

    day = float(release_days.quantile(1 - share, interpolation="higher"))
    month = (pd.Timestamp(day, unit="D") - pd.Timedelta(days=1)).to_period("M") + 1
    start = float((month.to_timestamp() - pd.Timestamp(0)).days)
    return start if (release_days >= start).any() else day

"""Figures of an evaluation, drawn without pyplot: no global state, no display.

Each takes the frames of an Evaluation and returns a Figure; `png` gives its bytes.
"""

import io
from typing import TYPE_CHECKING

from spotify_platform.popularity.folds import PROTOCOLS
from spotify_platform.popularity.models import YARDSTICK

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#1f6fb2", "#d9822b", "#9a9a9a"
SHOWN_FEATURES = 15


def predicted_against_actual(held_out: "pd.DataFrame", model: str) -> "Figure":
    """One panel per protocol: the model's prediction against the popularity, for held-out tracks."""
    figure, panels = _panels(held_out, model)
    for axes, (protocol, tracks) in panels:
        axes.hexbin(tracks["popularity"], tracks["predicted"], gridsize=30, mincnt=1, cmap="Blues")
        axes.plot([0, 100], [0, 100], color=ORANGE, linewidth=1)
        axes.set(title=protocol, xlabel="popularity", ylabel="predicted", xlim=(0, 100), ylim=(0, 100))
    figure.suptitle(f"{model}: held-out tracks")
    return figure


def error_by_decile(held_out: "pd.DataFrame", model: str) -> "Figure":
    """One panel per protocol: mean error (predicted − actual) and mean absolute error per predicted decile."""
    import numpy as np

    figure, panels = _panels(held_out, model)
    for axes, (protocol, tracks) in panels:
        ordered = tracks.sort_values("predicted", kind="stable")
        error = (ordered["predicted"] - ordered["popularity"]).to_numpy()
        deciles = [part for part in np.array_split(error, 10) if len(part)]
        places = np.arange(1, len(deciles) + 1)
        axes.bar(places, [np.abs(part).mean() for part in deciles], color=GREY, label="mean absolute error")
        axes.plot(places, [part.mean() for part in deciles], color=ORANGE, marker="o", label="mean error")
        axes.axhline(0, color="black", linewidth=0.5)
        axes.set(title=protocol, xlabel="decile of the prediction", ylabel="points of popularity")
        axes.legend(fontsize="small")
    figure.suptitle(f"{model}: error by decile, held-out tracks")
    return figure


def importance_bars(importance: "pd.DataFrame", model: str) -> "Figure":
    """The features that matter most: by gain in training, and by shuffling them in held-out tracks."""
    figure = _figure(2)
    rows = importance[importance["model"] == model]
    titles = {"gain": "share of split gain", "permutation": "added squared error when shuffled"}
    for axes, (measure, title) in zip(figure.subplots(1, 2), titles.items(), strict=True):
        top = rows.nlargest(SHOWN_FEATURES, measure).iloc[::-1]
        axes.barh(top["feature"], top[measure], color=BLUE)
        axes.set(title=title)
    figure.suptitle(f"{model}: feature importance")
    return figure


def protocol_bars(summary: "pd.DataFrame") -> "Figure":
    """Squared error of every model as a share of the yardstick's, by protocol; lines are one deviation."""
    import numpy as np

    figure = _figure(2)
    axes = figure.subplots()
    honest = summary[summary["protocol"].isin(PROTOCOLS) & summary["model"].ne(YARDSTICK.name)]
    ratios = honest.pivot(index="protocol", columns="model", values="mse_ratio")
    deviations = honest.pivot(index="protocol", columns="model", values="mse_ratio_sd").fillna(0.0)
    protocols = [protocol for protocol in PROTOCOLS if protocol in ratios.index]
    models = list(dict.fromkeys(honest["model"]))
    width = 0.8 / len(models)
    for place, model in enumerate(models):
        at = np.arange(len(protocols)) + (place - (len(models) - 1) / 2) * width
        heights = ratios.loc[protocols, model]
        axes.bar(at, heights, width * 0.95, yerr=deviations.loc[protocols, model], label=model)
    axes.axhline(1, color="black", linewidth=1)
    axes.set_xticks(range(len(protocols)), protocols)
    axes.set(ylabel=f"squared error ÷ that of {YARDSTICK.name}", title="Lower is better; 1 is the yardstick")
    axes.legend(fontsize="small", ncols=2)
    return figure


def png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    # Without the version of the library in the metadata: the same figure gives the same bytes.
    figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
    return buffer.getvalue()


def _panels(held_out: "pd.DataFrame", model: str):  # type: ignore[no-untyped-def]
    rows = held_out[held_out["model"] == model]
    groups = [(name, rows[rows["protocol"] == name]) for name in PROTOCOLS if name in set(rows["protocol"])]
    figure = _figure(len(groups))
    return figure, list(zip(figure.subplots(1, len(groups), squeeze=False)[0], groups, strict=True))


def _figure(panels: int) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.5 * panels, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    return figure

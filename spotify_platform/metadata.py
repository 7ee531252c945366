"""What the Dagster UI shows of a table: schema, lineage, counts, a preview, its contract's outcome."""

import base64
import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, get_args

import dagster as dg

from spotify_platform.contract import RULES, Contract, Evaluation, quoted
from spotify_platform.errors import ContractBreachError
from spotify_platform.landing.format import Kind
from spotify_platform.landing.manifest import LandedFile

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spotify_platform.sources.clients import Clients

PREVIEW_ROWS = 5
BAR = 20
"""Characters of a full bar in the coverage table."""
RAW_OF: dict[str, tuple[str, ...]] = {
    "chart_entries": ("charts",),
    "chart_labels": ("charts",),
    "chart_repeats": ("charts",),
    "track_rows": ("catalog",),
    "track_row_artists": ("catalog",),
    "playlist_rows": ("playlists",),
    "artist_rows": ("artists",),
    "artist_row_genres": ("artists",),
    "album_rows": ("albums",),
    "play_rows": ("plays",),
    "play_tracks": ("plays",),
    "top_track_rows": ("top_tracks",),
    "top_item_rows": ("listener_tops",),
    "rejected_rows": get_args(Kind),
    "files": (),
    "listener_offsets": (),
    "exclusions": (),
}
"""Which raw assets the candidate rows come from."""


def asset_keys(table: tuple[str, str]) -> list[dg.AssetKey]:
    """The assets that stand for a table which a SQL model reads."""
    layer, name = table
    if layer == "candidates":
        return [dg.AssetKey(["raw", kind]) for kind in RAW_OF[name]]
    return [dg.AssetKey([layer, name])]


@dataclass(frozen=True)
class Plot:
    """A picture of a table: a query of two columns, names and numbers, over `{table}`.

    That of a warehouse's table is in the models' dialect, with a LIMIT: an ORDER BY without one is left out of T-SQL.
    """

    title: str
    sql: str


def definition_metadata(contract: Contract, plot: Plot | None = None) -> dict[str, Any]:
    """Column schema, contract and plot, as an asset's definition metadata."""
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            description=column.description + (f" Missing: {column.missing}." if column.missing else ""),
            constraints=dg.TableColumnConstraints(
                nullable=not column.required, unique=contract.grain == (column.name,)
            ),
        )
        for column in contract.columns
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "grain": ", ".join(contract.grain),
        "contract": dg.MetadataValue.json(contract.to_json()),
        **({"plot": dg.MetadataValue.json(asdict(plot))} if plot else {}),
    }


def lineage_metadata(lineage: Mapping[str, list[tuple[str, str, str]]]) -> dict[str, Any]:
    """Column lineage as Dagster shows it; a candidate row's column stands for its raw asset's."""
    return {
        "dagster/column_lineage": dg.TableColumnLineage(
            {
                column: [
                    dg.TableColumnDep(asset_key=key, column_name=source)
                    for layer, table, source in sources
                    for key in asset_keys((layer, table))
                ]
                for column, sources in lineage.items()
            }
        )
    }


Ask = Callable[[str], tuple[list[str], list[tuple[Any, ...]]]]
"""Answers a query in the models' dialect with column names and rows."""


def table_metadata(
    ask: Ask,
    relation: str,
    contract: Contract,
    plot: Plot | None,
    nulls: Mapping[str, int] | None = None,
    listings: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What a person would look at: the first rows, how full each column is, the table's plot, and its listings.

    `nulls` are the rows without a value by column, where they are known; `listings` queries over `{table}`.
    """
    shown = {} if contract.is_personal else {"preview": dg.MetadataValue.md(_preview(ask, relation))}
    return {
        **shown,
        "coverage": dg.MetadataValue.md(_coverage(ask, relation, contract, nulls or {})),
        **({"plot": dg.MetadataValue.md(_picture(ask, relation, plot))} if plot else {}),
        **{
            name: dg.MetadataValue.md(markdown(*ask(sql.format(table=relation))))
            for name, sql in (listings or {}).items()
        },
    }


def _preview(ask: Ask, relation: str) -> str:
    return markdown(*ask(f"SELECT * FROM {relation} LIMIT {PREVIEW_ROWS}"))


def _coverage(ask: Ask, relation: str, contract: Contract, nulls: Mapping[str, int]) -> str:
    """Share of rows that have a value, by column, as bars of text. Only those that may be missing are counted."""
    known = {**nulls, **{column.name: 0 for column in contract.columns if column.required}}
    counts = [f"COUNT({quoted(name)})" for name in contract.names if name not in known]
    _, [(rows, *counted)] = ask(f"SELECT {', '.join(['COUNT(*)', *counts])} FROM {relation}")
    filled = iter(counted)
    shares = {name: rows - known[name] if name in known else next(filled) for name in contract.names}
    lines = [(name, _bar(number / rows if rows else 0)) for name, number in shares.items()]
    return markdown(["column", "rows with a value"], lines)


def _bar(share: float) -> str:
    return f"`{'█' * round(share * BAR):·<{BAR}}` {share:.1%}"


def _picture(ask: Ask, relation: str, plot: Plot) -> str:
    _, rows = ask(plot.sql.format(table=relation))
    return bar_chart(plot.title, rows)


def bar_chart(title: str, rows: Sequence[Sequence[Any]]) -> str:
    """A bar chart as an embedded SVG: names from left to right in the order of the rows, each a name and a number."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.4))
    axes = figure.subplots(gridspec_kw={"left": 0.09, "right": 0.98, "top": 0.92, "bottom": 0.4})
    axes.tick_params(labelsize=7)
    places = range(len(rows))
    # One collection of thick lines: drawing a patch for each bar costs twice as much.
    values = [float(value or 0) for _, value in rows]
    axes.vlines(places, 0, values, color="#1db954", linewidth=400 / max(len(rows), 1), capstyle="butt")
    axes.axhline(0, color="black", linewidth=0.5)
    axes.margins(x=0.6 / max(len(rows), 1))
    step = max(1, len(rows) // 24)
    axes.set_xticks(places[::step], [str(name)[:24] for name, _ in rows][::step], rotation=60, ha="right", fontsize=7)
    axes.set_title(title, fontsize=9, y=1)  # else all labels are laid out once more, to see whether it meets one
    return image_markdown(figure, title)


def image_markdown(figure: "Figure", title: str) -> str:
    """A matplotlib figure as Markdown that the Dagster UI shows.

    Texts stay texts in it, which whoever looks has letters for, whatever the script.
    """
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()})"


def markdown(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


CONTRACT_CHECK = "contract"


def contract_check(key: dg.AssetKey, contract: Contract) -> dg.AssetCheckSpec:
    """That a table keeps its contract, as one check: what depends on it waits."""
    rules = "; ".join(RULES[rule] for rule in contract.rules)
    return dg.AssetCheckSpec(CONTRACT_CHECK, asset=key, blocking=True, description=f"Contract: {rules}.")


def contract_result(key: dg.AssetKey, evaluation: Evaluation) -> dg.AssetCheckResult:
    """What the evaluation of a contract found, by rule and column."""
    broken = evaluation.broken()
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=CONTRACT_CHECK,
        passed=not broken,
        metadata={"rows": evaluation.rows, "breaches": dg.MetadataValue.json(broken)},
    )


def report_breach(instance: dg.DagsterInstance, key: dg.AssetKey, breach: ContractBreachError) -> None:
    """A table that was not committed shows as a failed check: its step raises before it could tell one."""
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=key,
            check_name=CONTRACT_CHECK,
            passed=False,
            severity=dg.AssetCheckSeverity.ERROR,
            description="not committed: " + "; ".join(RULES[rule] for rule in breach.broken),
            metadata={
                "breaches": dg.MetadataValue.json({rule: dict(counts) for rule, counts in breach.broken.items()})
            },
        )
    )


def landing_metadata(files: Sequence[LandedFile]) -> dict[str, Any]:
    """What landed, as the metadata of a raw asset: totals, and a line per file."""
    lines = [
        (f.name, f.format, f"{f.period_start} – {f.period_end}", f"{f.rows:,}", f"{f.rejected:,}", "; ".join(f.repairs))
        for f in files[:50]
    ]
    return {
        "files": len(files),
        "rows_read": sum(file.rows_read for file in files),
        "rejected": sum(file.rejected for file in files),
        "size": sum(file.size for file in files),
        "landed": dg.MetadataValue.md(markdown(["file", "format", "period", "rows", "rejected", "repairs"], lines)),
    }


def source_metadata(clients: "Clients", source: str, tier: int) -> dict[str, Any]:
    """What an asset that asks a source tells of it: the tier that it takes, what the keys were found able to do, and how
    many calls its budget of a day still has. Makes no call."""
    from spotify_platform.sources.probing import calls_left, remembered

    columns = [dg.TableColumn(name, "string") for name in ("endpoint", "state", "found_at")]
    records = [
        dg.TableRecord({"endpoint": endpoint, "state": found.state, "found_at": found.found_at})
        for name, endpoint, found in remembered(clients)
        if name == source
    ]
    closed_until, left = clients.allowance_of(source).closed_until, calls_left(clients, source)
    return {
        "tier": int(tier),
        "abilities": dg.MetadataValue.table(records, dg.TableSchema(columns)),
        **({} if left is None else {"calls_left": left}),
        **({"closed_until": dg.MetadataValue.timestamp(closed_until)} if closed_until else {}),
    }


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")[:80]

"""Every T-SQL statement that the platform can say, kept as text, once for each dialect, and read by a T-SQL parser.

`tsql/<dialect>/` holds what stands in review: `builder_*` one statement builder each, `table_*` what building a table
of the star schema takes, `run_*` what a pool was really sent. They are renewed by

    python -m spotify_platform_tests.warehouse.test_warehouse_tsql

and by nothing else; the review of a change to a statement is the review of its file.
"""

import difflib
import inspect
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pyarrow as pa
import pytest
from sqlfluff.core import FluffConfig, Linter

from spotify_platform.azure import StorageAccount
from spotify_platform.contract import Column, Contract, counting, counting_repeats
from spotify_platform.environment import Environment
from spotify_platform.lake.folder import FolderLake
from spotify_platform.metadata import table_metadata
from spotify_platform.months import MonthRange
from spotify_platform.sql import engines
from spotify_platform.sql.model import SqlModel
from spotify_platform.warehouse import tsql
from spotify_platform.warehouse.io_manager import Declared
from spotify_platform.warehouse.pooled import select_of
from spotify_platform.warehouse.synapse import copy_layout
from spotify_platform.warehouse.synapse_io_manager import ModelHandler, PoolClient, synapse_io_manager
from spotify_platform.warehouse.synapse_lake import load_lake_table
from spotify_platform.warehouse.tsql import Layout, Name
from spotify_platform_tests.defs.graph import Graph, models
from spotify_platform_tests.fakes import azurite as azurite_process
from spotify_platform_tests.fakes import pool_process
from spotify_platform_tests.warehouse.conftest import Backend, materialize_on, table_of
from spotify_platform_tests.warehouse.test_warehouse_pool import ENTRIES, asset, build_charts

pytestmark = pytest.mark.filterwarnings("ignore:Parameter `backfill_policy` of function `asset` is currently in beta")

GOLDEN = Path(__file__).with_name("tsql")
RENEW = "python -m spotify_platform_tests.warehouse.test_warehouse_tsql"
POOLS: tuple[tsql.Pool, ...] = ("synapse", "fabric")
IN_BOTH = pytest.mark.parametrize("pool", POOLS)
SEPARATOR = ";\n\n"
Files = dict[str, str]
"""Golden files: name without suffix → text."""


def as_file(statements: Sequence[str]) -> str:
    assert not any(SEPARATOR in statement for statement in statements)
    return SEPARATOR.join(statement.strip() for statement in statements) + ";\n"


def statements_of(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").removesuffix(";\n").split(SEPARATOR)


def kept(pool: tsql.Pool, kind: str) -> Files:
    """The golden files of a kind."""
    return {file.stem: file.read_text(encoding="utf-8") for file in (GOLDEN / pool).glob(f"{kind}_*.sql")}


def difference(expected: Files, found: Files) -> str:
    """The changed lines, file by file; nothing where all is the same."""
    return "\n".join(
        line
        for name in sorted(expected.keys() | found.keys())
        for line in difflib.unified_diff(
            expected.get(name, "").splitlines(),
            found.get(name, "").splitlines(),
            f"{name}.sql",
            "the code",
            lineterm="",
        )
    )


def assert_kept(pool: tsql.Pool, found: Files, kind: str) -> None:
    changes = difference(kept(pool, kind), found)
    assert not changes, f"what is said to {pool} changed; if that is meant, renew the files with: {RENEW}\n{changes}"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return Graph.of(Environment.load(home=tmp_path_factory.mktemp("tsql") / "home", world="data"))


# --- (a) the statement builders, by example

TABLE: Name = ("marts", "fact_entries")
ODD: Name = ("marts", "odd ] name")
ALL_TYPES = {f"a_{type.lower()}": type for type in ("VARCHAR", *tsql.TYPES)}
TEXTS: dict[str, str | int | None] = {"name": "Rock ’n’ Roll isn't Дима", "rows": 7, "month_column": None}
SLOTS = {"b": ["track_id", "rank", "new"], "a": ["track_id", "rank"]}
URLS = ["https://account.blob.core.windows.net/staging/1.parquet", "https://account.blob.core.windows.net/lake/it's"]
LAYOUTS = [
    Layout(),
    tsql.HEAP,
    Layout("REPLICATE"),
    Layout("HASH([track_id])", "CLUSTERED COLUMNSTORE INDEX ORDER ([day])"),
]
Builder = Callable[[tsql.Pool], list[str]]
BUILDERS: dict[str, Builder] = {
    "create_schema": lambda pool: [tsql.create_schema("marts"), tsql.create_schema("it's ] odd")],
    "create_table": lambda pool: [
        tsql.create_table(pool, ODD, ALL_TYPES),
        *(tsql.create_table(pool, TABLE, {"track_id": "VARCHAR", "day": "DATE"}, layout) for layout in LAYOUTS),
    ],
    "create_if_missing": lambda pool: [tsql.create_if_missing(pool, tsql.LEDGER, {"object": "VARCHAR"})],
    "create_table_as": lambda pool: [
        tsql.create_table_as(pool, TABLE, "SELECT [track_id], [day] FROM [marts].[other]", layout) for layout in LAYOUTS
    ],
    "copy_into": lambda pool: [
        tsql.copy_into(pool, TABLE, ["track_id"], URLS[:1]),
        tsql.copy_into(pool, ODD, list(ALL_TYPES), URLS),
    ],
    "count": lambda pool: [tsql.count(TABLE), tsql.count(TABLE, tsql.days("day", "2020-01-01", "2020-02-01"))],
    "select_all": lambda pool: [
        tsql.select_all(TABLE, ["track_id"]),
        tsql.select_all(ODD, ["a ]", "b"], tsql.equals({"name": "it's", "rows": 7})),
    ],
    "select_typed": lambda pool: [tsql.select_typed(pool, TABLE, ALL_TYPES)],
    "insert_from": lambda pool: [
        tsql.insert_from(TABLE, ["track_id"], ODD),
        tsql.insert_from(TABLE, ["track_id", "rank"], ODD, {"year": 2020, "month": 2}),
    ],
    "insert_values": lambda pool: [tsql.insert_values(tsql.LEDGER, TEXTS)],
    "delete": lambda pool: [
        tsql.delete(TABLE, ""),
        tsql.delete(TABLE, tsql.days("day", "2020-01-01", "2020-02-01")),
        tsql.delete(tsql.LEDGER, tsql.equals({"name": "it's", "rows": 7})),
    ],
    "truncate": lambda pool: [tsql.truncate(TABLE)],
    "drop_table": lambda pool: [tsql.drop_table(ODD)],
    "rename": lambda pool: [tsql.rename(pool, TABLE, "fact_entries__old_00000000")],
    "create_statistics": lambda pool: [tsql.create_statistics(TABLE, "track_id")],
    "update_statistics": lambda pool: [tsql.update_statistics(TABLE, "track_id")],
    "tables_like": lambda pool: [tsql.tables_like("marts", "fact_entries"), tsql.tables_like("published", "")],
    "column_types": lambda pool: [tsql.column_types(TABLE)],
    "columns_of": lambda pool: [tsql.columns_of(["warehouse", "it's"])],
    "published_view": lambda pool: [
        "CREATE " + tsql.published_view("fact_entries", SLOTS["a"], {"a": SLOTS["a"]}),
        "ALTER " + tsql.published_view("fact_entries", SLOTS["b"], SLOTS),
    ],
    "drop_view": lambda pool: [tsql.drop_view(("published", "fact_entries"))],
    "switch": lambda pool: [tsql.switch("a", 3, "2020-02-01T00:00:00+00:00")],
    "serverless_view": lambda pool: [tsql.serverless_view(("cleandata", "charts"), URLS[1])],
}
PARTS = {"slot_schema", "quoted", "named", "text", "literal", "columns", "type_of", "typed", "equals", "days"}
"""What of tsql.py returns not a statement but a part of one."""


def public_texts() -> dict[str, Callable[..., str]]:
    """The public functions of tsql.py that return text."""
    functions = inspect.getmembers(tsql, inspect.isfunction)
    own = {name: function for name, function in functions if function.__module__ == tsql.__name__}
    return {n: f for n, f in own.items() if not n.startswith("_") and f.__annotations__["return"] is str}


def builders(pool: tsql.Pool) -> Files:
    return {f"builder_{name}": as_file(examples(pool)) for name, examples in BUILDERS.items()}


def test_every_builder_of_a_statement_has_a_golden_file() -> None:
    assert public_texts().keys() == BUILDERS.keys() | PARTS
    assert not BUILDERS.keys() & PARTS


@IN_BOTH
def test_a_builder_says_what_was_reviewed(pool: tsql.Pool) -> None:
    assert_kept(pool, builders(pool), "builder")


@IN_BOTH
def test_the_example_of_a_builder_is_said_by_that_builder(pool: tsql.Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, examples in BUILDERS.items():
        with monkeypatch.context() as patched, recording(patched) as said:
            assert all(without_verb(statement) in said[name] for statement in examples(pool)), name


# --- (b) the star schema

SCHEMAS = ("warehouse", "marts", "ml")
MONTHS = MonthRange(202002, 202003)


def declared(graph: Graph) -> dict[Name, Declared]:
    """What the definitions say of every table of the warehouse that has a contract."""
    found = {}
    for key, spec in graph.specs.items():
        schema, _, name = key.partition("/")
        if schema in SCHEMAS and "contract" in spec.metadata:
            found[schema, name] = Declared.of(SimpleNamespace(definition_metadata=spec.metadata))  # type: ignore[arg-type]
    return found


def star_schema(pool: tsql.Pool, graph: Graph) -> Files:
    """What it takes to build, judge, show and publish every table of the warehouse."""
    by_name = {(model.schema, model.table): model for model in models()}
    found = {}
    for table, told in declared(graph).items():
        layout = told.layout or tsql.layout_of(table, told.contract)
        model = by_name.get(table)
        building = of_model(pool, graph, model, told, layout) if model else of_frame(pool, table, told.contract, layout)
        found["table_" + ".".join(table)] = as_file(
            [
                *building,
                *judging(pool, table, told.contract),
                *(tsql.create_statistics(table, column) for column in layout.statistics),
                *shown(pool, table, told),
                "CREATE "
                + tsql.published_view(table[1], told.contract.names, dict.fromkeys(tsql.SLOTS, told.contract.names)),
            ]
        )
    return found | copies(pool, graph)


def copies(pool: tsql.Pool, graph: Graph) -> Files:
    """What it takes to copy those tables of the lake that models of the warehouse read."""
    read = {table for model in models() if model.schema in SCHEMAS for table in model.upstream}
    found = {}
    for table in sorted(table for table in read if table[0] not in SCHEMAS):
        types = graph.contracts["/".join(table)].types
        load, within = (table[0], f"{table[1]}__load_00000000"), {"year": 2020, "month": 2}
        part = within if within.keys() <= types.keys() else {}
        own = {name: type for name, type in types.items() if name not in part}
        found["table_" + ".".join(table)] = as_file(
            [
                tsql.create_table(pool, table, types, copy_layout(types)),
                tsql.create_table(pool, load, own),
                tsql.copy_into(pool, load, list(own), URLS),
                tsql.insert_from(table, list(own), load, part),
            ]
        )
    return found


def of_model(pool: tsql.Pool, graph: Graph, model: SqlModel, told: Declared, layout: Layout) -> list[str]:
    """Its CTAS, of all rows and, if it is built by month, of those of some months."""
    table, types = (model.schema, model.table), told.contract.types
    whole = tsql.create_table_as(pool, table, select_of(model, {}, types, pool), layout)
    if not told.month_column:
        return [whole]
    limits = limits_of(graph, model)
    assert limits, f"{model.name} is built by month, but no table that it reads is restricted"
    return [whole, tsql.create_table_as(pool, table, select_of(model, limits, types, pool), tsql.HEAP)]


def limits_of(graph: Graph, model: SqlModel) -> Mapping[Name, str]:
    """What the IO manager leaves of the tables that a model reads when it builds some months."""
    monthly = {table: told.month_column for table, told in declared(graph).items() if told.month_column}
    columns = {table: graph.contracts["/".join(table)].types for table in model.upstream}
    handler = ModelHandler(SimpleNamespace(monthly_tables=lambda session: monthly), None)  # type: ignore[arg-type]
    return handler._limits(None, model, columns, MONTHS)  # type: ignore[arg-type]


def of_frame(pool: tsql.Pool, table: Name, contract: Contract, layout: Layout) -> list[str]:
    """Rows that are loaded, and then laid out."""
    load = (table[0], f"{table[1]}__load_00000000")
    return [
        tsql.create_table(pool, load, contract.types),
        tsql.copy_into(pool, load, contract.names, URLS[:1]),
        tsql.count(load),
        tsql.create_table_as(pool, table, tsql.select_typed(pool, load, contract.types), layout),
    ]


def judging(pool: tsql.Pool, table: Name, contract: Contract) -> list[str]:
    """The questions of the contract."""
    relation = f'"{table[0]}"."{table[1]}"'
    asked = [counting(contract, relation, contract.types), counting_repeats(contract.grain, relation)]
    return [engines.write_tsql(engines.parse(sql), pool) for sql in asked]


def shown(pool: tsql.Pool, table: Name, told: Declared) -> list[str]:
    """The questions behind what the Dagster UI shows: first rows, coverage, plot."""
    asked: list[str] = []
    relation = ".".join(table)

    def ask(sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        asked.append(sql)
        return [], [tuple(0 for _ in engines.parse(sql).selects)]

    table_metadata(ask, relation, told.contract, None)
    if told.plot:
        asked.append(told.plot.sql.format(table=relation))
    return [engines.write_tsql(engines.parse(sql), pool) for sql in asked]


@IN_BOTH
def test_the_star_schema_is_built_as_was_reviewed(pool: tsql.Pool, graph: Graph) -> None:
    assert_kept(pool, star_schema(pool, graph), "table")


def test_every_table_of_the_warehouse_is_among_them(graph: Graph) -> None:
    """Models by their SQL, the others as rows that are loaded; `ml/popularity_model` is no table."""
    named = {tuple(key.split("/")) for key in graph.specs if key.startswith(SCHEMAS)}
    assert named - declared(graph).keys() == {("ml", "popularity_model")}
    built_here = {(model.schema, model.table) for model in models() if model.schema in SCHEMAS}
    assert built_here <= declared(graph).keys()
    written_in_sql = {table for table in declared(graph) if "sql" in graph.specs["/".join(table)].kinds}
    assert written_in_sql == built_here


# --- (c) what a pool is sent

CHARTS: Name = ("cleandata", "charts")
JANUARY = ("2020-01-01", "2020-01-01")
TRACKS = SqlModel(
    "marts",
    "track_entries",
    "SELECT c.track_id, MIN(c.rank) AS best FROM cleandata.charts AS c GROUP BY c.track_id",
)
TRACK_ENTRIES = Contract(
    "The best rank of a track.",
    (Column("track_id", "VARCHAR", "Track."), Column("best", "SMALLINT", "Rank.", minimum=1)),
    grain=("track_id",),
)
REQUESTS = {"BEGIN": "BEGIN TRANSACTION", "COMMIT": "COMMIT TRANSACTION", "ROLLBACK": "ROLLBACK TRANSACTION"}
"""The driver asks for a transaction by a request of the protocol, which the fake notes as one word."""
RANDOM = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "00000000-0000-0000-0000-000000000000",
    r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])": "0" * 32,
    r"__(new|old|load)_[0-9a-f]{8}": r"__\1_00000000",
    r"127\.0\.0\.1:\d+": "127.0.0.1:10000",
}
OTHERS = ((engines, "write_tsql"), (PoolClient, "get_select_statement"))
"""What is said outside of tsql.py: models and questions in the models' dialect, and the reading of a whole table."""


def settled(statement: str) -> str:
    """A statement without what differs from run to run."""
    statement = REQUESTS.get(statement, statement)
    for pattern, fixed in RANDOM.items():
        statement = re.sub(pattern, fixed, statement)
    return statement


def deeds(pool: tsql.Pool, account: StorageAccount, root: Path) -> Iterator[tuple[str, list[str]]]:
    """What a pool is sent when tables are built, rebuilt, read and published: the deed, and its statements."""
    lake = FolderLake(root / "lake")
    with pool_process.running(pool, account) as fake, dg.DagsterInstance.ephemeral() as instance:
        warehouse = pool_process.warehouse_of(fake, pool, account, root)
        backend = Backend(pool, synapse_io_manager(warehouse, lake), warehouse.connect, fake.query, fake, warehouse)
        materialize = materialize_on(backend, instance)

        def build(*assets: dg.AssetsDefinition | dg.SourceAsset, months: tuple[str, str] | None = None) -> None:
            assert materialize(*assets, months=months).success

        def load() -> None:
            with warehouse.connect() as session:
                load_lake_table(warehouse, session, lake, CHARTS)

        def publish(tolerance: float = 0.0) -> None:
            warehouse.publish(lake, [], tolerance=tolerance, published_at="2020-02-01T00:00:00+00:00")

        def publish_without_a_table() -> None:
            with warehouse.connect() as session:
                session.execute(tsql.delete(tsql.LEDGER, tsql.equals({"table_name": "track_entries"})))
            for _ in tsql.SLOTS:
                publish(tolerance=1)

        def deed(name: str, act: Callable[[], object]) -> tuple[str, list[str]]:
            before = len(fake.statements)
            act()
            return name, fake.statements[before:]

        model = table_of("track_entries", TRACK_ENTRIES, lambda: TRACKS)
        build_charts(lake, root, 1)
        yield deed("first_build_of_months", lambda: build(asset(1, monthly=True), months=JANUARY))
        yield deed("replacement_of_a_month", lambda: build(asset(2, monthly=True), months=JANUARY))
        yield deed("first_load_of_a_lake_table", load)
        build_charts(lake, root, 7, MonthRange(202002, 202002))
        yield deed("load_of_a_changed_month", load)
        yield deed("first_build_of_a_model", lambda: build(model))
        yield deed("rebuild_of_a_model", lambda: build(model))
        yield deed("reading_as_arrow", lambda: build(reader(), asset(3, monthly=True).to_source_asset()))
        yield deed("verification", lambda: warehouse.verify(TABLE, ENTRIES))
        yield deed("first_publication", publish)
        yield deed("second_publication", publish)
        build(asset(3, monthly=True), months=JANUARY)
        yield deed("publication_of_a_change", publish)
        yield deed("question_for_the_published_version", warehouse.published)
        yield deed("publication_without_a_table", publish_without_a_table)


def reader() -> dg.AssetsDefinition:
    """An asset that reads a table of the warehouse."""

    @dg.asset(ins={"entries": dg.AssetIn(["marts", "fact_entries"], input_manager_key="warehouse_io_manager")})
    def reads(entries: pa.Table) -> None:
        assert entries.num_rows == 3

    return reads


def without_verb(statement: str) -> str:
    """A view as its builder says it: whether to CREATE or to ALTER it is not its concern."""
    return re.sub(r"^(CREATE|ALTER) VIEW", "VIEW", statement)


@contextmanager
def recording(patched: pytest.MonkeyPatch) -> Iterator[dict[str, set[str]]]:
    """What each builder says meanwhile, and what is said outside of tsql.py."""
    said: dict[str, set[str]] = {}

    def record(owner: Any, name: str) -> None:
        speaker, heard = getattr(owner, name), said.setdefault(name, set())

        def speak(*arguments: Any, **named: Any) -> str:
            statement: str = speaker(*arguments, **named)
            heard.add(statement)
            return statement

        patched.setattr(owner, name, staticmethod(speak) if inspect.isclass(owner) else speak)

    for name in BUILDERS:
        record(tsql, name)
    for owner, name in OTHERS:
        record(owner, name)
    yield said


@dataclass(frozen=True)
class Recorded:
    """What was sent, deed by deed, and what the builders said meanwhile."""

    sent: Mapping[str, Sequence[str]]
    said: Mapping[str, set[str]]

    @classmethod
    def on(cls, pool: tsql.Pool, account: StorageAccount, root: Path) -> "Recorded":
        with pytest.MonkeyPatch.context() as patched, recording(patched) as said:
            return cls(dict(deeds(pool, account, root)), said)

    @property
    def files(self) -> Files:
        return {f"run_{deed}": as_file([settled(s) for s in statements]) for deed, statements in self.sent.items()}


@pytest.fixture(scope="module", params=POOLS)
def recorded(request: pytest.FixtureRequest, azurite: StorageAccount, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return request.param, Recorded.on(request.param, azurite, tmp_path_factory.mktemp(request.param))


def test_a_pool_is_sent_what_was_reviewed(recorded: tuple[tsql.Pool, Recorded]) -> None:
    pool, run = recorded
    assert_kept(pool, run.files, "run")


def test_a_pool_is_sent_nothing_but_what_the_builders_say(recorded: tuple[tsql.Pool, Recorded]) -> None:
    """Word by word: each statement is one that a builder has returned."""
    _, run = recorded
    said = set().union(*run.said.values())
    sent = {without_verb(statement) for statements in run.sent.values() for statement in statements}
    assert sent - said == REQUESTS.keys()


def test_every_builder_is_heard(recorded: tuple[tsql.Pool, Recorded]) -> None:
    """So the deeds leave nothing out: `select_typed` is sent inside of a CTAS, the view to a serverless pool."""
    _, run = recorded
    sent = {without_verb(statement) for statements in run.sent.values() for statement in statements}
    assert {name for name, said in run.said.items() if not said & sent} == {"serverless_view", "select_typed"}


# --- what a T-SQL parser says


@dataclass(frozen=True)
class Exemption:
    """What sqlfluff cannot read. `form` finds it; `stand_in` says its parts so that they can be read after all."""

    name: str
    form: str
    stand_in: str
    reason: str

    def read(self, statement: str) -> str:
        return re.sub(self.form, self.stand_in, statement)


EXEMPTIONS = (
    Exemption(
        "COPY INTO",
        r"^COPY INTO (?P<table>\[.+\]) \((?P<columns>\[.+\])\) FROM (?P<files>'.+')"
        r" WITH \(FILE_TYPE = 'PARQUET'(, CREDENTIAL = \(IDENTITY = 'Managed Identity'\))?\)$",
        r"SELECT \g<columns> FROM \g<table> WHERE [file] IN (\g<files>)",
        "it is a statement of Synapse and Fabric alone",
    ),
    Exemption(
        "a bracket in a name",
        r"(\[[^\]]*)\]\]([^\]]*\])",
        r"\1\2",
        "a name in brackets ends for it at the first one, doubled or not",
    ),
)
SYNONYMS = {"INTEGER"}
"""Types that T-SQL knows by a second name, and sqlfluff by the first alone."""


@cache
def linter() -> Linter:
    return Linter(config=FluffConfig(overrides={"dialect": "tsql", "templater": "raw"}))


def form_of(statement: str) -> str:
    """What a grammar sees of a statement: no name and no text, and of equal items of a list the first.

    It is slow, and most statements have a form that another one has, too.
    """
    form = re.sub(r"'[^']*'|\[[^\]]*\]", lambda match: "'t'" if match[0][0] == "'" else "[n]", statement)
    form = re.sub(r"(\[n\](?:\.\[n\])?)(?:, \1)+(?![.\w])", r"\1", form)
    return re.sub(r"^(.*,)(?:\n\1)+$", r"\1", form, flags=re.MULTILINE)


def unread(statement: str) -> tuple[str, ...]:
    return unread_form(form_of(statement))


@cache
def unread_form(form: str) -> tuple[str, ...]:
    """What sqlfluff cannot read of a statement, or reads only as what we never mean."""
    parsed = linter().parse_string(f"{form};")
    variant = parsed.root_variant()
    if parsed.violations or variant is None or variant.tree is None:
        return tuple(violation.desc() for violation in parsed.violations) or ("nothing was parsed",)
    calls, aliases, types = (
        list(variant.tree.recursive_crawl(kind))
        for kind in ("execute_script_statement", "alias_expression", "data_type")
    )
    # Words that it does not know it takes for a procedure's, an alias's or a type's name.
    return (
        *(f"a call without EXEC: {call.raw}" for call in calls if not call.raw.upper().startswith("EXEC")),
        *(f"an alias without AS: {alias.raw}" for alias in aliases if not alias.raw.upper().startswith("AS ")),
        *(
            f"an unknown type: {kind.raw}"
            for kind in types
            if not kind.segments[0].is_type("keyword") and kind.raw.upper() not in SYNONYMS
        ),
    )


def readable(statement: str) -> str:
    """What is read in place of a statement: itself unless something in it is exempt."""
    for exemption in EXEMPTIONS:
        statement = exemption.read(statement)
    return statement


GOLDEN_FILES = sorted(GOLDEN.glob("*/*.sql"))


@pytest.mark.parametrize("file", GOLDEN_FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_t_sql_parser_reads_every_statement(file: Path) -> None:
    found = {statement: unread(readable(statement)) for statement in statements_of(file)}
    assert not {statement: faults for statement, faults in found.items() if faults}


@pytest.mark.parametrize("exemption", EXEMPTIONS, ids=lambda exemption: exemption.name)
def test_what_is_exempt_still_has_to_be(exemption: Exemption) -> None:
    """What sqlfluff learns to read needs no exemption any more."""
    exempt = {s for file in GOLDEN_FILES for s in statements_of(file) if exemption.read(s) != s}
    assert any(unread(statement) for statement in exempt), f"{exemption.name} can be read, or is not said: {exempt}"


TYPOS = (
    "SELCT [a] FROM [b]",
    "SELECT [a] FORM [b]",
    "SELECT [a] FROM [b] WERE [c] = 1",
    "SELECT COUNT_BIG(*) AS [rows] FROM [a] GROUP [b]",
    "SELECT [a] FROM [b] UNION AL SELECT [a] FROM [c]",
    "SELECT CAST([a] AS BIGNT) AS [a] FROM [b]",
    "WITH [a] AS (SELECT [b] FROM [c] SELECT [b] FROM [a]",
    "CREATE TABLE [a].[b] ([c] BIGNT NULL)",
    "CREATE TABLE [a].[b] WITH (DISTRIBUTION = HSH([c]), HEAP) AS SELECT 1 AS [c]",
    "CREATE TABLE [a].[b] WITH (DISTRIBUTION = ROUND_ROBIN, HAEP) AS SELECT 1 AS [c]",
    "CREATE STATISTIC [a] ON [b].[c] ([d])",
    "INSERT INTO [a].[b] ([c]) VALUS (1)",
    "DROP TABEL IF EXISTS [a].[b]",
    "RENAME OBJECT [a].[b] TOO [c]",
    "sp_rename N'a', N'b'",
    "UPDATE [a].[b] SETT [c] = 1",
    "COPY INTO [a].[b] FROM 'https://c/d' WITH (FILE_TYPE = 'PARQUET')",
    "COPY INTO [a].[b] ([c]) FROM 'https://c/d' WITH (FILE_TYPE = 'PARKET')",
    "COPY INTO [a].[b] ([c],) FROM 'https://c/d' WITH (FILE_TYPE = 'PARQUET')",
    "COPY INTO [a].[b] ([c]) FROM 'https://c/d 'https://c/e' WITH (FILE_TYPE = 'PARQUET')",
)


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_is_refused(typo: str) -> None:
    assert unread(readable(typo))


# --- renewing


def renew() -> None:
    """Write all golden files anew; what changed shows in the review of the change."""
    with tempfile.TemporaryDirectory() as folder, azurite_process.running() as account:
        graph = Graph.of(Environment.load(home=Path(folder) / "home", world="data"))
        for pool in POOLS:
            recorded = Recorded.on(pool, account, Path(folder) / pool)
            files = builders(pool) | star_schema(pool, graph) | recorded.files
            (GOLDEN / pool).mkdir(parents=True, exist_ok=True)
            for stale in (GOLDEN / pool).glob("*.sql"):
                stale.unlink()
            for name, text in files.items():
                (GOLDEN / pool / f"{name}.sql").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew()

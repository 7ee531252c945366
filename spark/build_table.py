"""Build one Delta table from its SQL model on Spark: the only program of the platform that runs on a cluster.

It is told everything by Dagster Pipes, as plain data (`Job` below), and needs nothing of the platform: the model
is already in Spark's SQL, the contract's tests too. It reports one closing message, which says what came of it:

    {"token": …, "outcome": "built",  "evaluation": {"rows": 9, "breaches": [0, …], "repeated": 0, …}}
    {"token": …, "outcome": "broken", "evaluation": …}      the contract does not hold: nothing was written
    {"token": …, "outcome": "busy", "reason": …}            another writer committed first: nothing was written
    {"token": …, "outcome": "failed", "reason": …}          then the process fails, and Pipes carries the traceback
"""

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypedDict

import dagster_pipes as pipes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

JOB = "job"
"""The Pipes extra that holds the job."""
APPLICATION = "spotify_platform"
MODEL = "model"
"""The view of what the model selects."""
NO_CACHE = "NOT_SUPPORTED_WITH_SERVERLESS"
"""What serverless Databricks says to whoever would keep rows."""
CONFLICTS = ("DELTA_CONCURRENT", "DELTA_METADATA_CHANGED", "DELTA_PROTOCOL_CHANGED")
"""What Delta says to the slower of two writers."""
SPARK_TYPES = {
    "VARCHAR": "STRING",
    "BOOLEAN": "BOOLEAN",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
    "DOUBLE": "DOUBLE",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP_NTZ",
}


class Source(TypedDict):
    """A table that the model reads, as view `name`: a Delta table's version, or Parquet files, or rows themselves.

    Parquet files are read as `stored`, columns and DuckDB types: what a file lacks is null.
    """

    name: str
    columns: dict[str, str]
    stored: dict[str, str]
    where: str
    delta: str | None
    version: int | None
    parquet: list[str]
    rows: list[list[Any]]


class Job(TypedDict):
    """What to build. Columns are names and DuckDB types; `tests` and `grain` are the contract's, in Spark's SQL.

    `months` (yyyymm) are those that may have rows, or empty for any; `replaces_months` replaces these alone, and
    not the whole table. `commit` is kept with the Delta version. The same `token` writes once, however often it is run.
    """

    token: str
    table: str
    target: str
    sql: str
    sources: list[Source]
    columns: dict[str, str]
    partition_by: list[str]
    months: list[int]
    replaces_months: bool
    tests: list[str]
    grain: list[str]
    minimum_rows: int
    commit: dict[str, Any]
    session: dict[str, str]


def main() -> None:
    """Run the job that Pipes tells; without Pipes there is none."""
    with _opened() as context:
        job: Job = context.get_extra(JOB)
        spark = session(job["session"])
        try:
            message = build(spark, job, context.log.info)
        except Exception as error:
            context.report_custom_message({"token": job["token"], "outcome": "failed", "reason": _first_line(error)})
            raise
        finally:
            if job["session"]:
                spark.stop()
        context.report_custom_message(message)


def build(spark: "SparkSession", job: Job, say: Any = print) -> dict[str, Any]:
    """Build the table and return the closing message."""
    for source in job["sources"]:
        _read(spark, source).createOrReplaceTempView(source["name"])
    typed = [f"CAST(`{name}` AS {SPARK_TYPES[kind]}) AS `{name}`" for name, kind in job["columns"].items()]
    # A view keeps the plan that was analysed; Spark Connect analyses a frame anew at each request.
    spark.sql(job["sql"]).selectExpr(*typed).createOrReplaceTempView(MODEL)
    with _kept(spark.table(MODEL)) as rows:
        evaluation = _evaluate(spark, job)
        say(f"{job['table']}: {evaluation['rows']:,} rows selected")
        closing = {"token": job["token"], "evaluation": evaluation}
        broken = any(evaluation["breaches"]) or evaluation["repeated"] or evaluation["stray_month"]
        if broken or evaluation["rows"] < job["minimum_rows"]:
            return {**closing, "outcome": "broken"}
        try:
            _write(rows, job, evaluation["rows"])
        except Exception as error:
            if not any(conflict in str(error) for conflict in CONFLICTS):
                raise
            return {**closing, "outcome": "busy", "reason": _first_line(error)}
        return {**closing, "outcome": "built"}


def session(settings: Mapping[str, str]) -> "SparkSession":
    """The session of this place: of the cluster, or a new one with `settings`."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName(APPLICATION)
    if "SPARK_REMOTE" not in os.environ:
        for name, value in settings.items():
            builder = builder.config(name, value)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return configure(builder.getOrCreate())


def configure(spark: "SparkSession") -> "SparkSession":
    """Times are UTC; a cast that fails is an error."""
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.conf.set("spark.sql.ansi.enabled", "true")
    return spark


def _opened() -> pipes.PipesContext:
    """The Pipes session, by whichever transport the launcher chose."""
    by_arguments = pipes.PipesCliArgsParamsLoader()
    loader = by_arguments if by_arguments.is_dagster_pipes_process() else pipes.PipesEnvVarParamsLoader()
    if not loader.is_dagster_pipes_process():
        raise SystemExit("This program is started by Dagster Pipes: materialize an asset with compute `spark`.")
    if by_arguments.is_dagster_pipes_process():  # Databricks, told through a volume
        return pipes.open_dagster_pipes(
            context_loader=pipes.PipesUnityCatalogVolumesContextLoader(),
            message_writer=pipes.PipesUnityCatalogVolumesMessageWriter(interval=2),
            params_loader=loader,
        )
    return pipes.open_dagster_pipes(params_loader=loader)


def _read(spark: "SparkSession", source: Source) -> "DataFrame":
    if source["delta"]:
        found = spark.read.format("delta").option("versionAsOf", source["version"]).load(source["delta"])
    elif source["parquet"]:
        found = spark.read.schema(_schema(source["stored"])).parquet(*source["parquet"])
    else:
        rows = [_values(row, source["columns"]) for row in source["rows"]]
        found = spark.createDataFrame(rows, _schema(source["columns"]))
    kept = found.where(source["where"]) if source["where"] else found
    return kept.selectExpr(*(f"CAST(`{n}` AS {SPARK_TYPES[t]}) AS `{n}`" for n, t in source["columns"].items()))


def _schema(columns: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` {SPARK_TYPES[kind]}" for name, kind in columns.items())


def _values(row: Sequence[Any], columns: Mapping[str, str]) -> list[Any]:
    """A row that travelled as JSON."""
    return [
        dt.date.fromisoformat(value) if kind == "DATE" and value is not None else value
        for value, kind in zip(row, columns.values(), strict=True)
    ]


@contextmanager
def _kept(rows: "DataFrame") -> "Iterator[DataFrame]":
    """The rows, computed once where the platform can keep them; serverless Databricks computes them twice."""
    try:
        kept = rows.persist()
    except Exception as error:
        if NO_CACHE not in str(error):
            raise
        yield rows
        return
    try:
        yield kept
    finally:
        kept.unpersist()


def _evaluate(spark: "SparkSession", job: Job) -> dict[str, Any]:
    """What the contract asks of the rows, in one pass, and a month with rows that was not asked for."""
    months = f"NOT ({_in_months(job['months'])})" if job["months"] else "FALSE"
    tests = [f"SUM(CASE WHEN {test} THEN 1 ELSE 0 END) AS t{i}" for i, test in enumerate(job["tests"])]
    stray = f"MIN(CASE WHEN {months} THEN year * 100 + month END) AS stray" if job["partition_by"] else "NULL AS stray"
    found = spark.sql(f"""
        SELECT {", ".join(["SUM(n)", "SUM(CASE WHEN n > 1 THEN 1 ELSE 0 END)", "MIN(stray)", *_sums(len(tests))])}
        FROM (SELECT {", ".join(["COUNT(*) AS n", stray, *tests])}
              FROM {MODEL} GROUP BY {", ".join(f"`{name}`" for name in job["grain"])}) AS keys""")
    [(number, repeated, stray_month, *breaches)] = found.collect()
    return {
        "rows": int(number or 0),
        "breaches": [int(count or 0) for count in breaches],
        "repeated": int(repeated or 0),
        "stray_month": stray_month,
    }


def _sums(tests: int) -> list[str]:
    return [f"SUM(t{i})" for i in range(tests)]


def _write(rows: "DataFrame", job: Job, number: int) -> None:
    """Commit the rows, and with them that the contract held."""
    commit = {**job["commit"], "evaluation": {**job["commit"]["evaluation"], "rows": number}}
    writer = (
        rows.write.format("delta")
        .mode("overwrite")
        .option("userMetadata", json.dumps({APPLICATION: commit}))
        .option("txnAppId", job["token"])
        .option("txnVersion", "1")
        .option("compression", "snappy")  # what COPY INTO of a pool reads
        .option("delta.enableDeletionVectors", "false")  # other engines read the files themselves
    )
    if job["replaces_months"]:
        writer = writer.option("replaceWhere", _in_months(job["months"]))
    else:
        writer = writer.option("overwriteSchema", "true").partitionBy(*job["partition_by"])
    writer.save(job["target"])


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _in_months(months: Sequence[int]) -> str:
    return f"year * 100 + month IN ({', '.join(map(str, months))})"


if __name__ == "__main__":
    main()

"""Compute on Spark: the model and the contract travel as plain data to `spark/build_table.py`, which writes Delta.

A launcher starts that program where its Spark is and brings back its closing message. Without one, nothing is
known of what happened, so that is a failure.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from spotify_platform.compute.interface import PARTITIONS, Built, is_monthly, require_same_columns
from spotify_platform.contract import Contract, evaluation_of, require, tests_of
from spotify_platform.errors import BusyError, JobFailedError, ModelError
from spotify_platform.lake.interface import Lake
from spotify_platform.lake.relations import Relation, relations
from spotify_platform.months import MonthRange
from spotify_platform.sql.model import SqlModel

if TYPE_CHECKING:
    from dagster import AssetExecutionContext

Job = Mapping[str, Any]
"""What `spark/build_table.py` is told; its `Job` names every field."""


class Launcher(Protocol):
    """Where Spark runs."""

    def launch(self, context: "AssetExecutionContext | None", job: Job) -> Mapping[str, Any]:
        """Run the job to its end and return its closing message. Raises `JobFailedError`, `SourceUnavailableError`."""


@dataclass(frozen=True)
class SparkCompute:
    """A `Compute` whose tables Spark reads and writes at the lake's own addresses."""

    lake: Lake
    launcher: Launcher

    def build(
        self,
        model: SqlModel,
        contract: Contract,
        months: MonthRange | None = None,
        *,
        context: "AssetExecutionContext | None" = None,
    ) -> Built:
        from spotify_platform.sql.lineage import column_lineage

        table = (model.schema, model.table)
        previous = self.lake.state(table)
        if months:
            require_same_columns(model, contract, previous)
        upstream = relations(self.lake, model.upstream, months)
        lineage = column_lineage(model, {relation.table: relation.columns for relation in upstream})
        job = self._job(model, contract, upstream, months, token_of(model, context), previous is not None)
        closing = self.launcher.launch(context, job)
        if closing.get("token") != job["token"]:
            raise JobFailedError(
                f"{model.name}: the job's closing message is of another job, so nothing is known of it"
            )
        if closing["outcome"] == "busy":
            raise BusyError(f"another writer committed to {model.name} first; run again: {closing['reason']}")
        found = closing["evaluation"]
        if stray := found["stray_month"]:
            where = f"year={stray // 100}/month={stray % 100}/"
            raise ModelError(f"{model.origin}: rows outside of the months asked for, in {where}")
        evaluation = evaluation_of(contract, contract.types, found["rows"], found["breaches"], found["repeated"])
        require(contract, evaluation, model.name)
        state = self.lake.state(table)
        if closing["outcome"] != "built" or state is None:
            raise JobFailedError(f"{model.name}: the job says {closing['outcome']!r}, and the table is not there")
        return Built(state, evaluation, evaluation.rows, lineage)

    def _job(
        self,
        model: SqlModel,
        contract: Contract,
        upstream: list[Relation],
        months: MonthRange | None,
        token: str,
        replace: bool,
    ) -> dict[str, Any]:
        from spotify_platform.sql import engines
        from spotify_platform.sql.dialects import render
        from spotify_platform.sql.restrict import renamed

        def in_spark(condition: str) -> str:
            return engines.write(engines.condition(f"SELECT * FROM t WHERE {condition}"), "spark")

        tests = tests_of(contract, contract.types)
        # It is committed only if nothing is broken, so what is kept with the commit is known before.
        kept = evaluation_of(contract, contract.types, contract.minimum_rows, [0] * len(tests), 0)
        views = {relation.table: "__".join(relation.table) for relation in upstream}
        return {
            "token": token,
            "table": model.name,
            "target": self.lake.table_address((model.schema, model.table)),
            "sql": renamed(render(model, "spark"), views, "spark"),
            "sources": [self._source(relation, views[relation.table]) for relation in upstream],
            "columns": contract.types,
            "partition_by": list(PARTITIONS) if is_monthly(contract) else [],
            "months": list(months) if months else [],
            "replaces_months": bool(months) and replace,
            "tests": [in_spark(test.breach) for test in tests],
            "grain": list(contract.grain),
            "minimum_rows": contract.minimum_rows,
            "commit": {"model": model.table, "evaluation": kept.to_json()},
        }

    def _source(self, relation: Relation, view: str) -> dict[str, Any]:
        where = relation.where
        if relation.months:
            where = f"year * 100 + month BETWEEN {relation.months.first} AND {relation.months.last}"
        is_delta = relation.version is not None
        return {
            "name": view,
            "columns": dict(relation.columns),
            "stored": dict(relation.stored),
            "where": where,
            "delta": self.lake.table_address(relation.table) if is_delta else None,
            "version": relation.version,
            "parquet": [] if is_delta else [*relation.files, *relation.others],
            "rows": [
                [value if isinstance(value, (str, int, type(None))) else str(value) for value in row]
                for row in relation.rows
            ],
        }


def token_of(model: SqlModel, context: "AssetExecutionContext | None") -> str:
    """What the same attempt of the same step always has, so that what was started is found and not started again."""
    if context is None:
        return uuid.uuid4().hex
    attempt = f"{context.run.run_id} {context.op_execution_context.get_step_execution_context().step.key}"
    return hashlib.sha256(f"{attempt} {context.retry_number} {model.name}".encode()).hexdigest()[:32]

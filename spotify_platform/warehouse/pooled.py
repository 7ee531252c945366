"""A model as one T-SQL SELECT whose columns have the types of its contract."""

from collections.abc import Mapping

from spotify_platform.sql.model import SqlModel, TableName
from spotify_platform.sql.restrict import restrict
from spotify_platform.warehouse.tsql import Pool, typed

ROWS = "rows of the model"


def select_of(model: SqlModel, limits: Mapping[TableName, str], types: Mapping[str, str], pool: Pool) -> str:
    """The SELECT of a model, of only those rows of its tables for which `limits` hold, in the order of `types`.

    T-SQL takes no WITH inside of a query, so the model becomes the last of its own CTEs.
    """
    from sqlglot import exp

    from spotify_platform.sql import engines
    from spotify_platform.sql.dialects import require_query

    if "tsql" in model.overrides:
        tree = engines.parse(
            restrict(model.overrides["tsql"], limits, "tsql") if limits else model.overrides["tsql"], "tsql"
        ).copy()
    else:
        require_query(model.sql, ("tsql",), model.origin)
        tree = engines.parse(restrict(model.sql, limits) if limits else model.sql).copy()
    if tree.args.get("order") and not tree.args.get("limit"):
        tree.set("order", None)
    ctes = tree.args.get("with_")
    tree.set("with_", None)
    own = exp.CTE(this=tree, alias=exp.TableAlias(this=exp.to_identifier(ROWS, quoted=True)))
    said = [engines.write_tsql(cte, pool) for cte in [*(ctes.expressions if ctes else []), own]]
    columns = ",\n  ".join(typed(pool, name, type) for name, type in types.items())
    return f"WITH {', '.join(said)}\nSELECT\n  {columns}\nFROM [{ROWS}]"

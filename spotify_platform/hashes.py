"""Rows that share a key, found by sorting hashes: a tenth of what grouping the rows costs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from duckdb import DuckDBPyConnection

BATCH_ROWS = 1 << 17


def repeated_hashes(
    connection: "DuckDBPyConnection", keys: Sequence[str], relation: str, rows: int
) -> "list[np.ndarray[Any, np.dtype[np.uint64]]]":
    """For each of the keys, the values of DuckDB's `hash({key})` that more than one of the relation's `rows` has.

    Rows with one key have one hash; two keys may have the same, so whoever needs certainty compares keys.
    """
    import numpy as np

    hashes = np.empty((len(keys), rows), dtype=np.uint64)
    filled = 0
    columns = ", ".join(f"hash({key})" for key in keys)
    reader: Any = connection.sql(f"SELECT {columns} FROM {relation}").to_arrow_reader(BATCH_ROWS)
    for batch in reader:
        for number in range(len(keys)):
            hashes[number, filled : filled + batch.num_rows] = np.from_dlpack(batch.column(number))
        filled += batch.num_rows
    hashes.sort()
    return [np.unique(of_key[1:][of_key[1:] == of_key[:-1]]) for of_key in hashes]

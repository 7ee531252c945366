"""Keys that several rows share, told by their hashes."""

from collections import Counter

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from spotify_platform.hashes import BATCH_ROWS, repeated_hashes


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(keys=st.lists(st.tuples(st.none() | st.integers(0, 9), st.sampled_from(["a", "b", "ä"]))))
def test_the_hashes_are_those_of_the_keys_that_several_rows_have(keys: list[tuple[int | None, str]]) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE rows (n INTEGER, word VARCHAR)")
        if keys:
            connection.executemany("INSERT INTO rows VALUES (?, ?)", keys)
        found, of_words = repeated_hashes(connection, ["n, word", "word"], "rows", len(keys))
        again = connection.execute("SELECT DISTINCT n, word FROM rows WHERE list_contains(?, hash(n, word))", [found])
        assert len(found) == len(set(found.tolist()))
        assert set(again.fetchall()) == {key for key, times in Counter(keys).items() if times > 1}
        assert len(of_words) == sum(times > 1 for times in Counter(word for _, word in keys).values())


def test_rows_of_many_batches_are_all_looked_at() -> None:
    rows = 3 * BATCH_ROWS
    with duckdb.connect() as connection:
        [none] = repeated_hashes(connection, ["n"], f"(SELECT range AS n FROM range({rows}))", rows)
        assert len(none) == 0
        apart = f"(SELECT CASE WHEN range = {rows - 1} THEN 0 ELSE range END AS n FROM range({rows}))"
        [one] = repeated_hashes(connection, ["n"], apart, rows)
        assert len(one) == 1

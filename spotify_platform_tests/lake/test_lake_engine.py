"""Opening DuckDB: instances are used again, and nothing is left in them."""

from pathlib import Path

import duckdb
import pytest

from spotify_platform.lake.engine import SETTINGS, connect, writing_enums

USED = """
    CREATE TABLE rows AS SELECT 1 AS n; CREATE VIEW seen AS SELECT * FROM rows; CREATE TEMP TABLE own AS SELECT 2 AS n;
    CREATE TYPE word AS ENUM ('a', 'b'); CREATE MACRO twice(x) AS 2 * x; SET VARIABLE told = 1;
    ATTACH ':memory:' AS candidates; CREATE TABLE candidates.labels AS SELECT 3 AS n;
    CREATE SECRET key (TYPE http, BEARER_TOKEN 'secret');
    SET preserve_insertion_order = false; SET disabled_optimizers = 'build_side_probe_side'"""
LEFT = """
    SELECT (SELECT COUNT(*) FROM duckdb_tables() WHERE NOT internal), (SELECT COUNT(*) FROM duckdb_views() WHERE NOT internal),
        (SELECT COUNT(*) FROM duckdb_types() WHERE type_name = 'word'),
        (SELECT COUNT(*) FROM duckdb_functions() WHERE function_name = 'twice'), getvariable('told'),
        (SELECT COUNT(*) FROM duckdb_databases() WHERE database_name = 'candidates'),
        (SELECT COUNT(*) FROM duckdb_secrets())"""


def settings(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT name, value FROM duckdb_settings() WHERE name IN (SELECT unnest(?)) ORDER BY name", [list(SETTINGS)]
    ).fetchall()


def test_nothing_of_one_use_is_left_for_the_next(tmp_path: Path) -> None:
    with connect() as connection:
        before = settings(connection)
    with connect(threads=1, memory_limit="100MB", scratch=tmp_path) as connection:
        connection.execute(USED)
        assert settings(connection) != before
    with connect() as connection:
        assert connection.execute(LEFT).fetchall() == [(0, 0, 0, 0, None, 0, 0)]
        assert settings(connection) == before


def test_what_failed_is_not_left_either(tmp_path: Path) -> None:
    def fail() -> None:
        with connect(file=tmp_path / "file.duckdb") as connection:
            connection.execute(USED)
            connection.execute("BEGIN; CREATE TABLE begun AS SELECT 1 AS n; SELECT CAST('x' AS INTEGER)")

    with pytest.raises(duckdb.ConversionException):
        fail()
    with connect() as connection:
        assert connection.execute(LEFT).fetchall() == [(0, 0, 0, 0, None, 0, 0)]
    with connect(file=tmp_path / "file.duckdb") as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("rows",)]


def test_two_at_a_time_see_nothing_of_each_other() -> None:
    with connect() as one, connect() as other:
        one.execute("CREATE TABLE rows AS SELECT 1 AS n; SET threads = 1")
        other.execute("CREATE TABLE rows AS SELECT 2 AS n; SET threads = 2")
        assert one.execute("SELECT n, current_setting('threads') FROM rows").fetchall() == [(1, 1)]


def test_a_file_is_free_and_whole_when_it_is_left(tmp_path: Path) -> None:
    with connect(file=tmp_path / "file.duckdb") as connection:
        connection.execute("CREATE TABLE rows AS SELECT 1 AS n")
    assert [path.name for path in tmp_path.iterdir()] == ["file.duckdb"]
    with duckdb.connect(str(tmp_path / "file.duckdb"), read_only=True) as connection:
        assert connection.execute("SELECT n FROM rows").fetchall() == [(1,)]


def test_no_rare_word_of_an_enum_is_lost_in_parquet(tmp_path: Path) -> None:
    """With several threads DuckDB 2.0 loses some of these in nearly every file."""
    with connect(threads=4) as connection:
        connection.execute("CREATE TYPE word AS ENUM (SELECT 'word ' || i FROM range(70) AS words(i))")
        connection.execute("""
            CREATE TABLE said AS
            SELECT i, CAST('word ' || CASE i % 7000 WHEN 7 THEN i // 7000 % 70 ELSE 0 END AS word) AS word
            FROM range(500_000) AS said(i)""")
        for number in range(5):
            file = tmp_path / f"{number}.parquet"
            with writing_enums(connection):
                connection.execute(f"COPY said TO '{file}' (FORMAT parquet)")
            lost = f"SELECT COUNT(*) FROM said JOIN '{file}' AS written USING (i) WHERE said.word <> written.word"
            assert connection.execute(lost).fetchall() == [(0,)]


def test_all_threads_are_back_when_enums_are_written() -> None:
    threads = "SELECT current_setting('threads')"
    with connect(threads=3) as connection:
        with writing_enums(connection):
            assert connection.execute(threads).fetchall() == [(1,)]
        assert connection.execute(threads).fetchall() == [(3,)]
        with pytest.raises(OSError, match="disk"), writing_enums(connection):
            raise OSError("disk")
        assert connection.execute(threads).fetchall() == [(3,)]


def test_what_has_spilled_to_disk_is_left_like_any_other(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        with connect(1, "32MB", tmp_path / folder) as connection:
            connection.execute(
                "CREATE TABLE many AS SELECT i, md5(CAST(i AS VARCHAR)) AS text FROM range(1_000_000) AS r(i)"
            )
            [(files,)] = connection.execute("SELECT COUNT(*) FROM duckdb_temporary_files()").fetchall()
            assert files
            assert connection.execute("SELECT COUNT(*) FROM many").fetchall() == [(1_000_000,)]

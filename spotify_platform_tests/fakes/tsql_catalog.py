"""The part of Transact-SQL that the fake pool has, and where Microsoft documents it.

Everything that is not listed here is refused. `BOTH` is what a Synapse dedicated SQL pool and a Fabric
Warehouse document; what only one of them documents says so. All pages are below https://learn.microsoft.com/.

Left out though it is documented: MERGE, PIVOT, variables, temporary tables, and of Fabric alone QUALIFY
(sql/t-sql/queries/select-qualify-clause-transact-sql) and nested common table expressions.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

Dialect = Literal["synapse", "fabric"]
SYNAPSE: frozenset[Dialect] = frozenset({"synapse"})
FABRIC: frozenset[Dialect] = frozenset({"fabric"})
BOTH: frozenset[Dialect] = SYNAPSE | FABRIC
MAX = -1


# --- Collations ------------------------------------------------------------------------------------------------------
# sql/relational-databases/collations/collation-and-unicode-support
# azure/synapse-analytics/sql/reference-collation-types: the dedicated pool's default is SQL_Latin1_General_CP1_CI_AS.
# fabric/data-warehouse/collation: a warehouse's default is Latin1_General_100_BIN2_UTF8.

DEFAULT_COLLATIONS: Mapping[Dialect, str] = {
    "synapse": "SQL_Latin1_General_CP1_CI_AS",
    "fabric": "Latin1_General_100_BIN2_UTF8",
}


@dataclass(frozen=True)
class Collation:
    """How texts compare: with or without regard to case. Accents always count."""

    name: str

    @property
    def known(self) -> bool:
        return bool(re.fullmatch(r"(SQL_)?Latin1_General_\w*(BIN2|C[IS]_AS)\w*", self.name, re.IGNORECASE))

    @property
    def case_sensitive(self) -> bool:
        return "BIN2" in self.name.upper() or "_CS" in self.name.upper()

    @property
    def charset(self) -> str:
        """How varchar keeps its characters."""
        return "utf-8" if self.name.upper().endswith("UTF8") else "cp1252"


# --- Data types ------------------------------------------------------------------------------------------------------
# sql/t-sql/data-types/data-types-transact-sql
# azure/synapse-analytics/sql-data-warehouse/sql-data-warehouse-tables-data-types
# fabric/data-warehouse/data-types: in tables no tinyint, nchar, nvarchar, datetime; datetime2 and time up to 6 digits.


@dataclass(frozen=True)
class SqlType:
    """A type as declared; a length counts characters, or bytes of varchar, and MAX is its own length."""

    name: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    collation: Collation | None = None

    @property
    def text(self) -> bool:
        return self.name in ("char", "varchar", "nchar", "nvarchar")

    @property
    def unicode(self) -> bool:
        return self.name in ("nchar", "nvarchar")

    @property
    def integer(self) -> bool:
        return self.name in ("tinyint", "smallint", "int", "bigint")

    @property
    def approximate(self) -> bool:
        return self.name in ("float", "real")

    @property
    def number(self) -> bool:
        return self.integer or self.approximate or self.name in ("bit", "decimal")

    @property
    def temporal(self) -> bool:
        return self.name in ("date", "time", "datetime", "datetime2")

    @property
    def charset(self) -> str:
        return self.collation.charset if self.collation else "cp1252"

    @property
    def ignores_case(self) -> bool:
        return self.text and self.collation is not None and not self.collation.case_sensitive

    def collated(self, collation: Collation) -> "SqlType":
        return replace(self, collation=collation) if self.text else self

    def __str__(self) -> str:
        if self.text or self.name == "varbinary":
            return f"{self.name}({'max' if self.length == MAX else self.length})"
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        if self.name in ("time", "datetime2"):
            return f"{self.name}({self.scale})"
        return self.name


PRECEDENCE_NAMES = (
    "varbinary char varchar nchar nvarchar uniqueidentifier bit tinyint smallint int bigint decimal real float"
    " time date datetime datetime2"
)
PRECEDENCE = PRECEDENCE_NAMES.split()
"""From the type that is converted to the type that the others are converted to.

sql/t-sql/data-types/data-type-precedence-transact-sql
"""

SYNONYMS: Mapping[str, str] = {
    "integer": "int",
    "numeric": "decimal",
    "dec": "decimal",
    "character": "char",
    "double precision": "float",
    "sysname": "nvarchar(128)",
}
"""sql/t-sql/data-types/data-type-synonyms-transact-sql"""

TYPES: frozenset[str] = frozenset(PRECEDENCE)
TABLE_TYPES: Mapping[Dialect, frozenset[str]] = {
    "synapse": TYPES,
    "fabric": TYPES - {"tinyint", "nchar", "nvarchar", "datetime"},
}
SECOND_DIGITS: Mapping[Dialect, int] = {"synapse": 7, "fabric": 6}


def parse_type(text: str, default_length: int = 1) -> SqlType | None:
    """The type that a declaration names, or nothing if there is none such."""
    words = " ".join(re.sub(r"[\[\]]", "", text).lower().split())
    base = re.sub(r"\s*\(.*", "", words)
    words = words.replace(base, SYNONYMS.get(base, base), 1)
    if not (match := re.fullmatch(r"([a-z0-9]+)\s*(?:\(\s*(max|\d+)\s*(?:,\s*(\d+)\s*)?\))?", words)):
        return None
    name, first, second = match.groups()
    if name not in TYPES or (second and name != "decimal"):
        return None
    size = MAX if first == "max" else int(first) if first else None
    if name in ("char", "varchar", "nchar", "nvarchar", "varbinary"):
        longest = 4000 if name.startswith("n") else 8000
        return SqlType(name, length=sized) if 0 < (sized := size or default_length) <= longest or sized == MAX else None
    if name == "decimal":
        kind = SqlType(name, precision=18 if size is None else size, scale=int(second or 0))
        return kind if 0 < kind.precision <= 38 and kind.scale <= kind.precision else None
    if name in ("time", "datetime2"):
        return SqlType(name, scale=7 if size is None else size) if size is None or 0 <= size <= 7 else None
    if name == "float":
        return SqlType("real" if size and size <= 24 else "float") if size is None or 0 < size <= 53 else None
    return SqlType(name) if size is None else None


# --- Reserved words --------------------------------------------------------------------------------------------------
# sql/t-sql/language-elements/reserved-keywords-transact-sql

RESERVED_WORDS = """
    ADD ALL ALTER AND ANY AS ASC AUTHORIZATION BACKUP BEGIN BETWEEN BREAK BROWSE BULK BY CASCADE CASE CHECK
    CHECKPOINT CLOSE CLUSTERED COALESCE COLLATE COLUMN COMMIT COMPUTE CONSTRAINT CONTAINS CONTAINSTABLE CONTINUE
    CONVERT CREATE CROSS CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER CURSOR DATABASE DBCC
    DEALLOCATE DECLARE DEFAULT DELETE DENY DESC DISK DISTINCT DISTRIBUTED DOUBLE DROP DUMP ELSE END ERRLVL ESCAPE
    EXCEPT EXEC EXECUTE EXISTS EXIT EXTERNAL FETCH FILE FILLFACTOR FOR FOREIGN FREETEXT FREETEXTTABLE FROM FULL
    FUNCTION GOTO GRANT GROUP HAVING HOLDLOCK IDENTITY IDENTITY_INSERT IDENTITYCOL IF IN INDEX INNER INSERT
    INTERSECT INTO IS JOIN KEY KILL LEFT LIKE LINENO LOAD MERGE NATIONAL NOCHECK NONCLUSTERED NOT NULL NULLIF OF
    OFF OFFSETS ON OPEN OPENDATASOURCE OPENQUERY OPENROWSET OPENXML OPTION OR ORDER OUTER OVER PERCENT PIVOT PLAN
    PRECISION PRIMARY PRINT PROC PROCEDURE PUBLIC RAISERROR READ READTEXT RECONFIGURE REFERENCES REPLICATION
    RESTORE RESTRICT RETURN REVERT REVOKE RIGHT ROLLBACK ROWCOUNT ROWGUIDCOL RULE SAVE SCHEMA SECURITYAUDIT SELECT
    SEMANTICKEYPHRASETABLE SEMANTICSIMILARITYDETAILSTABLE SEMANTICSIMILARITYTABLE SESSION_USER SET SETUSER
    SHUTDOWN SOME STATISTICS SYSTEM_USER TABLE TABLESAMPLE TEXTSIZE THEN TO TOP TRAN TRANSACTION TRIGGER TRUNCATE
    TRY_CONVERT TSEQUAL UNION UNIQUE UNPIVOT UPDATE UPDATETEXT USE USER VALUES VARYING VIEW WAITFOR WHEN WHERE
    WHILE WITH WITHIN WRITETEXT
"""
RESERVED: frozenset[str] = frozenset(RESERVED_WORDS.split())


# --- Functions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Function:
    """A function's name, how many arguments it takes, and where it is to be had."""

    name: str
    least: int
    most: int
    category: str
    dialects: frozenset[Dialect] = BOTH


def functions(category: str, names: str, dialects: frozenset[Dialect] = BOTH) -> Iterable[Function]:
    """Reads `NAME/2` as two arguments, `NAME/1-3` as one to three, `NAME/2+` as two or more."""
    for entry in names.split():
        name, _, count = entry.partition("/")
        least, _, most = count.rstrip("+").partition("-")
        top = 254 if count.endswith("+") else int(most or least)
        yield Function(name, int(least), top, category, dialects)


FUNCTIONS: Mapping[str, Function] = {
    function.name: function
    for group in (
        # sql/t-sql/functions/aggregate-functions-transact-sql
        functions(
            "aggregate",
            "AVG/1 COUNT/1 COUNT_BIG/1 MAX/1 MIN/1 SUM/1 STDEV/1 STDEVP/1 VAR/1 VARP/1 STRING_AGG/2"
            " APPROX_COUNT_DISTINCT/1",
        ),
        # sql/t-sql/functions/grouping-transact-sql
        functions("grouping", "GROUPING/1"),
        # sql/t-sql/functions/ranking-functions-transact-sql
        functions("ranking", "ROW_NUMBER/0 RANK/0 DENSE_RANK/0 NTILE/1"),
        # sql/t-sql/functions/analytic-functions-transact-sql
        functions("analytic", "LAG/1-3 LEAD/1-3 FIRST_VALUE/1 LAST_VALUE/1 CUME_DIST/0 PERCENT_RANK/0"),
        functions("percentile", "PERCENTILE_CONT/1 PERCENTILE_DISC/1"),
        # sql/t-sql/functions/mathematical-functions-transact-sql
        functions(
            "mathematical",
            "ABS/1 ACOS/1 ASIN/1 ATAN/1 ATN2/2 CEILING/1 COS/1 COT/1 DEGREES/1 EXP/1 FLOOR/1 LOG/1-2 LOG10/1 PI/0"
            " POWER/2 RADIANS/1 ROUND/2-3 SIGN/1 SIN/1 SQRT/1 SQUARE/1 TAN/1",
        ),
        # sql/t-sql/functions/string-functions-transact-sql
        functions(
            "string",
            "ASCII/1 CHAR/1 CHARINDEX/2-3 CONCAT/2+ CONCAT_WS/3+ DATALENGTH/1 LEFT/2 LEN/1 LOWER/1 LTRIM/1 NCHAR/1"
            " REPLACE/3 REPLICATE/2 REVERSE/1 RIGHT/2 RTRIM/1 SPACE/1 STUFF/4 SUBSTRING/3 TRANSLATE/3 TRIM/1"
            " UNICODE/1 UPPER/1",
        ),
        # sql/t-sql/functions/date-and-time-data-types-and-functions-transact-sql
        functions(
            "date",
            "CURRENT_TIMESTAMP/0 DATEADD/3 DATEDIFF/3 DATEDIFF_BIG/3 DATEFROMPARTS/3 DATENAME/2 DATEPART/2"
            " DATETIME2FROMPARTS/8 DAY/1 EOMONTH/1-2 GETDATE/0 GETUTCDATE/0 MONTH/1 SYSDATETIME/0 SYSUTCDATETIME/0"
            " YEAR/1",
        ),
        # sql/t-sql/functions/datetrunc-transact-sql: of the two only the warehouse in Fabric.
        functions("date", "DATETRUNC/2", FABRIC),
        # sql/t-sql/functions/logical-functions-choose-transact-sql and …-iif-transact-sql
        functions("logical", "CHOOSE/2+ IIF/3"),
        # sql/t-sql/functions/logical-functions-greatest-transact-sql: in Synapse only the serverless pool.
        functions("logical", "GREATEST/1+ LEAST/1+", FABRIC),
        # sql/t-sql/language-elements/coalesce-transact-sql, …/nullif-transact-sql, sql/t-sql/functions/isnull-transact-sql
        functions("null", "COALESCE/2+ NULLIF/2 ISNULL/2"),
        # sql/t-sql/functions/conversion-functions-transact-sql
        functions("conversion", "CAST/2 CONVERT/2-3 TRY_CAST/2 TRY_CONVERT/2-3"),
        # sql/t-sql/functions/metadata-functions-transact-sql
        functions("metadata", "DATABASEPROPERTYEX/2 DB_NAME/0-1 OBJECT_ID/1-2 SCHEMA_ID/0-1 SCHEMA_NAME/0-1"),
        # sql/t-sql/functions/system-functions-transact-sql
        functions("system", "NEWID/0 XACT_STATE/0"),
        # sql/t-sql/functions/version-transact-sql-configuration-functions, …/trancount-transact-sql
        functions("variable", "@@VERSION/0 @@TRANCOUNT/0"),
    )
    for function in group
}

AGGREGATES: frozenset[str] = frozenset(f.name for f in FUNCTIONS.values() if f.category == "aggregate")
WINDOWED: frozenset[str] = frozenset(
    f.name for f in FUNCTIONS.values() if f.category in ("ranking", "analytic", "percentile")
)
NO_PARENTHESES: frozenset[str] = frozenset({"CURRENT_TIMESTAMP"})

DATE_PARTS: Mapping[str, str] = {
    alias: part
    for part, aliases in {
        "year": "year yy yyyy",
        "quarter": "quarter qq q",
        "month": "month mm m",
        "dayofyear": "dayofyear dy y",
        "day": "day dd d",
        "week": "week wk ww",
        "weekday": "weekday dw",
        "hour": "hour hh",
        "minute": "minute mi n",
        "second": "second ss s",
        "millisecond": "millisecond ms",
        "microsecond": "microsecond mcs",
        "iso_week": "iso_week isowk isoww",
    }.items()
    for alias in aliases.split()
}
"""sql/t-sql/functions/datepart-transact-sql"""

TABLE_HINTS: frozenset[str] = frozenset({"NOLOCK"})
"""sql/t-sql/queries/hints-transact-sql-table; azure/synapse-analytics/sql-data-warehouse/… names NOLOCK alone."""

QUERY_OPTIONS: frozenset[str] = frozenset({"LABEL"})
"""sql/t-sql/queries/option-clause-transact-sql"""


# --- Statements ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statement:
    """A statement by its first words, and where it is to be had; `ddl` is what no transaction of Synapse may hold."""

    words: str
    dialects: frozenset[Dialect] = BOTH
    ddl: bool = False


STATEMENTS: tuple[Statement, ...] = (
    # sql/t-sql/queries/select-transact-sql, sql/t-sql/queries/with-common-table-expression-transact-sql
    Statement("SELECT"),
    Statement("WITH"),
    # sql/t-sql/statements/insert-transact-sql; the dedicated pool's INSERT … VALUES takes one row
    Statement("INSERT"),
    # sql/t-sql/queries/update-transact-sql, sql/t-sql/statements/delete-transact-sql
    Statement("UPDATE STATISTICS", ddl=True),
    Statement("UPDATE"),
    Statement("DELETE"),
    # sql/t-sql/statements/truncate-table-transact-sql
    Statement("TRUNCATE TABLE", ddl=True),
    # sql/t-sql/statements/copy-into-transact-sql
    Statement("COPY INTO", ddl=True),
    # sql/t-sql/statements/create-table-azure-sql-data-warehouse
    # sql/t-sql/statements/create-table-as-select-azure-sql-data-warehouse
    Statement("CREATE TABLE", ddl=True),
    Statement("DROP TABLE", ddl=True),
    # sql/t-sql/statements/alter-table-transact-sql, fabric/data-warehouse/table-constraints: constraints alone
    Statement("ALTER TABLE", ddl=True),
    # sql/t-sql/statements/create-view-transact-sql: the syntax of the dedicated pool has no OR ALTER, Fabric's has;
    # sql/t-sql/statements/alter-view-transact-sql has both.
    Statement("CREATE VIEW", ddl=True),
    Statement("CREATE OR ALTER VIEW", FABRIC, ddl=True),
    Statement("ALTER VIEW", ddl=True),
    Statement("DROP VIEW", ddl=True),
    # sql/t-sql/statements/create-schema-transact-sql, sql/t-sql/statements/drop-schema-transact-sql
    Statement("CREATE SCHEMA", ddl=True),
    Statement("DROP SCHEMA", ddl=True),
    # sql/t-sql/statements/create-statistics-transact-sql, …/update-statistics-…, …/drop-statistics-…
    Statement("CREATE STATISTICS", ddl=True),
    Statement("DROP STATISTICS", ddl=True),
    # sql/t-sql/statements/rename-transact-sql: Synapse; Fabric renames with
    # sql/relational-databases/system-stored-procedures/sp-rename-transact-sql
    Statement("RENAME OBJECT", SYNAPSE, ddl=True),
    Statement("EXEC"),
    Statement("EXECUTE"),
    # sql/t-sql/language-elements/begin-transaction-transact-sql, commit-…, rollback-…
    Statement("BEGIN TRANSACTION"),
    Statement("BEGIN TRAN"),
    Statement("COMMIT"),
    Statement("ROLLBACK"),
    # sql/t-sql/language-elements/if-else-transact-sql
    Statement("IF"),
    # sql/t-sql/statements/set-statements-transact-sql
    Statement("SET"),
)

SETTING_NAMES = (
    "ANSI_DEFAULTS ANSI_NULLS ANSI_PADDING ANSI_WARNINGS ARITHABORT CONCAT_NULL_YIELDS_NULL CURSOR_CLOSE_ON_COMMIT"
    " IMPLICIT_TRANSACTIONS NOCOUNT QUOTED_IDENTIFIER XACT_ABORT"
)
SETTINGS: frozenset[str] = frozenset(SETTING_NAMES.split())

SYSTEM_VIEWS: frozenset[str] = frozenset(
    # sql/relational-databases/system-information-schema-views/
    {"INFORMATION_SCHEMA.TABLES", "INFORMATION_SCHEMA.COLUMNS", "INFORMATION_SCHEMA.VIEWS"}
    # sql/relational-databases/system-catalog-views/
    | {"SYS.SCHEMAS", "SYS.OBJECTS", "SYS.TABLES", "SYS.VIEWS", "SYS.COLUMNS", "SYS.TYPES", "SYS.STATS"}
)

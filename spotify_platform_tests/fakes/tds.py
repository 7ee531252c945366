"""The server's side of the Tabular Data Stream, version 7.4, in clear text.

Only the wire: messages and tokens as [MS-TDS] has them. What a statement means is the affair of a `Session`.
https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/
"""

import contextlib
import datetime as dt
import itertools
import queue
import re
import socket
import socketserver
import struct
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, Protocol

from spotify_platform_tests.fakes.tsql_catalog import MAX, Collation, SqlType

PACKET_SIZE = 4096
SQL_BATCH, RPC, TABULAR_RESULT, ATTENTION, TRANSACTION_MANAGER, LOGIN7, PRELOGIN = 1, 3, 4, 6, 14, 16, 18
TDS_7_4 = b"\x74\x00\x00\x04"
EXACT = Context(prec=77)
EPOCH_1900 = dt.datetime(1900, 1, 1)


class SqlError(Exception):
    """An error as the server reports it."""

    def __init__(self, number: int, message: str, level: int = 16, state: int = 1) -> None:
        super().__init__(message)
        self.number, self.message, self.level, self.state = number, message, level, state


class ConnectionCut(Exception):  # noqa: N818
    """The session wants its connection to end without an answer."""


@dataclass(frozen=True)
class Login:
    """What a client said when it connected; never printed."""

    user: str = field(repr=False)
    password: str = field(repr=False)
    database: str
    application: str
    access_token: str | None = field(repr=False)


@dataclass(frozen=True)
class Column:
    name: str
    type: SqlType
    nullable: bool = True


@dataclass(frozen=True)
class Parameter:
    name: str
    type: SqlType
    value: Any


@dataclass(frozen=True)
class Result:
    """What one statement gives: a row set in batches, or a count of rows, or neither."""

    columns: Sequence[Column] = ()
    batches: Iterable[Sequence[tuple[Any, ...]]] = ()
    count: int | None = None


class Session(Protocol):
    """One connection's state."""

    @property
    def transaction(self) -> int:
        """The number of the open transaction, or nought."""

    @property
    def committed(self) -> bool:
        """Whether the last transaction ended in a commit."""

    def execute(self, sql: str, parameters: Sequence[Parameter]) -> Iterator[Result]: ...
    def prepare(self, sql: str) -> None: ...
    def begin(self) -> None: ...
    def commit(self, begin_again: bool = False) -> None: ...
    def rollback(self, begin_again: bool = False) -> None: ...
    def reset(self) -> None: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


# --- Types -----------------------------------------------------------------------------------------------------------

INTEGERS: Mapping[str, tuple[int, str]] = {
    "tinyint": (1, "<BB"),
    "smallint": (2, "<Bh"),
    "int": (4, "<Bi"),
    "bigint": (8, "<Bq"),
}
FLOATS: Mapping[str, tuple[int, str]] = {"real": (4, "<Bf"), "float": (8, "<Bd")}
NUMBERS: Mapping[str, tuple[int, str]] = {**INTEGERS, **FLOATS}
TEXTS: Mapping[str, int] = {"varchar": 0xA7, "char": 0xAF, "nvarchar": 0xE7, "nchar": 0xEF}
Encoder = Callable[[Any], bytes]


def wire_collation(collation: Collation | None) -> bytes:
    """The five bytes of a collation: the locale, the flags, the version and the sort order."""
    name = collation.name if collation else ""
    flags = 0x0409
    if "BIN2" in name:
        flags |= 1 << 25
    else:
        flags |= (1 << 20 if "_CI" in name or not name else 0) | (1 << 21 if "_AI" in name else 0)
        flags |= (0 if "_KS" in name else 1 << 22) | (0 if "_WS" in name else 1 << 23)
    flags |= (1 << 26 if name.endswith("UTF8") else 0) | (2 << 28 if "_100_" in name else 0)
    return struct.pack("<IB", flags, 52 if name.startswith("SQL_Latin1") else 0)


def decimal_size(precision: int) -> int:
    return 5 if precision <= 9 else 9 if precision <= 19 else 13 if precision <= 28 else 17


def time_size(scale: int) -> int:
    return 3 if scale <= 2 else 4 if scale <= 4 else 5


def type_info(kind: SqlType) -> bytes:
    """The TYPE_INFO of a column."""
    name = kind.name
    if name == "bit":
        return b"\x68\x01"
    if name in INTEGERS:
        return bytes([0x26, INTEGERS[name][0]])
    if name in FLOATS:
        return bytes([0x6D, FLOATS[name][0]])
    if name == "decimal":
        return bytes([0x6A, decimal_size(kind.precision), kind.precision, kind.scale])
    if name == "date":
        return b"\x28"
    if name in ("time", "datetime2"):
        return bytes([0x29 if name == "time" else 0x2A, kind.scale])
    if name == "datetime":
        return b"\x6f\x08"
    if name == "uniqueidentifier":
        return b"\x24\x10"
    if name == "varbinary":
        return b"\xa5" + struct.pack("<H", 0xFFFF if kind.length == MAX else kind.length)
    size = 0xFFFF if kind.length == MAX else kind.length * (2 if kind.unicode else 1)
    return bytes([TEXTS[name]]) + struct.pack("<H", size) + wire_collation(kind.collation)


def encoder(kind: SqlType) -> tuple[Encoder, bytes]:
    """How a value of the type is written, and how its NULL is."""
    name = kind.name
    if name == "bit":
        return (lambda value: b"\x01\x01" if value else b"\x01\x00"), b"\x00"
    if name in NUMBERS:
        size, form = NUMBERS[name]
        pack = struct.Struct(form).pack
        return (lambda value: pack(size, value)), b"\x00"
    if name == "decimal":
        return decimal_encoder(kind), b"\x00"
    if name == "date":
        return (lambda value: b"\x03" + date_bytes(value)), b"\x00"
    if name == "time":
        return (lambda value: bytes([time_size(kind.scale)]) + time_bytes(value, kind.scale)), b"\x00"
    if name == "datetime2":
        size = time_size(kind.scale) + 3
        return (lambda value: bytes([size]) + time_bytes(value, kind.scale) + date_bytes(value)), b"\x00"
    if name == "datetime":
        return (lambda value: b"\x08" + datetime_bytes(value)), b"\x00"
    if name == "uniqueidentifier":
        return (lambda value: b"\x10" + uuid.UUID(str(value)).bytes_le), b"\x00"
    encode: Encoder = bytes if name == "varbinary" else text_encoder(kind)
    if kind.length == MAX:
        return (lambda value: partial_length(encode(value))), b"\xff" * 8
    return (lambda value: sized(encode(value))), b"\xff\xff"


def text_encoder(kind: SqlType) -> Encoder:
    charset = "utf-16-le" if kind.unicode else kind.charset
    return lambda value: value.encode(charset, "replace")


def decimal_encoder(kind: SqlType) -> Encoder:
    size = decimal_size(kind.precision) - 1

    def encode(value: Any) -> bytes:
        unscaled = int(EXACT.scaleb(Decimal(value), kind.scale))
        return bytes([size + 1, 1 if unscaled >= 0 else 0]) + abs(unscaled).to_bytes(size, "little")

    return encode


def date_bytes(value: dt.date) -> bytes:
    return (value.toordinal() - 1).to_bytes(3, "little")


def time_bytes(value: Any, scale: int) -> bytes:
    micros = ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond
    ticks = micros * 10 if scale == 7 else micros // 10 ** (6 - scale)
    return int(ticks).to_bytes(time_size(scale), "little")


def datetime_bytes(value: dt.datetime) -> bytes:
    since = value - EPOCH_1900
    return struct.pack("<iI", since.days, round((since.seconds * 1_000_000 + since.microseconds) * 300 / 1_000_000))


def sized(value: bytes) -> bytes:
    return struct.pack("<H", len(value)) + value


def partial_length(value: bytes) -> bytes:
    """A value of a (MAX) type: the whole length, one chunk, and the end."""
    chunk = struct.pack("<I", len(value)) + value if value else b""
    return struct.pack("<Q", len(value)) + chunk + b"\0\0\0\0"


class Reader:
    """Reads a message's fields one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, size: int, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def text(self, characters: int) -> str:
        return self.take(2 * characters).decode("utf-16-le")

    @property
    def more(self) -> bool:
        return self.at < len(self.data)

    def skip_headers(self) -> None:
        self.at += int.from_bytes(self.data[self.at : self.at + 4], "little")

    def partial(self) -> bytes | None:
        if self.number(8) == 0xFFFF_FFFF_FFFF_FFFF:
            return None
        chunks = []
        while size := self.number(4):
            chunks.append(self.take(size))
        return b"".join(chunks)

    def value(self) -> tuple[SqlType, Any]:
        """A TYPE_INFO and the value after it, as parameters have them."""
        token = self.number(1)
        if token in FIXED:
            name, size = FIXED[token]
            return SqlType(name), scalar(name, self.take(size), 0)
        if token == 0x28:
            return SqlType("date"), scalar("date", self.take(self.number(1)), 0)
        if token in (0x29, 0x2A, 0x2B):
            scale = self.number(1)
            name = {0x29: "time", 0x2A: "datetime2", 0x2B: "datetimeoffset"}[token]
            return SqlType(name, scale=scale), scalar(name, self.take(self.number(1)), scale)
        if token in (0x6A, 0x6C):
            _, precision, scale = self.take(3)
            return SqlType("decimal", precision=precision, scale=scale), scalar(
                "decimal", self.take(self.number(1)), scale
            )
        if token in SIZED_BY_BYTE:
            name = SIZED_BY_BYTE[token][self.number(1)]
            return SqlType(name), scalar(name, self.take(self.number(1)), 0)
        if token in TEXT_TOKENS:
            return self.long_value(TEXT_TOKENS[token])
        raise SqlError(8009, f"The data type 0x{token:02X} of a parameter is unknown.")

    def long_value(self, name: str) -> tuple[SqlType, Any]:
        size = self.number(2)
        binary = name in ("varbinary", "binary")
        utf8 = not binary and bool(self.take(5)[3] & 0x04)
        if size == 0xFFFF:
            data = self.partial()
        else:
            length = self.number(2)
            data = None if length == 0xFFFF else self.take(length)
        characters = size // 2 if name in ("nvarchar", "nchar") else size
        kind = SqlType("varbinary" if binary else name, length=MAX if size == 0xFFFF else max(characters, 1))
        if data is None or binary:
            return kind, data
        return kind, data.decode("utf-16-le" if kind.unicode else "utf-8" if utf8 else "cp1252")


FIXED: Mapping[int, tuple[str, int]] = {
    0x32: ("bit", 1),
    0x30: ("tinyint", 1),
    0x34: ("smallint", 2),
    0x38: ("int", 4),
    0x7F: ("bigint", 8),
    0x3B: ("real", 4),
    0x3E: ("float", 8),
    0x3D: ("datetime", 8),
}
SIZED_BY_BYTE: Mapping[int, Mapping[int, str]] = {
    0x68: {1: "bit"},
    0x26: {1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"},
    0x6D: {4: "real", 8: "float"},
    0x6F: {8: "datetime"},
    0x24: {16: "uniqueidentifier"},
}
TEXT_TOKENS: Mapping[int, str] = {
    0xE7: "nvarchar",
    0xEF: "nchar",
    0xA7: "varchar",
    0xAF: "char",
    0xA5: "varbinary",
    0xAD: "binary",
}


def scalar(name: str, data: bytes, scale: int) -> Any:
    """The Python value of a parameter's bytes; no bytes are NULL."""
    if not data:
        return None
    if name == "bit":
        return data != b"\0"
    if name in INTEGERS:
        return int.from_bytes(data, "little", signed=name != "tinyint")
    if name in FLOATS:
        return struct.unpack("<d" if name == "float" else "<f", data)[0]
    if name == "decimal":
        magnitude = EXACT.scaleb(Decimal(int.from_bytes(data[1:], "little")), -scale)
        return magnitude if data[0] else magnitude.copy_negate()
    if name == "uniqueidentifier":
        return uuid.UUID(bytes_le=data)
    if name == "datetime":
        days, ticks = struct.unpack("<iI", data)
        return EPOCH_1900 + dt.timedelta(days=days, microseconds=round(ticks * 1_000_000 / 300))
    if name == "date":
        return dt.date.fromordinal(int.from_bytes(data, "little") + 1)
    clock = time_size(scale)
    micros = int.from_bytes(data[:clock], "little") * 10**6 // 10**scale
    time = dt.datetime.min + dt.timedelta(microseconds=micros)
    if name == "time":
        return time.time()
    date = dt.date.fromordinal(int.from_bytes(data[clock : clock + 3], "little") + 1)
    return dt.datetime.combine(date, time.time())


# --- Tokens ----------------------------------------------------------------------------------------------------------


def short_text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16-le")


def env_change(kind: int, new: bytes, old: bytes) -> bytes:
    return b"\xe3" + sized(bytes([kind]) + new + old)


def error_token(error: SqlError, server: str = "pool") -> bytes:
    message = error.message[:4000]
    body = struct.pack("<IBB", error.number, error.state, error.level)
    body += struct.pack("<H", len(message)) + message.encode("utf-16-le")
    return b"\xaa" + sized(body + short_text(server) + short_text("") + struct.pack("<I", 1))


DONE, DONE_PROC, DONE_IN_PROC = 0xFD, 0xFE, 0xFF
MORE, FAILED, COUNT, ATTENTION_SEEN = 0x01, 0x02, 0x10, 0x20


SELECT, INSERT = 0xC1, 0xC3


def done_token(token: int, status: int = 0, count: int | None = None, command: int = SELECT) -> bytes:
    """The end of a statement; the driver heeds a count without rows only where the command changes something."""
    if count is not None:
        status |= COUNT
    return bytes([token]) + struct.pack("<HHQ", status, command, count or 0)


def column_metadata(columns: Sequence[Column]) -> bytes:
    described = (
        struct.pack("<IH", 0, 0x08 | column.nullable) + type_info(column.type) + short_text(column.name)
        for column in columns
    )
    return b"\x81" + struct.pack("<H", len(columns)) + b"".join(described)


def row_tokens(columns: Sequence[Column], rows: Sequence[tuple[Any, ...]]) -> bytes:
    """The rows' tokens, encoded a column at a time, which is what makes a hundred thousand of them quick."""
    encoded: list[Iterable[bytes]] = [itertools.repeat(b"\xd1", len(rows))]
    for column, values in zip(columns, zip(*rows, strict=True), strict=True):
        encode, null = encoder(column.type)
        encoded.append([null if value is None else encode(value) for value in values])
    return b"".join(itertools.chain.from_iterable(zip(*encoded, strict=True)))


# --- Connections -----------------------------------------------------------------------------------------------------


def read_login(message: bytes) -> Login:
    def span(at: int) -> str:
        offset, length = struct.unpack_from("<HH", message, at)
        return message[offset : offset + 2 * length].decode("utf-16-le")

    offset, length = struct.unpack_from("<HH", message, 44)
    scrambled = message[offset : offset + 2 * length]
    password = bytes((byte ^ 0xA5) >> 4 | ((byte ^ 0xA5) << 4) & 0xF0 for byte in scrambled)
    return Login(
        user=span(40),
        password=password.decode("utf-16-le"),
        database=span(68),
        application=span(48),
        access_token=read_access_token(message),
    )


def read_access_token(message: bytes) -> str | None:
    """The token of the federated authentication feature extension, where the login has it."""
    if not message[27] & 0x10:
        return None
    (pointer,) = struct.unpack_from("<H", message, 56)
    (offset,) = struct.unpack_from("<I", message, pointer)
    extensions = Reader(message[offset:])
    while extensions.more and (feature := extensions.number(1)) != 0xFF:
        data = extensions.take(extensions.number(4))
        if feature == 0x02:
            (length,) = struct.unpack_from("<I", data, 1)
            return data[5 : 5 + length].decode("utf-16-le")
    return None


class Attended(Exception):  # noqa: N818
    """The client asked for the answer to end."""


class Connection(socketserver.BaseRequestHandler):
    """One client's connection.

    Messages are read on a thread of their own, so that an attention reaches a statement that is still running.
    """

    server: "Server"
    request: socket.socket

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.session: Session | None = None
        self.federated = False
        self.messages: queue.Queue[tuple[int, bool, bytes] | None] = queue.Queue()
        self.attention = threading.Event()
        self.output = bytearray()
        self.prepared: dict[int, tuple[str, str]] = {}
        self.announced = 0
        self.server.connections.add(self)

    def handle(self) -> None:
        reader = threading.Thread(target=self.read_messages, daemon=True)
        reader.start()
        try:
            while (message := self.messages.get()) is not None:
                if not self.answer(*message):
                    break
        except (ConnectionCut, OSError):
            pass
        finally:
            self.shut()
            reader.join()
            if self.session:
                self.session.close()
            self.server.connections.discard(self)

    def shut(self) -> None:
        # Shut before close: the reading thread still waits on the socket and would keep it open.
        with contextlib.suppress(OSError):
            self.request.shutdown(socket.SHUT_RDWR)

    # -- in

    def read_exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            if not (part := self.request.recv(size - len(data))):
                raise EOFError
            data += part
        return bytes(data)

    def read_messages(self) -> None:
        try:
            while True:
                payload, reset = bytearray(), False
                last = False
                while not last:
                    kind, status, length = struct.unpack(">BBH4x", self.read_exactly(8))
                    payload += self.read_exactly(length - 8)
                    last, reset = bool(status & 0x01), reset or bool(status & 0x18)
                if kind == ATTENTION:
                    self.attention.set()
                    if self.session:
                        self.session.interrupt()
                self.messages.put((kind, reset, bytes(payload)))
        except (EOFError, OSError):
            if self.session:
                self.session.interrupt()
            self.messages.put(None)

    # -- out

    def write(self, tokens: bytes) -> None:
        self.output += tokens
        if len(self.output) >= 64 * PACKET_SIZE:
            self.flush(last=False)

    def flush(self, last: bool = True) -> None:
        """Sends what is written as packets; what does not fill a packet waits, unless it is the last."""
        room = PACKET_SIZE - 8
        packets = bytearray()
        data, end = memoryview(bytes(self.output)), len(self.output)
        at = 0
        while end - at > room or (last and at <= end):
            part = data[at : at + room]
            at += room
            packets += struct.pack(">BBHHBB", TABULAR_RESULT, last and at >= end, len(part) + 8, 0, 1, 0) + part
            if at >= end:
                break
        self.output = bytearray(data[min(at, end) :])
        self.request.sendall(packets)

    # -- messages

    def answer(self, kind: int, reset: bool, payload: bytes) -> bool:
        """Answers one message; says whether the connection goes on."""
        if kind == PRELOGIN:
            self.write(self.prelogin(payload))
        elif kind == LOGIN7:
            if not self.login(payload):
                self.flush()
                return False
        elif kind == ATTENTION:
            self.attention.clear()
            self.write(done_token(DONE, ATTENTION_SEEN))
        else:
            try:
                if reset and self.session:
                    self.session.reset()
                self.run(kind, Reader(payload))
            except Attended:
                # What is under way stays a whole number of tokens; the attention's own answer follows.
                self.write(done_token(DONE, FAILED))
                return True
        self.flush()
        return True

    def prelogin(self, payload: bytes) -> bytes:
        asked = set()
        at = 0
        while payload[at] != 0xFF:
            asked.add(payload[at])
            at += 5
        self.federated = 0x06 in asked
        no_encryption = b"\x02"
        options = [(0, b"\x10\0\0\0\0\0"), (1, no_encryption), (2, b"\0"), (3, b""), (4, b"\0")]
        if self.federated:
            options.append((6, b"\x01"))
        head, body = b"", b""
        for option, value in options:
            head += struct.pack(">BHH", option, 5 * len(options) + 1 + len(body), len(value))
            body += value
        return head + b"\xff" + body

    def login(self, payload: bytes) -> bool:
        login = read_login(payload)
        try:
            self.session = self.server.open_session(login)
        except SqlError as error:
            self.write(error_token(error) + done_token(DONE, FAILED))
            return False
        collation = wire_collation(self.server.collation)
        acknowledged = b"\x01" + TDS_7_4 + short_text("Microsoft SQL Server") + b"\x0c\0\0\0"
        self.write(
            env_change(1, short_text(login.database), short_text("master"))
            + env_change(7, bytes([5]) + collation, b"\0")
            + b"\xad"
            + sized(acknowledged)
            + env_change(4, short_text(str(PACKET_SIZE)), short_text(str(PACKET_SIZE)))
        )
        if login.access_token is not None:
            self.write(b"\xae\x02" + struct.pack("<I", 0) + b"\xff")
        self.write(done_token(DONE))
        return True

    def run(self, kind: int, reader: Reader) -> None:
        reader.skip_headers()
        if kind == SQL_BATCH:
            self.run_batch(reader.data[reader.at :].decode("utf-16-le"))
        elif kind == RPC:
            self.run_calls(reader)
        elif kind == TRANSACTION_MANAGER:
            self.manage_transaction(reader)
        else:
            self.fail(SqlError(4002, f"The message of type {kind} is not known."), DONE)

    def fail(self, error: SqlError, token: int, more: bool = False) -> None:
        if self.attention.is_set():
            raise Attended
        self.announce()
        self.write(error_token(error) + done_token(token, FAILED | (MORE if more else 0)))

    def announce(self) -> None:
        """Tells the client of a transaction that began or ended."""
        assert self.session is not None
        now = self.session.transaction
        if now != self.announced:
            if self.announced:
                ended = 9 if self.session.committed else 10
                self.write(env_change(ended, b"\0", b"\x08" + struct.pack("<Q", self.announced)))
            if now:
                self.write(env_change(8, b"\x08" + struct.pack("<Q", now), b"\0"))
            self.announced = now

    def run_batch(self, sql: str) -> None:
        try:
            self.send_results(sql, (), DONE)
        except SqlError as error:
            self.fail(error, DONE)

    def send_results(self, sql: str, parameters: Sequence[Parameter], token: int) -> None:
        """Sends every statement's result; in a batch the last one ends it, in a call the call's own token does."""
        assert self.session is not None
        pending = b""
        for result in self.session.execute(sql, parameters):
            if pending:
                self.write(with_more(pending))
            count = self.send_rows(result) if result.columns else result.count
            self.announce()
            pending = done_token(token, 0, count, SELECT if result.columns else INSERT)
        if token == DONE:
            self.write(pending or done_token(DONE))
        elif pending:
            self.write(with_more(pending))

    def send_rows(self, result: Result) -> int:
        self.write(column_metadata(result.columns))
        count = 0
        for rows in result.batches:
            if self.attention.is_set():
                raise Attended
            self.write(row_tokens(result.columns, rows))
            count += len(rows)
        return count

    # -- calls

    def run_calls(self, reader: Reader) -> None:
        """The calls of one message: many, where a driver executes a statement with many rows of parameters."""
        while reader.more:
            length = reader.number(2)
            procedure = PROCEDURES.get(reader.number(2), "") if length == 0xFFFF else reader.text(length).lower()
            reader.number(2)
            arguments = []
            while reader.more and reader.data[reader.at] not in (0xFF, 0xFE):
                name = reader.text(reader.number(1))
                reader.number(1)
                arguments.append(Parameter(name, *reader.value()))
            if reader.more:
                reader.number(1)
            try:
                self.call(procedure.removeprefix("sys."), arguments)
            except SqlError as error:
                self.fail(error, DONE_PROC, more=reader.more)
                continue
            self.write(b"\x79\0\0\0\0" + done_token(DONE_PROC, MORE if reader.more else 0))

    def call(self, procedure: str, arguments: list[Parameter]) -> None:
        assert self.session is not None
        values = [argument.value for argument in arguments]
        if procedure == "sp_executesql":
            declared = values[1] if len(values) > 1 else ""
            self.send_results(values[0], named(declared or "", arguments[2:]), DONE_IN_PROC)
        elif procedure in ("sp_prepare", "sp_prepexec"):
            handle = len(self.prepared) + 1
            self.prepared[handle] = (values[1] or "", values[2])
            if procedure == "sp_prepexec":
                self.send_results(values[2], named(values[1] or "", arguments[3:]), DONE_IN_PROC)
            else:
                self.session.prepare(values[2])
            self.write(return_value(handle))
        elif procedure == "sp_execute":
            if values[0] not in self.prepared:
                raise SqlError(8179, f"Could not find prepared statement with handle {values[0]}.")
            declared, sql = self.prepared[values[0]]
            self.send_results(sql, named(declared, arguments[1:]), DONE_IN_PROC)
        elif procedure == "sp_unprepare":
            # The handle stays known: numbers are given once.
            pass
        else:
            raise SqlError(2812, f"Could not find stored procedure '{procedure}'.")

    # -- transactions

    def manage_transaction(self, reader: Reader) -> None:
        assert self.session is not None
        request = reader.number(2)
        try:
            if request == 5:
                self.session.begin()
            elif request in (7, 8):
                reader.take(2 * reader.number(1))
                begin_again = reader.more and bool(reader.number(1) & 1)
                end = self.session.commit if request == 7 else self.session.rollback
                end(begin_again)
            else:
                raise SqlError(8011, f"The transaction manager's request {request} is not supported.")
        except SqlError as error:
            self.fail(error, DONE)
            return
        self.announce()
        self.write(done_token(DONE))


PROCEDURES: Mapping[int, str] = {
    10: "sp_executesql",
    11: "sp_prepare",
    12: "sp_execute",
    13: "sp_prepexec",
    15: "sp_unprepare",
}


def with_more(done: bytes) -> bytes:
    return done[:1] + bytes([done[1] | MORE]) + done[2:]


def return_value(handle: int) -> bytes:
    kind = SqlType("int")
    encode, _ = encoder(kind)
    head = struct.pack("<H", 0) + short_text("") + b"\x01" + struct.pack("<IH", 0, 0)
    return b"\xac" + head + type_info(kind) + encode(handle)


def named(declaration: str, arguments: Sequence[Parameter]) -> list[Parameter]:
    """The arguments under the names of the declaration, `@P1 int,@P2 nvarchar(4)`."""
    names = re.findall(r"(@\w+)\s", declaration)
    return [
        Parameter(argument.name or name, argument.type, argument.value)
        for name, argument in zip(names, arguments, strict=False)
    ]


class Server(socketserver.ThreadingTCPServer):
    """Listens on a free port of the loopback address."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, open_session: Callable[[Login], Session], collation: Collation) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.open_session, self.collation = open_session, collation
        self.connections: set[Connection] = set()
        self.thread = threading.Thread(target=lambda: self.serve_forever(poll_interval=0.02), daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def close(self) -> None:
        """Ends every connection, and waits until its session is closed."""
        self.shutdown()
        self.thread.join()
        for connection in list(self.connections):
            connection.shut()
        self.server_close()

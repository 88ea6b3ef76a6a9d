"""Describe statements on the server with PREPARE, and resolve their types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import psycopg
from psycopg.rows import tuple_row


@dataclass(frozen=True, slots=True)
class PgType:
    """A type of the server, resolved through domains, arrays, ranges and composites."""

    name: str
    kind: Literal["base", "array", "enum", "composite", "range", "multirange", "domain"]
    inner: PgType | None = None
    labels: tuple[str, ...] = ()
    attributes: tuple[tuple[str, PgType], ...] = ()


@dataclass(slots=True)
class Described:
    """A statement as the server describes it."""

    parameters: list[PgType]
    columns: list[tuple[str, PgType]]
    nullable: list[bool]
    """Which columns are a plain column of a table that may be NULL."""


class Server:
    """Describes statements on one connection."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        self._types: dict[int, PgType] = {}

    def describe(self, statement: str) -> Described:
        """PREPARE the statement, and read the types of its parameters and columns."""
        pg = self.conn.pgconn
        result = pg.prepare(b"", statement.encode())
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise psycopg.ProgrammingError(result.get_error_message())
        described = pg.describe_prepared(b"")
        return Described(
            [self.type(described.param_type(n)) for n in range(described.nparams)],
            [
                ((described.fname(n) or b"").decode(), self.type(described.ftype(n)))
                for n in range(described.nfields)
            ],
            [
                self._is_nullable(described.ftable(n), described.ftablecol(n))
                for n in range(described.nfields)
            ],
        )

    def _is_nullable(self, table: int, column: int) -> bool:
        row = (
            self.conn.cursor(row_factory=tuple_row)
            .execute(
                "SELECT NOT (a.attnotnull OR t.typnotnull) FROM pg_attribute a"
                " JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = %s AND a.attnum = %s",
                [table, column],
            )
            .fetchone()
        )
        return row is not None and bool(row[0])

    def type(self, oid: int) -> PgType:
        """Return the type with this OID."""
        if oid not in self._types:
            self._types[oid] = self._load(oid)
        return self._types[oid]

    def _load(self, oid: int) -> PgType:
        # A script's calls follow, so no statement may be left behind.
        cursor = self.conn.cursor(row_factory=tuple_row)
        row = cursor.execute(
            "SELECT t.typname, t.typtype, t.typcategory, t.typelem, t.typbasetype, t.typrelid,"
            " (SELECT rngsubtype FROM pg_range WHERE rngtypid = t.oid),"
            " (SELECT rngsubtype FROM pg_range WHERE rngmultitypid = t.oid)"
            " FROM pg_type t WHERE t.oid = %s",
            [oid],
        ).fetchone()
        if row is None:
            return PgType("unknown", "base")
        name, kind, category, element, base, relation, range_of, multirange_of = row
        if kind == "d":
            return PgType(name, "domain", self.type(base))
        if category == "A" and element:
            return PgType(name, "array", self.type(element))
        if kind == "e":
            labels = cursor.execute(
                "SELECT enumlabel FROM pg_enum WHERE enumtypid = %s ORDER BY enumsortorder", [oid]
            ).fetchall()
            return PgType(name, "enum", labels=tuple(label for (label,) in labels))
        if kind == "r":
            return PgType(name, "range", self.type(range_of))
        if kind == "m":
            return PgType(name, "multirange", self.type(multirange_of))
        if kind == "c":
            attributes = cursor.execute(
                "SELECT attname, atttypid FROM pg_attribute WHERE attrelid = %s AND attnum > 0"
                " AND NOT attisdropped ORDER BY attnum",
                [relation],
            ).fetchall()
            return PgType(
                name,
                "composite",
                attributes=tuple((field, self.type(type_)) for field, type_ in attributes),
            )
        return PgType(name, "base")

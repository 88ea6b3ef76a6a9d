"""Sequences: relations with one row, created by a command or with a column."""

from typing import Any

from .database import Attribute, Database, Key, Relation, strings

_COLUMNS = {"last_value": "int8", "log_cnt": "int8", "is_called": "bool"}
_SERIALS = {"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"}
_LONGEST = 63  # the maximum length of a name, in bytes


def create_sequence(database: Database, node: dict[str, Any]) -> None:
    """CREATE SEQUENCE."""
    key = database.named(node["sequence"])
    if key not in database.relations:
        _put(database, key)
        alter_sequence(database, node)


def alter_sequence(database: Database, node: dict[str, Any]) -> None:
    """ALTER SEQUENCE. Of its options, OWNED BY matters: the sequence is dropped with its table."""
    sequence = database.relations.get(database.named(node["sequence"]))
    for item in node.get("options", []):
        if item["DefElem"]["defname"] == "owned_by" and sequence is not None:
            *table, _ = item["DefElem"]["arg"]["List"]["items"]
            sequence.owner = database.qualified(table) if table else None  # OWNED BY NONE


def add_sequence(database: Database, table: Relation, column: dict[str, Any]) -> None:
    """Add the sequence of a serial or identity column."""
    if is_serial(column):
        add_identity(database, table, column["colname"], {})
    for item in column.get("constraints", []):
        if item["Constraint"]["contype"] == "CONSTR_IDENTITY":
            add_identity(database, table, column["colname"], item["Constraint"])


def is_serial(column: dict[str, Any]) -> bool:
    """Return whether the type of a column is serial: NOT NULL, with a sequence."""
    return bool(_SERIALS.intersection(strings(column.get("typeName", {}).get("names"))[-1:]))


def add_identity(
    database: Database, table: Relation, column: str, constraint: dict[str, Any]
) -> None:
    """Add the sequence of an identity column."""
    name = _free_name(database, table, column)
    for item in constraint.get("options", []):
        if item["DefElem"]["defname"] == "sequence_name":
            name = strings(item["DefElem"]["arg"]["List"]["items"])[-1]
    _put(database, (table.schema, name)).owner = (table.schema, table.name)


def _put(database: Database, key: Key) -> Relation:
    columns = [Attribute(name, type_, nullable=False) for name, type_ in _COLUMNS.items()]
    database.relations[key] = Relation(*key, columns, is_sequence=True)
    return database.relations[key]


def _free_name(database: Database, table: Relation, column: str) -> str:
    """Return `table_column_seq`, with a number if that name is taken."""
    labels = ("seq", *(f"seq{number}" for number in range(1, len(database.relations) + 1)))
    names = (_shortened(table.name, column, label) for label in labels)
    return next(name for name in names if (table.schema, name) not in database.relations)


def _shortened(table: str, column: str, label: str) -> str:
    """Shorten a name of three parts as PostgreSQL does: the longer one of the first two loses characters."""
    one, other = table.encode(), column.encode()
    while len(one) + len(other) + len(label) + 2 > _LONGEST:
        if len(one) > len(other):
            one = one[:-1]
        else:
            other = other[:-1]
    return f"{one.decode(errors='ignore')}_{other.decode(errors='ignore')}_{label}"

"""The COPY statement that replaces the INSERT of a `:copyfrom`."""

from typing import Any

from .analysis import Attribute
from .analysis.database import Database, modifiers, strings, type_name
from .analysis.parser import ParseError, parse
from .problems import Problem

Node = dict[str, Any]


def copy_statement(database: Database, sql: str) -> str:
    """Return the COPY of the columns, in the order of their parameters, which is that of a row."""
    insert: Node = parse(sql)[0]["stmt"].get("InsertStmt", {})
    values = insert.get("selectStmt", {}).get("SelectStmt", {}).get("valuesLists", [])
    names = [_name(item["ResTarget"]) for item in insert.get("cols", [])]
    items: list[Node] = values[0]["List"]["items"] if len(values) == 1 else []
    numbers = [_number(item) for item in items]
    known = {number: name for number, name in zip(numbers, names, strict=False) if number}
    if not insert.keys() <= _PARTS or not names or not len(names) == len(items) == len(known):
        raise Problem(
            ":copyfrom needs INSERT INTO table (columns) VALUES ($1, $2, ...), one parameter"
            " a column; use :batchexec for anything else"
        )
    table = insert["relation"]
    relation = database.relation(table.get("schemaname", ""), table["relname"])
    for name, item in zip(names, items, strict=True):
        column = relation.column(name) if relation is not None else None
        if "TypeCast" in item and column is not None:
            _check_cast(database, column, item)
    target = ".".join(_quoted(table[key]) for key in ("schemaname", "relname") if key in table)
    return f"COPY {target} ({', '.join(_quoted(known[key]) for key in sorted(known))}) FROM STDIN"


_PARTS = {"relation", "cols", "selectStmt", "override"}


def _name(target: Node) -> str:
    if "indirection" in target:
        raise Problem(f":copyfrom takes whole columns, not a part of {target['name']}")
    return str(target["name"])


def _number(item: Node) -> int | None:
    while "TypeCast" in item:
        item = item["TypeCast"]["arg"]
    number = item.get("ParamRef", {}).get("number")
    return int(number) if number else None


def _check_cast(database: Database, column: Attribute, item: Node) -> None:
    """Refuse a cast that changes values, because COPY makes no casts."""
    own = _written(column.type or "text", column.modifiers)
    while "TypeCast" in item:
        node = item["TypeCast"]["typeName"]
        cast = _written(type_name(database, node)[0], modifiers(node))
        if cast not in (own, column.type):
            raise Problem(
                f":copyfrom makes no casts, but column {column.name} is {own}, and its value is"
                f" cast to {cast}; leave the cast out, cast to {own}, which says that no NULL"
                " is written, or use :batchexec"
            )
        item = item["TypeCast"]["arg"]


def _written(type_: str, inside: tuple[str, ...]) -> str:
    element = type_.removesuffix("[]")
    fields = [part for part in inside if element == "interval" and not part.isdigit()]
    numbers = inside[len(fields) :]
    made = " ".join([element, *fields]) + (f"({', '.join(numbers)})" if numbers else "")
    return made + type_[len(element) :]


def _quoted(name: str) -> str:
    """Return the name as SQL, in quotes if it needs them."""
    try:
        plain: Node = parse(f"COPY x ({name}) FROM STDIN")[0]["stmt"]["CopyStmt"]
    except ParseError:
        plain = {}
    return name if strings(plain.get("attlist")) == [name] else '"' + name.replace('"', '""') + '"'

"""Read schema files, for what sqlc's request lacks: domains, composite types, views, keys."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import alter, sequences, tables
from .database import Attribute, Database, Key, Relation, Routine, strings, type_name
from .known import is_extension
from .parser import ParseError, parse
from .signatures import function
from .statements import columns_of

# Where migration tools begin the way back.
_DOWN = re.compile(
    r"^--\s*(?:migrate:down|\+goose\s+Down|\+migrate\s+Down|-+\s*create above / drop below\s*-+).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_PSQL = re.compile(r"^\\.*", re.MULTILINE)


def read_schema(database: Database, paths: list[Path]) -> None:
    """Add the objects of the files. A file that can't be found or read adds nothing."""
    statements = [statement for path in paths for statement in _of_file(path)]
    for statement in statements:
        _read(database, statement)
    _apply_domains(database)
    database.has_all_operators = bool(statements) and not any(map(_may_add_operators, statements))


def _of_file(path: Path) -> list[dict[str, Any]]:
    try:
        return _statements(_DOWN.sub("", path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return []


def _may_add_operators(statement: dict[str, Any]) -> bool:
    """Return whether an unknown statement may have added operators or casts."""
    ((kind, node),) = statement.items()
    match kind:
        case "CreateExtensionStmt":
            return not is_extension(node["extname"])
        case "DefineStmt":
            return bool(node["kind"] != "OBJECT_AGGREGATE")
        case _:
            return kind in ("CreateCastStmt", "DoStmt")


def _read(database: Database, statement: dict[str, Any]) -> None:
    ((kind, node),) = statement.items()
    if (reader := _READERS.get(kind)) is not None:
        reader(database, node)
        database.views.clear()


def _statements(text: str) -> list[dict[str, Any]]:
    for readable in (text, _PSQL.sub("", text)):
        try:
            return [item["stmt"] for item in parse(readable) if "stmt" in item]
        except ParseError:
            continue
    return []


def _apply_domains(database: Database) -> None:
    """Make columns NOT NULL if their domain is NOT NULL at the end."""
    for relation in database.relations.values():
        relation.columns = [
            replace(column, nullable=False) if database.is_not_null(column.type) else column
            for column in relation.columns
        ]


def _create_schema(database: Database, node: dict[str, Any]) -> None:
    inside = replace(database, search_path=(node.get("schemaname", ""), *database.search_path))
    for element in node.get("schemaElts", []):
        _read(inside, element)


def _create_view(database: Database, node: dict[str, Any]) -> None:
    _put_query(database, database.named(node["view"]), strings(node.get("aliases")), node["query"])


def _create_table_as(database: Database, node: dict[str, Any]) -> None:
    names = strings(node["into"].get("colNames"))
    key = database.named(node["into"]["rel"])
    if node.get("if_not_exists") and key in database.relations:
        return
    _put_query(database, key, names, node["query"])
    if node.get("objtype") == "OBJECT_TABLE":
        # A new table, so its columns may become NULL.
        relation = database.relations[key]
        relation.query = None
        relation.columns = [replace(column, nullable=True) for column in relation.columns]


def _put_query(database: Database, key: Key, names: list[str], query: dict[str, Any]) -> None:
    columns = columns_of(database, query)
    for number, name in enumerate(names[: len(columns)]):
        columns[number] = replace(columns[number], name=name)
    database.relations[key] = Relation(*key, columns, query)


def _create_domain(database: Database, node: dict[str, Any]) -> None:
    type_, _ = type_name(database, node["typeName"])
    not_null = any(
        item["Constraint"]["contype"] == "CONSTR_NOTNULL" for item in node.get("constraints", [])
    )
    database.domains[database.qualified(node["domainname"])] = (type_, not_null)


def _create_enum(database: Database, node: dict[str, Any]) -> None:
    database.enums.add(database.qualified(node["typeName"]))


def _create_composite(database: Database, node: dict[str, Any]) -> None:
    fields: list[Attribute] = []
    for item in node.get("coldeflist", []):
        type_, dimensions = type_name(database, item["ColumnDef"]["typeName"])
        fields.append(Attribute(item["ColumnDef"]["colname"], type_, True, dimensions))
    database.composites[database.named(node["typevar"])] = fields


def _create_range(database: Database, node: dict[str, Any]) -> None:
    schema, name = database.qualified(node["typeName"])
    multi = schema, _multirange_name(name)
    for parameter in node.get("params", []):
        item = parameter["DefElem"]
        if item["defname"] == "subtype":
            database.ranges[schema, name] = type_name(database, item["arg"]["TypeName"])[0]
        elif item["defname"] == "multirange_type_name":
            multi = database.qualified(item["arg"]["TypeName"]["names"])
    database.multiranges[multi] = f"{schema}.{name}"


def _multirange_name(name: str) -> str:
    """Return the name that PostgreSQL gives to the multirange of a range."""
    if "range" in name:
        return name.replace("range", "multirange", 1)
    return f"{name}_multirange"


def _create_function(database: Database, node: dict[str, Any]) -> None:
    parameters = [item["FunctionParameter"] for item in node.get("parameters", [])]
    given = [item for item in parameters if item.get("mode") not in _OUT_ONLY]
    out: list[Attribute] = []
    for item in parameters:
        if item.get("mode") in _OUT:
            type_, dimensions = type_name(database, item["argType"])
            out.append(Attribute(item.get("name", ""), type_, True, dimensions))
    returned = node.get("returnType")
    returns = type_name(database, returned)[0] if returned else "record"
    if len(out) == 1 and returns == "record":
        returns = out[0].type or "record"
    _put_routine(
        database,
        node["funcname"],
        given,
        Routine(
            (),
            returns,
            bool(returned and returned.get("setof"))
            or any(item.get("mode") == "FUNC_PARAM_TABLE" for item in parameters),
            sum("defexpr" in item for item in given),
            tuple(out),
        ),
    )


def _put_routine(
    database: Database, name: list[dict[str, Any]], given: list[dict[str, Any]], routine: Routine
) -> None:
    arguments = tuple(type_name(database, item["argType"])[0] for item in given)
    variadic = bool(given) and given[-1].get("mode") == "FUNC_PARAM_VARIADIC"
    made = replace(
        routine,
        arguments=arguments,
        names=tuple(item.get("name", "") for item in given),
        variadic=arguments[-1].removesuffix("[]") if variadic else None,
    )
    known = database.routines.setdefault(database.qualified(name), [])
    known[:] = [one for one in known if one.arguments != arguments]
    known.append(made)


def _define(database: Database, node: dict[str, Any]) -> None:
    if node.get("kind") != "OBJECT_AGGREGATE":
        return
    options = {
        item["DefElem"]["defname"].lower(): item["DefElem"].get("arg", {})
        for item in node.get("definition", [])
    }
    returns = type_name(database, options["stype"]["TypeName"])[0]
    if "finalfunc" in options:
        name = strings(options["finalfunc"]["TypeName"]["names"])
        found = function(database, "".join(name[:-1][-1:]), name[-1], [returns])
        returns = found.returns if found is not None else returns
    given = [
        item["FunctionParameter"]
        for items in node.get("args", [])[:1]
        for item in items.get("List", {}).get("items", [])
    ]
    _put_routine(database, node["defnames"], given, Routine((), returns, kind="a"))


_OUT_ONLY = {"FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"}
_OUT = _OUT_ONLY | {"FUNC_PARAM_INOUT"}
_READERS: dict[str, Callable[[Database, dict[str, Any]], None]] = {
    "CreateSchemaStmt": _create_schema,
    "CreateStmt": tables.create_table,
    "CreateForeignTableStmt": tables.create_foreign_table,
    "AlterTableStmt": tables.alter_table,
    "IndexStmt": tables.create_index,
    "CreateSeqStmt": sequences.create_sequence,
    "AlterSeqStmt": sequences.alter_sequence,
    "AlterDomainStmt": alter.alter_domain,
    "AlterObjectSchemaStmt": alter.set_schema,
    "RenameStmt": alter.rename,
    "ViewStmt": _create_view,
    "CreateTableAsStmt": _create_table_as,
    "CreateDomainStmt": _create_domain,
    "CreateEnumStmt": _create_enum,
    "CompositeTypeStmt": _create_composite,
    "CreateRangeStmt": _create_range,
    "CreateFunctionStmt": _create_function,
    "DefineStmt": _define,
    "DropStmt": alter.drop,
}

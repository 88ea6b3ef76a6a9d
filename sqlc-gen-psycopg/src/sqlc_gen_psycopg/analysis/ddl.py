"""Reads schema files, for what sqlc's request does not say: domains, composites, views, keys."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import alter
from .database import Attribute, Database, Key, Relation, Routine, strings, type_name
from .parser import ParseError, parse
from .signatures import function
from .statements import columns_of

# What the formats of migration tools have behind their way forward.
_DOWN = re.compile(
    r"^--\s*(?:migrate:down|\+goose\s+Down|\+migrate\s+Down|-+\s*create above / drop below\s*-+).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_PSQL = re.compile(r"^\\.*", re.MULTILINE)
_SERIALS = {"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"}


def read_schema(database: Database, paths: list[Path]) -> None:
    """Add what the files say; a file that can't be found or read adds nothing."""
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        for statement in _statements(_DOWN.sub("", text)):
            _read(database, statement)


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


def _create_schema(database: Database, node: dict[str, Any]) -> None:
    inside = replace(database, search_path=(node.get("schemaname", ""), *database.search_path))
    for element in node.get("schemaElts", []):
        _read(inside, element)


def _create_foreign_table(database: Database, node: dict[str, Any]) -> None:
    _create_table(database, node["base"])


def _create_table(database: Database, node: dict[str, Any]) -> None:
    key = database.named(node["relation"])
    if node.get("if_not_exists") and key in database.relations:
        return
    relation = database.relations[key] = Relation(*key)
    relation.parents = [database.named(item["RangeVar"]) for item in node.get("inhRelations", [])]
    for parent in relation.parents:
        if (inherited := database.relations.get(parent)) is not None:
            for column in inherited.columns:
                _merge(relation, column)
    if "ofTypename" in node:
        of_type, _ = type_name(database, node["ofTypename"])
        relation.columns = list(database.fields(of_type) or [])
    for element in node.get("tableElts", []):
        if "ColumnDef" in element:
            _declare(database, relation, element["ColumnDef"])
        elif "TableLikeClause" in element:
            like = database.relations.get(database.named(element["TableLikeClause"]["relation"]))
            for column in like.columns if like else []:
                _put(relation, column)
    for element in node.get("tableElts", []):
        if "Constraint" in element:
            _constrain(relation, element["Constraint"])


def _declare(database: Database, relation: Relation, node: dict[str, Any]) -> None:
    known = relation.column(node["colname"])
    if known is not None and "typeName" not in node:
        # CREATE TABLE ... OF says of a column only what its type does not.
        column = _column(database, {**node, "typeName": {"names": []}})
        _put(relation, replace(known, nullable=known.nullable and column.nullable))
    else:
        _merge(relation, _column(database, node))


def _merge(relation: Relation, column: Attribute) -> None:
    """Add a column that may be there, inherited: it is NOT NULL where one of both is."""
    known = relation.column(column.name)
    nullable = column.nullable and (known is None or known.nullable)
    _put(relation, replace(column, nullable=nullable))


def _put(relation: Relation, column: Attribute) -> None:
    for number, known in enumerate(relation.columns):
        if known.name == column.name:
            relation.columns[number] = column
            return
    relation.columns.append(column)


def _column(database: Database, node: dict[str, Any]) -> Attribute:
    type_, dimensions = type_name(database, node["typeName"])
    written = strings(node["typeName"].get("names"))[-1:]
    kinds = {item["Constraint"]["contype"] for item in node.get("constraints", [])}
    certain = {"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"} & kinds
    not_null = bool(certain) or bool(_SERIALS.intersection(written)) or database.is_not_null(type_)
    return Attribute(node["colname"], type_, not not_null, dimensions)


def _constrain(relation: Relation, node: dict[str, Any]) -> None:
    if node["contype"] not in ("CONSTR_PRIMARY", "CONSTR_NOTNULL"):
        return
    for name in strings(node.get("keys")):
        _set(relation, name, nullable=False)


def _set(relation: Relation, name: str, *, nullable: bool) -> None:
    if column := relation.column(name):
        _put(relation, Attribute(name, column.type, nullable, column.dimensions))


def _alter_table(database: Database, node: dict[str, Any]) -> None:
    key = database.named(node["relation"])
    fields = database.composites.get(key)
    relation = database.relations.get(key)
    if fields is not None:
        relation = Relation(*key, fields)
    if relation is None:
        return
    for command in node.get("cmds", []):
        _alter(database, relation, command["AlterTableCmd"])
    if fields is not None:
        database.composites[key] = relation.columns
    for child in list(database.relations.values()):
        if key in child.parents:
            child_node = {"schemaname": child.schema, "relname": child.name}
            _alter_table(database, {**node, "relation": child_node})


def _alter(database: Database, relation: Relation, item: dict[str, Any]) -> None:
    definition = item.get("def", {})
    match item.get("subtype"):
        case "AT_AddColumn":
            if relation.column(definition["ColumnDef"]["colname"]) is None:
                _put(relation, _column(database, definition["ColumnDef"]))
        case "AT_DropColumn":
            relation.columns = [c for c in relation.columns if c.name != item["name"]]
        case "AT_SetNotNull" | "AT_AddIdentity":
            _set(relation, item["name"], nullable=False)
        case "AT_DropNotNull":
            _set(relation, item["name"], nullable=True)
        case "AT_AddConstraint":
            _constrain(relation, definition["Constraint"])
        case "AT_AlterColumnType":
            if column := relation.column(item["name"]):
                type_, dimensions = type_name(database, definition["ColumnDef"]["typeName"])
                _put(relation, replace(column, type=type_, dimensions=dimensions))
        case "AT_AddInherit":
            relation.parents.append(database.named(definition["RangeVar"]))
        case "AT_AttachPartition":
            partition = database.relations.get(database.named(definition["PartitionCmd"]["name"]))
            if partition is not None:
                partition.parents.append((relation.schema, relation.name))
        case _:
            pass


def _create_view(database: Database, node: dict[str, Any]) -> None:
    _put_query(database, database.named(node["view"]), strings(node.get("aliases")), node["query"])


def _create_table_as(database: Database, node: dict[str, Any]) -> None:
    names = strings(node["into"].get("colNames"))
    key = database.named(node["into"]["rel"])
    if node.get("if_not_exists") and key in database.relations:
        return
    _put_query(database, key, names, node["query"])
    if node.get("objtype") == "OBJECT_TABLE":
        # A table of its own: what was never NULL may become so.
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
    for parameter in node.get("params", []):
        item = parameter["DefElem"]
        if item["defname"] == "subtype":
            subtype, _ = type_name(database, item["arg"]["TypeName"])
            schema, name = database.qualified(node["typeName"])
            database.ranges[schema, name] = subtype


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
    "CreateStmt": _create_table,
    "CreateForeignTableStmt": _create_foreign_table,
    "AlterTableStmt": _alter_table,
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

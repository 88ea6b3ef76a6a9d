"""Reads schema files, for what sqlc's request does not say: domains, composites, views, keys."""

import re
from pathlib import Path
from typing import Any

from .database import Attribute, Database, Relation, Routine, strings, type_name
from .parser import ParseError, parse

# What the formats of migration tools have behind their way forward.
_DOWN = re.compile(
    r"^--\s*(?:migrate:down|\+goose\s+Down|\+migrate\s+Down|-+\s*create above / drop below\s*-+).*",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_SERIALS = {"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"}


def read_schema(database: Database, paths: list[str]) -> None:
    """Add what the files say; a file that can't be found or read adds nothing."""
    for path in _files(paths):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        for statement in _statements(_DOWN.sub("", text)):
            ((kind, node),) = statement.items()
            if (reader := _READERS.get(kind)) is not None:
                reader(database, node)


def _files(paths: list[str]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += sorted(
                file
                for file in path.glob("*.sql")
                if not file.name.endswith(".down.sql") and not file.name.startswith(".")
            )
        else:
            found.append(path)
    return found


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        return [item["stmt"] for item in parse(text) if "stmt" in item]
    except ParseError:
        return []


def _name(database: Database, node: dict[str, Any]) -> tuple[str, str]:
    return node.get("schemaname") or database.search_path[0], node["relname"]


def _qualified(database: Database, nodes: list[dict[str, Any]]) -> tuple[str, str]:
    *schema, name = strings(nodes)
    return (schema[-1] if schema else database.search_path[0]), name


def _create_table(database: Database, node: dict[str, Any]) -> None:
    key = _name(database, node["relation"])
    relation = database.relations.setdefault(key, Relation(*key))
    for parent in node.get("inhRelations", []):
        if inherited := database.relations.get(_name(database, parent["RangeVar"])):
            for column in inherited.columns:
                _put(relation, column)
    for element in node.get("tableElts", []):
        if "ColumnDef" in element:
            _put(relation, _column(database, element["ColumnDef"]))
        elif "Constraint" in element:
            _constrain(relation, element["Constraint"])
        elif "TableLikeClause" in element:
            like = database.relations.get(_name(database, element["TableLikeClause"]["relation"]))
            for column in like.columns if like else []:
                _put(relation, column)


def _put(relation: Relation, column: Attribute) -> None:
    for number, known in enumerate(relation.columns):
        if known.name == column.name:
            relation.columns[number] = column
            return
    relation.columns.append(column)


def _column(database: Database, node: dict[str, Any]) -> Attribute:
    type_, dimensions = type_name(database, node["typeName"])
    written = strings(node["typeName"].get("names"))[-1]
    kinds = {item["Constraint"]["contype"] for item in node.get("constraints", [])}
    certain = {"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"} & kinds
    not_null = bool(certain) or written in _SERIALS or database.is_not_null(type_)
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
    relation = database.relations.get(_name(database, node["relation"]))
    if relation is None:
        return
    for command in node.get("cmds", []):
        item = command["AlterTableCmd"]
        definition = item.get("def", {})
        match item.get("subtype"):
            case "AT_AddColumn":
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
                    _put(relation, Attribute(column.name, type_, column.nullable, dimensions))
            case _:
                pass


def _rename(database: Database, node: dict[str, Any]) -> None:
    if node.get("renameType") not in ("OBJECT_COLUMN", "OBJECT_TABLE", "OBJECT_VIEW"):
        return
    key = _name(database, node["relation"])
    if (relation := database.relations.get(key)) is None:
        return
    if node["renameType"] == "OBJECT_COLUMN":
        relation.columns = [
            Attribute(node["newname"], c.type, c.nullable, c.dimensions)
            if c.name == node["subname"]
            else c
            for c in relation.columns
        ]
    else:
        del database.relations[key]
        relation.name = node["newname"]
        database.relations[key[0], relation.name] = relation


def _create_view(database: Database, node: dict[str, Any]) -> None:
    key = _name(database, node["view"])
    names = [Attribute(name, None) for name in strings(node.get("aliases"))]
    database.relations[key] = Relation(*key, names, node["query"])


def _create_table_as(database: Database, node: dict[str, Any]) -> None:
    key = _name(database, node["into"]["rel"])
    names = [Attribute(name, None) for name in strings(node["into"].get("colNames"))]
    database.relations[key] = Relation(*key, names, node["query"])


def _create_domain(database: Database, node: dict[str, Any]) -> None:
    type_, _ = type_name(database, node["typeName"])
    not_null = any(
        item["Constraint"]["contype"] == "CONSTR_NOTNULL" for item in node.get("constraints", [])
    )
    database.domains[_qualified(database, node["domainname"])] = (type_, not_null)


def _create_enum(database: Database, node: dict[str, Any]) -> None:
    database.enums.add(_qualified(database, node["typeName"]))


def _create_composite(database: Database, node: dict[str, Any]) -> None:
    fields: list[Attribute] = []
    for item in node.get("coldeflist", []):
        type_, dimensions = type_name(database, item["ColumnDef"]["typeName"])
        fields.append(Attribute(item["ColumnDef"]["colname"], type_, True, dimensions))
    database.composites[_name(database, node["typevar"])] = fields


def _create_range(database: Database, node: dict[str, Any]) -> None:
    for parameter in node.get("params", []):
        item = parameter["DefElem"]
        if item["defname"] == "subtype":
            subtype, _ = type_name(database, item["arg"]["TypeName"])
            schema, name = _qualified(database, node["typeName"])
            database.ranges[schema, name] = subtype


def _create_function(database: Database, node: dict[str, Any]) -> None:
    arguments: list[str] = []
    out: list[Attribute] = []
    defaults = 0
    for parameter in node.get("parameters", []):
        item = parameter["FunctionParameter"]
        type_, dimensions = type_name(database, item["argType"])
        mode = item.get("mode", "FUNC_PARAM_DEFAULT")
        if mode in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE", "FUNC_PARAM_INOUT"):
            out.append(Attribute(item.get("name", ""), type_, True, dimensions))
        if mode not in ("FUNC_PARAM_OUT", "FUNC_PARAM_TABLE"):
            arguments.append(type_)
            defaults += "defexpr" in item
    returned = node.get("returnType")
    returns = type_name(database, returned)[0] if returned else "record"
    is_set = bool(returned and returned.get("setof")) or any(
        parameter["FunctionParameter"].get("mode") == "FUNC_PARAM_TABLE"
        for parameter in node.get("parameters", [])
    )
    if len(out) == 1 and returns == "record":
        returns = out[0].type or "record"
    routine = Routine(tuple(arguments), returns, is_set, defaults, tuple(out))
    database.routines.setdefault(_qualified(database, node["funcname"]), []).append(routine)


def _drop(database: Database, node: dict[str, Any]) -> None:
    if node.get("removeType") in ("OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW"):
        for item in node.get("objects", []):
            database.relations.pop(_qualified(database, item["List"]["items"]), None)


_READERS = {
    "CreateStmt": _create_table,
    "AlterTableStmt": _alter_table,
    "RenameStmt": _rename,
    "ViewStmt": _create_view,
    "CreateTableAsStmt": _create_table_as,
    "CreateDomainStmt": _create_domain,
    "CreateEnumStmt": _create_enum,
    "CompositeTypeStmt": _create_composite,
    "CreateRangeStmt": _create_range,
    "CreateFunctionStmt": _create_function,
    "DropStmt": _drop,
}

"""Tables: their columns, and which changes apply to the tables that inherit them."""

from dataclasses import replace
from typing import Any

from .database import Attribute, Database, Key, Relation, modifiers, strings, type_name
from .sequences import add_identity, add_sequence, is_serial

Node = dict[str, Any]


def create_table(database: Database, node: Node) -> None:
    """CREATE TABLE, with PARTITION OF, INHERITS, LIKE and OF."""
    key = database.named(node["relation"])
    if node.get("if_not_exists") and key in database.relations:
        return
    table = database.relations[key] = Relation(*key)
    for item in node.get("inhRelations", []):
        parent = database.relations.get(database.named(item["RangeVar"]))
        if parent is not None:
            table.parents.append((parent.schema, parent.name))
            for column in parent.columns:
                _merge(table, column)
                table.inherited.add(column.name)
    if "ofTypename" in node:
        table.of_type = database.qualified(node["ofTypename"]["names"])
        table.columns = list(database.composites.get(table.of_type, []))
    for element in node.get("tableElts", []):
        if "ColumnDef" in element:
            _declare(database, table, element["ColumnDef"])
        elif "TableLikeClause" in element:
            like = _table_or_type(database, database.named(element["TableLikeClause"]["relation"]))
            for column in like.columns if like else []:
                _merge(table, column)
                table.inherited.discard(column.name)
    for element in node.get("tableElts", []):
        if "Constraint" in element:
            _constrain(table, element["Constraint"], [table])


def create_foreign_table(database: Database, node: Node) -> None:
    """CREATE FOREIGN TABLE."""
    create_table(database, node["base"])


def create_index(database: Database, node: Node) -> None:
    """CREATE INDEX. A unique index may become a primary key."""
    table = database.relations.get(database.named(node["relation"]))
    if table is not None and "idxname" in node:
        names = [item["IndexElem"].get("name", "") for item in node["indexParams"]]
        table.indexes[node["idxname"]] = names


def alter_table(database: Database, node: Node) -> None:
    """ALTER TABLE, and ALTER TYPE of a composite type, which also changes the tables of that type."""
    if (table := _table_or_type(database, database.named(node["relation"]))) is None:
        return
    only = not node["relation"].get("inh") and node["objtype"] != "OBJECT_TYPE"
    for command in node.get("cmds", []):
        _alter(database, table, command["AlterTableCmd"], only=only)


def rename_column(database: Database, key: Key, old: str, new: str) -> None:
    """RENAME COLUMN and RENAME ATTRIBUTE."""
    if (table := _table_or_type(database, key)) is None:
        return
    for one in with_descendants(database, table):
        _update(one, old, name=new)
        one.inherited = {new if name == old else name for name in one.inherited}
        one.not_nulls = {key: new if name == old else name for key, name in one.not_nulls.items()}
        for names in one.indexes.values():
            names[:] = [new if name == old else name for name in names]


def rename_constraint(database: Database, key: Key, old: str, new: str) -> None:
    """RENAME CONSTRAINT."""
    table = database.relations.get(key)
    if table is not None and old in table.not_nulls:
        table.not_nulls[new] = table.not_nulls.pop(old)


def _table_or_type(database: Database, key: Key) -> Relation | None:
    """Return a relation, or a composite type as a relation."""
    fields = database.composites.get(key)
    return database.relations.get(key) if fields is None else Relation(*key, fields)


def _alter(database: Database, table: Relation, command: Node, *, only: bool) -> None:
    name, definition = command.get("name", ""), command.get("def", {})
    tables = [table] if only else with_descendants(database, table)
    match command["subtype"]:
        case "AT_AddColumn":
            _add_column(database, tables, definition["ColumnDef"])
        case "AT_DropColumn":
            _drop_column(database, table, name, only=only)
        case "AT_AlterColumnType":
            node = definition["ColumnDef"]["typeName"]
            type_, dimensions = type_name(database, node)
            for one in tables:
                inside = modifiers(node)
                _update(one, name, type=type_, dimensions=dimensions, modifiers=inside)
        case "AT_SetNotNull":
            _set_not_null(tables, name)
        case "AT_DropNotNull":
            # PostgreSQL 18 does not change children that declare it themselves.
            for one in tables:
                _update(one, name, nullable=True)
        case "AT_AddIdentity":
            _set_not_null(tables, name)
            add_identity(database, table, name, definition["Constraint"])
        case "AT_AddConstraint":
            _constrain(table, definition["Constraint"], tables)
        case "AT_DropConstraint":
            for one in tables if name in table.not_nulls else []:
                _update(one, table.not_nulls[name], nullable=True)
        case "AT_AddInherit":
            _inherit(database, table, database.named(definition["RangeVar"]))
        case "AT_DropInherit":
            _disinherit(database, table, database.named(definition["RangeVar"]))
        case "AT_AttachPartition":
            partition = database.relations.get(database.named(definition["PartitionCmd"]["name"]))
            if partition is not None:
                _inherit(database, partition, (table.schema, table.name))
                partition.inherited.update(column.name for column in table.columns)
        case "AT_DetachPartition":
            partition = database.relations.get(database.named(definition["PartitionCmd"]["name"]))
            if partition is not None:
                _disinherit(database, partition, (table.schema, table.name))
        case "AT_AddOf":
            table.of_type = database.qualified(definition["TypeName"]["names"])
        case "AT_DropOf":
            table.of_type = None
        case _:
            pass


# --- tables that inherit from others


def with_descendants(database: Database, table: Relation) -> list[Relation]:
    """Return a table, the tables that inherit from it or are of its type, and theirs, each once."""
    found = [table]
    for one in found:
        found += [child for child in _children(database, one) if child not in found]
    return found


def _children(database: Database, table: Relation) -> list[Relation]:
    key = (table.schema, table.name)
    is_type = key in database.composites
    return [
        other
        for other in database.relations.values()
        if (other.of_type == key if is_type else key in other.parents)
    ]


def _inherit(database: Database, table: Relation, parent: Key) -> None:
    if parent in database.relations and parent not in table.parents:
        table.parents.append(parent)


def _disinherit(database: Database, table: Relation, parent: Key) -> None:
    table.parents = [one for one in table.parents if one != parent]
    table.inherited = {name for name in table.inherited if _has_from(database, table, name)}


def _has_from(database: Database, table: Relation, name: str) -> bool:
    """Return whether a parent has this column, too."""
    parents = [database.relations[key] for key in table.parents if key in database.relations]
    return any(parent.column(name) is not None for parent in parents)


# --- columns


def _declare(database: Database, table: Relation, node: Node) -> None:
    known = table.column(node["colname"])
    if known is not None and "typeName" not in node:
        # In CREATE TABLE ... OF and PARTITION OF, a column lists only what the type or parent does
        # not.
        _merge(table, replace(known, nullable=not _is_not_null(node)))
    else:
        _merge(table, _column(database, node))
        table.inherited.discard(node["colname"])
    _name_constraints(table, node)
    add_sequence(database, table, node)


def _merge(table: Relation, column: Attribute) -> None:
    """Add a column that may exist already by inheritance. It is NOT NULL if one of the two is."""
    known = table.column(column.name)
    if known is None:
        table.columns.append(column)
    else:
        place = table.columns.index(known)
        table.columns[place] = replace(column, nullable=column.nullable and known.nullable)


def _add_column(database: Database, tables: list[Relation], node: Node) -> None:
    """ADD COLUMN. A child that has such a column keeps its own."""
    table, *descendants = tables
    name = node["colname"]
    if table.column(name) is not None:
        return
    column = _column(database, node)
    table.columns.append(column)
    _name_constraints(table, node)
    add_sequence(database, table, node)
    for child in descendants:
        if child.column(name) is None:
            child.columns.append(column)
            child.inherited.add(name)


def _drop_column(database: Database, table: Relation, name: str, *, only: bool) -> None:
    """DROP COLUMN. A child keeps a column that it declares itself, or has from another parent."""
    table.columns[:] = [column for column in table.columns if column.name != name]
    table.inherited.discard(name)
    for child in _children(database, table):
        if only:
            child.inherited.discard(name)
        elif child.of_type or (name in child.inherited and not _has_from(database, child, name)):
            _drop_column(database, child, name, only=False)


def _column(database: Database, node: Node) -> Attribute:
    type_, dimensions = type_name(database, node["typeName"])
    return Attribute(
        node["colname"],
        type_,
        not _is_not_null(node),
        dimensions,
        modifiers=modifiers(node["typeName"]),
    )


def _is_not_null(node: Node) -> bool:
    kinds = {item["Constraint"]["contype"] for item in node.get("constraints", [])}
    certain = {"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"}
    return bool(certain & kinds) or is_serial(node)


def _update(table: Relation, name: str, /, **changes: Any) -> None:
    if (column := table.column(name)) is not None:
        table.columns[table.columns.index(column)] = replace(column, **changes)


# --- constraints


def _constrain(table: Relation, node: Node, tables: list[Relation]) -> None:
    """Add a constraint of the table. PRIMARY KEY makes its columns NOT NULL."""
    if node["contype"] == "CONSTR_PRIMARY":
        for name in strings(node.get("keys")) or table.indexes.get(node.get("indexname", ""), []):
            _set_not_null(tables, name)


def _set_not_null(tables: list[Relation], name: str) -> None:
    for table in tables:
        table.not_nulls[f"{table.name}_{name}_not_null"] = name
        _update(table, name, nullable=False)


def _name_constraints(table: Relation, column: Node) -> None:
    """Remember the names by which the NOT NULL of a column can be dropped."""
    name = column["colname"]
    table.not_nulls[f"{table.name}_{name}_not_null"] = name
    for item in column.get("constraints", []):
        if item["Constraint"]["contype"] == "CONSTR_NOTNULL" and "conname" in item["Constraint"]:
            table.not_nulls[item["Constraint"]["conname"]] = name

"""Changes that a schema file makes to existing objects: rename, move and drop."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .database import Attribute, Database, Key
from .tables import rename_column, rename_constraint, with_descendants

_RELATIONS = {
    "OBJECT_TABLE",
    "OBJECT_VIEW",
    "OBJECT_MATVIEW",
    "OBJECT_FOREIGN_TABLE",
    "OBJECT_SEQUENCE",
}
_TYPES = {"OBJECT_TYPE", "OBJECT_DOMAIN"}
_ROUTINES = {"OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE"}


def rename(database: Database, node: dict[str, Any]) -> None:
    """ALTER ... RENAME."""
    kind, name = node["renameType"], node.get("newname", "")
    if kind in ("OBJECT_COLUMN", "OBJECT_ATTRIBUTE"):
        rename_column(database, database.named(node["relation"]), node["subname"], name)
    elif kind == "OBJECT_TABCONSTRAINT":
        rename_constraint(database, database.named(node["relation"]), node["subname"], name)
    elif kind == "OBJECT_SCHEMA":
        for key in _everything(database):
            if key[0] == node["subname"]:
                _move(database, key, (name, key[1]))
    elif (old := _object(database, kind, node)) is not None:
        _move(database, old, (old[0], name))


def set_schema(database: Database, node: dict[str, Any]) -> None:
    """ALTER ... SET SCHEMA."""
    if (key := _object(database, node["objectType"], node)) is not None:
        for moved in [key, *_owned(database, key)]:
            _move(database, moved, (node["newschema"], moved[1]))


def drop(database: Database, node: dict[str, Any]) -> None:
    """DROP."""
    kind = node["removeType"]
    for item in node.get("objects", []):
        if kind == "OBJECT_SCHEMA":
            for key in _everything(database):
                if key[0] == item["String"]["sval"]:
                    _drop(database, key)
        elif (dropped := _object(database, kind, {"object": item})) is not None:
            _drop(database, dropped)


def _drop(database: Database, key: Key) -> None:
    """Remove a relation, type or function, and what depends on it."""
    relation = database.relations.get(key)
    for gone in with_descendants(database, relation) if relation is not None else []:
        _forget(database, (gone.schema, gone.name))
    for multirange, range_ in list(database.multiranges.items()):
        if range_ == ".".join(key):
            _forget(database, multirange)
    _forget(database, key)


def alter_domain(database: Database, node: dict[str, Any]) -> None:
    """ALTER DOMAIN."""
    key = database.qualified(node["typeName"])
    contype = node.get("def", {}).get("Constraint", {}).get("contype")
    if (found := database.domains.get(key)) is None:
        return
    if node["subtype"] == "O" or (node["subtype"] == "C" and contype == "CONSTR_NOTNULL"):
        database.domains[key] = (found[0], True)
    elif node["subtype"] == "N":
        database.domains[key] = (found[0], False)


def _object(database: Database, kind: str, node: dict[str, Any]) -> Key | None:
    """Return the key of the object of a statement."""
    if kind in _RELATIONS and "relation" in node:
        return database.named(node["relation"])
    content: dict[str, Any] = node.get("object", {})
    if kind in _RELATIONS | _TYPES | _ROUTINES:
        names: list[dict[str, Any]] = (
            content.get("List", {}).get("items")
            or content.get("TypeName", {}).get("names")
            or content.get("ObjectWithArgs", {}).get("objname", [])
        )
        return database.qualified(names)
    return None


def _everything(database: Database) -> list[Key]:
    return list(
        {
            *database.relations,
            *database.enums,
            *database.domains,
            *database.composites,
            *database.ranges,
            *database.multiranges,
            *database.routines,
        }
    )


def _owned(database: Database, table: Key) -> list[Key]:
    """Return the sequences of a table."""
    return [key for key, relation in database.relations.items() if relation.owner == table]


def _forget(database: Database, key: Key) -> None:
    for sequence in _owned(database, key):
        del database.relations[sequence]
    database.enums.discard(key)
    for kind in (
        database.relations,
        database.domains,
        database.composites,
        database.ranges,
        database.multiranges,
        database.routines,
    ):
        kind.pop(key, None)


def _move(database: Database, old: Key, new: Key) -> None:
    """Rename a relation, type or function, wherever it is referred to."""
    if (relation := database.relations.pop(old, None)) is not None:
        relation.schema, relation.name = new
        database.relations[new] = relation
    for other in database.relations.values():
        other.parents = [new if parent == old else parent for parent in other.parents]
        other.of_type = new if other.of_type == old else other.of_type
        other.owner = new if other.owner == old else other.owner
    for kind in (
        database.domains,
        database.composites,
        database.ranges,
        database.multiranges,
        database.routines,
    ):
        if old in kind:
            kind[new] = kind.pop(old)  # type: ignore[assignment]
    if old in database.enums:
        database.enums.remove(old)
        database.enums.add(new)
    before, after = ".".join(old), ".".join(new)

    def renamed(type_: str) -> str:
        return {before: after, f"{before}[]": f"{after}[]"}.get(type_, type_)

    _rewrite_types(database, renamed)


def _rewrite_types(database: Database, renamed: Callable[[str], str]) -> None:
    def rewritten(columns: list[Attribute]) -> list[Attribute]:
        return [replace(c, type=renamed(c.type) if c.type else None) for c in columns]

    for relation in database.relations.values():
        relation.columns = rewritten(relation.columns)
    for key, columns in database.composites.items():
        database.composites[key] = rewritten(columns)
    for key, (base, not_null) in database.domains.items():
        database.domains[key] = (renamed(base), not_null)
    for key, subtype in database.ranges.items():
        database.ranges[key] = renamed(subtype)
    for key, range_ in database.multiranges.items():
        database.multiranges[key] = renamed(range_)
    for key, routines in database.routines.items():
        database.routines[key] = [
            replace(
                routine,
                arguments=tuple(map(renamed, routine.arguments)),
                returns=renamed(routine.returns),
                out=tuple(rewritten(list(routine.out))),
            )
            for routine in routines
        ]

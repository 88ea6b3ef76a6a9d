"""The statements that create what is missing, and restore the names that were changed."""

from collections.abc import Callable, Iterator, Mapping

from attune_queries.catalog import Column, Constraint, Index, Trigger, View

from attune_store._drift.dependents import Gone, dependents
from attune_store._drift.sides import KEYS, Sides
from attune_store._drift.wording import ADOPT, RESTORE, in_sql


def restoring(sides: Sides, *objects: Gone) -> str:
    """Return the statements that create the objects, in a possible order, or an advice."""
    gone = dependents(sides.expected, sides.live, *objects)
    if any(kind in ("table", "column", "enum") for kind, *_ in gone):
        return RESTORE
    return "; ".join(_statements(sides, gone)) or RESTORE


def renaming(
    names: Mapping[str, str], rename: Callable[[str, str], str], prefix: str
) -> dict[str, str]:
    """Return the remedy for each rename, by expected name. `names` are the live ones.

    If the name of an object is that of another one now, the remedy of the first one restores all, and the others refer
    to it.
    """
    groups = dict[str, list[tuple[str, str]]]()
    firsts = dict[str, str]()
    for name, steps in in_turn(names).items():
        first = firsts.get(name, name)  # of the object that has the name now
        groups[first] = groups.get(first, []) + steps
        firsts |= dict.fromkeys((live for live, _ in steps), first)
    expected = {live: name for name, live in names.items()}
    others = {expected[live]: first for live, first in firsts.items() if live in expected}
    return {
        name: "; ".join(rename(*step) for step in groups[name])
        if name in groups
        else f"the remedy of {prefix}{others[name]} renames this one, too"
        for name in names
    }


def moved(object: str, schema: str, home: str) -> tuple[str, str]:
    """Return the text about an object that was moved to another schema, and the statement that moves it back."""
    kind, _, name = object.partition(" ")
    there = f"{in_sql(schema, alone=True)}.{name}"
    return f"moved to the schema {schema}", f"ALTER {kind} {there} SET SCHEMA {home}"


def in_turn(names: Mapping[str, str]) -> dict[str, list[tuple[str, str]]]:
    """Return the old and new names of objects to rename, in order: a name is free when it is given.

    Objects that have exchanged their names are one group, with the name of the first: one of them gets a third name
    in between.
    """
    wanted = {live: expected for expected, live in names.items()}
    groups = dict[str, list[tuple[str, str]]]()
    done = set[str]()
    for live, expected in wanted.items():
        if live in done:
            continue
        # Each has the name of the one before.
        path = [live]
        while (following := wanted[path[-1]]) in wanted and following not in {live, *done}:
            path.append(following)
        done.update(path)
        if following == live:
            other = f"tmp_{live}"
            back = [(name, wanted[name]) for name in reversed(path[1:])]
            groups[expected] = [(live, other), *back, (other, expected)]
        else:
            groups |= {wanted[name]: [(name, wanted[name])] for name in reversed(path)}
    return groups


def renaming_column(table: str, name: str, new: str) -> str:
    """Return the statement that renames a column."""
    return f"ALTER TABLE {table} RENAME COLUMN {in_sql(name, alone=True)} TO {new}"


def setting_nulls(table: str, column: Column) -> str:
    """Return the statement that sets or drops the NOT NULL of a column."""
    command = "SET" if column.not_null else "DROP"
    return f"ALTER TABLE {table} ALTER COLUMN {column.name} {command} NOT NULL"


def setting_value(table: str, expected: Column, live: Column) -> str:
    """Return the statements that set the default or the identity of a column, or an advice."""
    if expected.generated or live.generated:
        return ADOPT
    kind = "ALWAYS" if expected.identity == "a" else "BY DEFAULT"
    actions = list[str]()
    if live.identity and not expected.identity:
        actions.append("DROP IDENTITY")
    if live.default is not None and expected.default is None:
        actions.append("DROP DEFAULT")
    if expected.default is not None:
        actions.append(f"SET DEFAULT {expected.default}")
    if expected.identity:
        verb = "SET GENERATED" if live.identity else "ADD GENERATED"
        actions.append(f"{verb} {kind}" + ("" if live.identity else " AS IDENTITY"))
    name = expected.name
    statements = [f"ALTER TABLE {table} ALTER COLUMN {name} {it}" for it in actions]
    if expected.identity and not live.identity:
        sequence = f"pg_get_serial_sequence('{table}', '{name}')"
        last = f"coalesce(max({name}), 0) + 1"
        statements.append(f"SELECT setval({sequence}, {last}, false) FROM {table}")
    return "; ".join(statements)


def adding(table: str, constraint: Constraint) -> str:
    """Return the statement that adds the constraint to the table."""
    return f"ALTER TABLE {table} ADD CONSTRAINT {constraint.name} {constraint.definition}"


def replacing(schema: str, view: View) -> str:
    """Return the statement that replaces a view with the same columns."""
    return _creating(schema, view).replace("CREATE ", "CREATE OR REPLACE ", 1)


def _statements(sides: Sides, gone: set[Gone]) -> Iterator[str]:
    expected, schema = sides.expected, sides.schema
    yield from (
        one.definition.strip() for one in expected.functions if ("function", one.name) in gone
    )
    constraints = [
        (table, one)
        for table in expected.tables
        for one in table.constraints
        if ("member", table.name, one.name) in gone
    ]
    # Foreign keys need the keys that they refer to.
    for table, one in sorted(constraints, key=lambda pair: pair[1].references is not None):
        room = sides.room_for(one.name, table.name) if one.kind in KEYS else ""
        yield room + adding(f"{schema}.{table.name}", one)
    for table in expected.tables:
        members: tuple[Index | Trigger, ...] = (*table.indexes, *table.triggers)
        for member in members:
            if ("member", table.name, member.name) in gone:
                yield member.definition
    yield from (_creating(schema, one) for one in expected.views if ("view", one.name) in gone)


def _creating(schema: str, view: View) -> str:
    options = ", ".join(one for one in view.options if "=" in one)
    name = f"{schema}.{view.name} WITH ({options})" if options else f"{schema}.{view.name}"
    return f"CREATE VIEW {name} AS {view.definition.strip().removesuffix(';')}"

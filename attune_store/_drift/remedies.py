"""The statements that bring back what is missing, with what went with it."""

from collections.abc import Iterator

from attune_queries.catalog import Constraint, Index, Trigger, View

from attune_store._drift.dependents import Gone, dependents
from attune_store._drift.sides import Sides
from attune_store._drift.wording import RESTORE


def restoring(sides: Sides, *objects: Gone) -> str:
    """The statements that create the objects, in an order in which they can run; else an advice."""
    gone = dependents(sides.expected, sides.live, *objects)
    if any(kind in ("table", "column", "enum") for kind, *_ in gone):
        return RESTORE
    return "; ".join(_statements(sides, gone)) or RESTORE


def adding(table: str, constraint: Constraint) -> str:
    """The statement that adds the constraint to the table."""
    return f"ALTER TABLE {table} ADD CONSTRAINT {constraint.name} {constraint.definition}"


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
        yield adding(f"{schema}.{table.name}", one)
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

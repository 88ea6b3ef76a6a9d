"""Report a schema that is missing, or was renamed."""

from collections.abc import Iterable, Sequence

from attune_queries.check import ListNamesakesRow

from attune_store._drift.wording import in_sql, plain
from attune_store.errors import Difference, Severity


def moved_schema(names: Iterable[str], namesakes: Sequence[ListNamesakesRow]) -> str | None:
    """Return the only other schema that has objects with all of these names."""
    there = {(one.schema_name, one.name) for one in namesakes}
    schemas = {schema for schema, _ in there}
    complete = [it for it in schemas if all((it, name) in there for name in names)]
    return complete[0] if len(complete) == 1 else None


def missing_schema(schema: str, home: str | None, *, is_replaced: bool) -> Difference:
    """Return the line of a schema without any of our tables. `home` is the one that has them."""
    found, remedy = None, "run `attune-store migrate`"
    if home is not None:
        found = f"renamed to {plain(home)}"
        remedy = f"ALTER SCHEMA {in_sql(home, alone=True)} RENAME TO {schema}"
    if is_replaced:
        found = f"{found}, and another schema has its name"
        remedy = f"ALTER SCHEMA {schema} RENAME TO {schema}_new; {remedy}"
    return Difference(Severity.BREAKING, f"schema {schema}", "present", found, (), remedy)

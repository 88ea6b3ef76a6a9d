"""The effect of a changed column on the statements: whether one fails, or returns another type."""

from collections.abc import Iterable, Mapping

from attune_queries.catalog import Column, Constraint, Table

from attune_store._drift.names import has_column
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import in_sql
from attune_store.errors import Severity

# Types that accept and return the same values, by their names.
_ALIKE = (
    {"text", "character varying", "citext", "public.citext", "attune.citext"},
    {"text[]", "character varying[]"},
)
# Each accepts the values of those before it.
_INTEGERS = ("smallint", "integer", "bigint")


def is_alike(expected: str, live: str) -> bool:
    """Return whether the other type accepts each value and returns it unchanged."""
    if expected in _INTEGERS and live in _INTEGERS:
        return _INTEGERS.index(expected) <= _INTEGERS.index(live)
    bare = live.partition("(")[0] + live.rpartition(")")[2]
    if bare == expected == "timestamp with time zone":
        return True  # rounded, but still a valid time
    return expected == live or any({expected, live} <= group for group in _ALIKE)


def of_type(expected: Column, live: Column, domains: Mapping[str, str]) -> Severity:
    """Return the effect of another type."""
    base = domains.get(live.type, live.type)
    if base == expected.type != live.type:
        return Severity.HARMLESS
    return Severity.RISKY if is_alike(expected.type, base) else Severity.BREAKING


def of_nulls(
    report: Report,
    sides: Sides,
    table: str,
    expected: Column,
    live: Column,
    check: Constraint | None,
) -> Severity:
    """Return the effect of a column that accepts NULLs, or no longer accepts them."""
    if not expected.not_null:
        return Severity.BREAKING
    if check is not None and check.validated:
        return Severity.RISKY
    name = sides.column_in_live(table, expected.name)
    rows = f"SELECT FROM {sides.in_live(table)} WHERE {name} IS NULL"
    if report.ask(f"SELECT EXISTS ({rows})").is_true:
        return Severity.BREAKING
    return Severity.RISKY


def of_value(report: Report, state: State, table: str, expected: Column, live: Column) -> Severity:
    """Return the effect of another default, or of another kind of generated value."""
    if live.generated and not expected.generated:
        return Severity.BREAKING
    if expected.generated or expected.identity:
        if expected.not_null and not has_value(live):
            return Severity.BREAKING
        # No statement sets a value that the server generates.
        both = expected.identity and live.identity
        stored = expected.generated and expected.generated == live.generated
        return Severity.HARMLESS if both or stored else Severity.RISKY
    if report.is_always_given(table, expected.name):
        return Severity.HARMLESS
    if expected.not_null and not has_value(live):
        return Severity.BREAKING
    refused = [
        f"{report.schema}.{one.relation}.{one.column_name}" for one in state.refused_defaults
    ]
    if f"{table}.{expected.name}" in refused:
        return Severity.BREAKING
    if expected.default is not None and live.default is not None:
        if _is_now(expected.default) and _is_now(live.default):
            return Severity.HARMLESS
        tried = report.ask(f"SELECT CAST({live.default} AS {live.type}) IS NOT NULL")
        if refuses(tried.sqlstate) or (expected.not_null and tried.row == (False,)):
            return Severity.BREAKING
        equal = report.ask(
            f"SELECT CAST({expected.default} AS {live.type}) IS NOT DISTINCT FROM"
            f" CAST({live.default} AS {live.type})"
        )
        if equal.is_true and "(" not in expected.default and "(" not in live.default:
            return Severity.HARMLESS
    return Severity.RISKY


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the worst severity."""
    return min(severities, key=list(Severity).index)


def refuses(sqlstate: str | None) -> bool:
    """Return whether an INSERT of this value fails, for another reason than a missing right for the trial."""
    return sqlstate is not None and sqlstate not in ("", "25006", "42501", "57014")


def has_value(column: Column) -> bool:
    """Return whether an INSERT may leave the column out although it is NOT NULL."""
    return bool(column.default is not None or column.identity or column.generated)


def _is_now(default: str) -> bool:
    return default in ("now()", "CURRENT_TIMESTAMP", "transaction_timestamp()")


def gives_null(report: Report, table: Table, expression: str) -> bool:
    """Return whether an expression over columns that may all be NULL is NULL for such a row."""
    row = _row_of_nulls(table, expression)
    return row is not None and report.ask(f"SELECT ({expression}) IS NULL FROM {row}").is_true


def refuses_nulls(report: Report, table: Table, condition: str) -> bool:
    """Return whether a condition over columns that may all be NULL refuses such a row."""
    row = _row_of_nulls(table, condition)
    return row is not None and report.ask(f"SELECT ({condition}) IS FALSE FROM {row}").is_true


def _row_of_nulls(table: Table, expression: str) -> str | None:
    read = [column for column in table.columns if has_column(expression, column.name)]
    if any(column.not_null for column in read):
        return None
    values = (
        f"CAST(NULL AS {column.type}) AS {in_sql(column.name, alone=True)}" for column in read
    )
    return f"(SELECT {', '.join(values)}) AS nulls"

"""The effect of a changed column on the statements: whether one fails, or returns another type."""

import re
from collections.abc import Iterable

from attune_queries.catalog import Column, Constraint, Table

from attune_store._drift.answers import Answer
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


def of_type(expected: Column, live: Column, state: State) -> Severity:
    """Return the effect of another type."""
    refusing = [] if expected.not_null else [it.name for it in state.all_domains if it.not_null]
    base = live.type if live.type in refusing else state.domains.get(live.type, live.type)
    if base == expected.type != live.type:
        return Severity.HARMLESS
    return Severity.RISKY if is_alike(expected.type, base) else Severity.BREAKING


def of_nulls(
    report: Report,
    sides: Sides,
    state: State,
    table: str,
    expected: Column,
    check: Constraint | None,
) -> Severity:
    """Return the effect of a column that accepts NULLs, or no longer accepts them."""
    if not expected.not_null:
        return Severity.RISKY if is_filled(state, table, expected.name) else Severity.BREAKING
    if check is not None and check.validated:
        return Severity.RISKY
    name = sides.column_in_live(table, expected.name)
    rows = f"SELECT FROM {sides.in_live(table)} WHERE {name} IS NULL"
    if report.ask(f"SELECT EXISTS ({rows})").is_true:
        return Severity.BREAKING
    return Severity.RISKY


def of_value(report: Report, state: State, table: str, expected: Column, live: Column) -> Severity:
    """Return the effect of another default, or of another kind of generated value."""
    without = Severity.RISKY if is_filled(state, table, expected.name) else Severity.BREAKING
    if live.generated and not expected.generated:
        return Severity.BREAKING
    if expected.generated or expected.identity:
        if expected.not_null and not has_value(live):
            return without
        # No statement sets a value that the server generates.
        both = expected.identity and live.identity
        stored = expected.generated and expected.generated == live.generated
        return Severity.HARMLESS if both or stored else Severity.RISKY
    if report.is_always_given(f"{report.schema}.{table}", expected.name):
        return Severity.HARMLESS
    if expected.not_null and not has_value(live):
        return without
    if is_refused(state, table, expected.name):
        return Severity.BREAKING
    if live.default is None:
        return Severity.RISKY
    if expected.default is not None and _is_now(expected.default) and _is_now(live.default):
        return Severity.HARMLESS
    tried = report.ask(f"SELECT CAST({live.default} AS {live.type}) IS NOT NULL")
    if refuses(tried.sqlstate):
        return Severity.BREAKING
    if expected.not_null and tried.row == (False,):
        return without
    equal = report.ask(
        f"SELECT CAST({expected.default or 'NULL'} AS {live.type}) IS NOT DISTINCT FROM"
        f" CAST({live.default} AS {live.type})"
    )
    defaults = (expected.default or "", live.default)
    if equal.is_true and not any(map(is_computed, defaults)):
        return Severity.HARMLESS
    return Severity.RISKY


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the worst severity."""
    return min(severities, key=list(Severity).index)


def is_computed(default: str) -> bool:
    """Return whether a function computes the value, like now(), so that it may differ each time."""
    return re.search(r"\w\(", re.sub(r"'(?:[^']|'')*'", "", default)) is not None


def is_next(default: str | None) -> bool:
    """Return whether a sequence gives the value. Its rights and its position have lines of their own."""
    return re.fullmatch(r"nextval\('(?:[^']|'')*'::regclass\)", default or "") is not None


def is_refused(state: State, table: str, column: str) -> bool:
    """Return whether the value of the column is computed by a function that the role may not call."""
    return (table, column) in [(one.relation, one.column_name) for one in state.refused_defaults]


def is_filled(state: State, table: str, column: str) -> bool:
    """Return whether a trigger sets the column of a new row, by an assignment, also of all columns, or by INTO."""
    new = rf'new(?:\."?{re.escape(column)}"?)?'
    assigns = re.compile(
        rf"(?:;|\b(?:begin|then|else|loop))\s*{new}\s*:?="
        rf"|\binto\s+(?:strict\s+)?(?:[\w.\"]+\s*,\s*)*{new}(?![\w.\"])",
        re.IGNORECASE,
    )
    return any(
        one.relation == table and assigns.search(re.sub(r"--.*", "", one.source))
        for one in state.insert_triggers
    )


def refuses(sqlstate: str | None) -> bool:
    """Return whether an INSERT of this value fails, for another reason than a missing right for the trial."""
    return sqlstate is not None and sqlstate not in ("", "25006", "42501", "57014")


def has_value(column: Column) -> bool:
    """Return whether an INSERT may leave the column out although it is NOT NULL."""
    return bool(column.default is not None or column.identity or column.generated)


def _is_now(default: str) -> bool:
    return default in ("now()", "CURRENT_TIMESTAMP", "transaction_timestamp()")


def gives_null(report: Report, table: Table, column: Column) -> bool:
    """Return whether an added column can't be generated for a row that an INSERT may store."""
    row = _row_of(report, table, column.generated)
    if row is None:
        return False
    tried = report.ask(f"SELECT ({column.generated}) IS NULL FROM {row}")
    return (column.not_null and tried.is_true) or _fails(tried)


def refuses_row(report: Report, table: Table, condition: str) -> bool | None:
    """Return whether a condition refuses a row that an INSERT may store. None: this is not known."""
    row = _row_of(report, table, condition)
    if row is None:
        return None
    tried = report.ask(f"SELECT ({condition}) IS FALSE FROM {row}")
    return True if _fails(tried) else tried.row[0] if tried.row else None


def _fails(tried: Answer) -> bool:
    """Return whether an expression failed for a row, unless it reads more than the columns of the trial."""
    return refuses(tried.sqlstate) and tried.sqlstate not in ("42703", "42883", "42P01")


def _row_of(report: Report, table: Table, expression: str) -> str | None:
    """Return what an INSERT may store in the columns of an expression: NULL, or a default."""
    values = dict[str, str]()
    for column in table.columns:
        if has_column(expression, column.name):
            if column.not_null and column.default is None:
                return None
            if column.not_null and report.is_always_given(
                f"{report.schema}.{table.name}", column.name
            ):
                return None
            value = (column.not_null and column.default) or "NULL"
            name = in_sql(column.name, alone=True)
            values[name] = f"CAST({value} AS {column.type}) AS {name}"
    return f"(SELECT {', '.join(values.values())}) AS {in_sql(table.name, alone=True)}"

"""Compare the sequences of ids: their options and their positions."""

from attune_queries.check import ListSequencesOfIdsRow
from psycopg.sql import Literal

from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import in_sql, qualified
from attune_store.errors import Severity

_LAST = 2**63 - 1


def compare_sequences(report: Report, sides: Sides, state: State) -> None:
    """Report sequences with other options, at their end, or with a next id that is already used."""
    for one in state.sequences:
        position = _position(report, one) if one.readable else None
        if position is not None and one.least <= position <= one.greatest:
            _compare_next(report, sides, one)
        has_ended = position is not None and not one.least <= position <= one.greatest
        # Another default than that of an identity column has its own line.
        if one.settings and (one.is_identity or has_ended):
            _report_settings(report, one, has_ended=has_ended)
        elif has_ended:
            _add(report, one, Severity.BREAKING, "a next id", "at its end", _restart(report, one))


def _in_sql(report: Report, one: ListSequencesOfIdsRow) -> str:
    return qualified(report.schema, one.schema_name, one.sequence)


def _next(one: ListSequencesOfIdsRow, last: int, is_called: bool) -> int:
    """Return the next id, or one beyond the end."""
    position = last + one.increment * is_called
    if one.cycles and not one.least <= position <= one.greatest:
        return one.least if one.increment > 0 else one.greatest
    return position


def _position(report: Report, one: ListSequencesOfIdsRow) -> int | None:
    """Return the next id, as far as it is known."""
    row = report.ask(f"SELECT last_value, is_called FROM {_in_sql(report, one)}").row
    return _next(one, *row) if row else None


def _compare_next(report: Report, sides: Sides, one: ListSequencesOfIdsRow) -> None:
    table = f"{sides.in_live(one.relation)} AS t"
    column = f"t.{sides.column_in_live(one.relation, one.column_name)}"
    # One statement: its snapshot is older than the position of the sequence, even during inserts.
    row = report.ask(
        f"SELECT s.last_value, s.is_called, (SELECT max({column}) FROM {table})"
        f" FROM {_in_sql(report, one)} AS s"
    ).row
    if not row or row[2] is None:
        return
    next_id, greatest = _next(one, *row[:2]), row[2]
    if greatest < next_id:
        return
    is_taken = report.ask(f"SELECT EXISTS (SELECT FROM {table} WHERE {column} = {next_id})").is_true
    found = f"at {next_id}, which is taken" if is_taken else f"at {next_id}"
    severity = Severity.BREAKING if is_taken else Severity.RISKY
    expected = f"after the greatest id, {greatest}"
    _add(report, one, severity, expected, found, _restart(report, one))


def _report_settings(report: Report, one: ListSequencesOfIdsRow, *, has_ended: bool) -> None:
    sequence = _in_sql(report, one)
    remedy = f"ALTER SEQUENCE {sequence} AS bigint INCREMENT BY 1 NO MAXVALUE NO CYCLE CACHE 1"
    if "UNLOGGED" in one.settings:
        remedy += f"; ALTER SEQUENCE {sequence} SET LOGGED"
    severity = Severity.BREAKING if has_ended else Severity.RISKY
    found = f"{one.settings}, at its end" if has_ended else one.settings
    _add(report, one, severity, f"one by one, up to {_LAST}", found, remedy)


def _add(
    report: Report,
    one: ListSequencesOfIdsRow,
    severity: Severity,
    expected: str,
    found: str,
    remedy: str,
) -> None:
    name, table = f"{one.schema_name}.{one.sequence}", f"{report.schema}.{one.relation}"
    touches = report.touched(f"INSERT INTO {table}")
    report.add(severity, f"sequence {name}", expected, found, remedy, touches=touches)


def _restart(report: Report, one: ListSequencesOfIdsRow) -> str:
    """Return the statement that sets the sequence to the greatest id."""
    sequence = Literal(_in_sql(report, one)).as_string()
    greatest = (
        f"SELECT max(t.{in_sql(one.column_name)}) FROM {report.schema}.{in_sql(one.relation)} AS t"
    )
    return f"SELECT setval({sequence}, coalesce(({greatest}), 0) + 1, false)"

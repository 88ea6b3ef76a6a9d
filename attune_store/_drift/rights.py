"""Comparing what the connected role may do and see with what the queries do."""

from itertools import groupby

from attune_queries.catalog import Catalog

from attune_store._drift.difference import Severity
from attune_store._drift.report import Report, mentions
from attune_store._drift.state import Relation, State

_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def compare_rights(report: Report, expected: Catalog, state: State) -> None:
    """Report rights that the role lacks, and row security and rules, which change what it does."""
    schema, role = expected.schema, f"role {state.role}"

    def lacks(right: str, on: str, touches: list[str]) -> None:
        wanted, remedy = f"{right} on {on}", f"GRANT {right} ON {on} TO {state.role}"
        report.add(Severity.BREAKING, role, wanted, None, remedy, touches=touches)

    if not state.usage:
        lacks("USAGE", f"schema {schema}", [])
    views = {view.name for view in expected.views}
    ours = [one for one in state.relations if one.name in views | {t.name for t in expected.tables}]
    lacking = sorted((_lacking(one, one.name in views), one.name) for one in ours)
    for rights, group in groupby(lacking, key=lambda pair: pair[0]):
        names = [f"{schema}.{name}" for _, name in group]
        if rights:
            touches = [touched for name in names for touched in report.touched(name)]
            lacks(", ".join(rights), ", ".join(names), touches)
    definitions = _definitions(expected)
    for function in state.functions:
        name = f"{schema}.{function}"
        touches = report.touched(name)
        if touches or mentions(definitions, name):
            lacks("EXECUTE", f"function {name}", touches)
    for sequence in state.sequences:
        lacks("USAGE", f"sequence {schema}.{sequence}", [])
    for relation in ours:
        _compare_relation(report, f"{schema}.{relation.name}", relation)


def _lacking(relation: Relation, is_view: bool) -> tuple[str, ...]:
    wanted = _RIGHTS[:1] if is_view else _RIGHTS
    return tuple(right for right in wanted if right not in relation.rights)


def _definitions(expected: Catalog) -> str:
    """Whatever calls functions on behalf of the role that runs a query."""
    tables = expected.tables
    columns = [column for table in tables for column in table.columns]
    return "\n".join(
        (
            *(view.definition for view in expected.views),
            *(one.definition for table in tables for one in table.constraints),
            *(one.definition for table in tables for one in table.indexes),
            *(f"{column.default} {column.generated}" for column in columns),
        )
    )


def _compare_relation(report: Report, name: str, relation: Relation) -> None:
    touches = report.touched(name) if relation.row_security or relation.rules else []
    if relation.row_security:
        found = f"on, with {relation.policies} policies" if relation.policies else "on, with none"
        found += "" if relation.secured else ", but not for this role"
        blind = relation.secured and not relation.policies
        severity = Severity.BREAKING if blind else Severity.RISKY
        remedy = "let the role bypass row security, or see that the policies let all rows pass"
        report.add(severity, f"row security of {name}", None, found, remedy, touches=touches)
    for rule in relation.rules:
        severity = Severity.BREAKING if " INSTEAD " in rule else Severity.RISKY
        text = " ".join(rule.split())
        report.add(severity, f"rule on {name}", None, text, "drop it", touches=touches)

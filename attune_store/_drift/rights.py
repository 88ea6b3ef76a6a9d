"""Compare the rights of the connected role with what the queries need."""

import re
from collections.abc import Collection, Sequence
from itertools import chain, groupby

from attune_queries.catalog import Catalog
from attune_queries.check import ListLiveRelationsRow, ListLiveRulesRow

from attune_store._drift.policies import compare_row_security
from attune_store._drift.report import Report, mentions
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import in_sql, qualified
from attune_store.errors import Severity

_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def compare_rights(report: Report, expected: Catalog, sides: Sides, state: State) -> None:
    """Report missing rights, and row security and rules, which change what the role can do."""
    schema, lacking = expected.schema, dict[str, list[str]]()

    def lacks(right: str, on: str, touches: list[str]) -> None:
        lacking[f"{right} on {on}"] = touches

    if not state.role.usage:
        lacks("USAGE", f"schema {schema}", [])
    views = {view.name for view in expected.views}
    known = {one.name: {column.name for column in one.columns} for one in expected.tables}
    known |= {one.name: {column.name for column in one.columns} for one in expected.views}
    compared = [one for one in state.relations if one.relation in known]
    pairs = sorted(
        (_lacking(state, one, one.relation in views, known[one.relation]), one.relation)
        for one in compared
    )
    for rights, group in groupby(pairs, key=lambda pair: pair[0]):
        names = [f"{schema}.{name}" for _, name in group]
        if rights:
            touches = [touched for name in names for touched in report.touched(name)]
            lacks(", ".join(rights), ", ".join(names), touches)
    definitions = _definitions(expected)
    called = dict[str, list[str]]()
    for one in expected.functions:
        name, signature = f"{schema}.{one.name}", f"{one.name}({one.arguments})"
        touches = report.touched(name)
        if signature in state.refused_functions and (touches or mentions(definitions, name)):
            called[f"{schema}.{signature}"] = touches
    if called:
        touches = [touched for touches in called.values() for touched in touches]
        lacks("EXECUTE", f"function {', '.join(called)}", touches)
    for it in state.refused_sequences:
        touches = report.touched(f"INSERT INTO {schema}.{it.relation}")
        lacks("USAGE", f"sequence {qualified(schema, it.schema_name, it.name)}", touches)
    if lacking:
        wanted = "; ".join(lacking)
        remedy = "; ".join(
            f"GRANT {one.replace(' on ', ' ON ')} TO {state.role.identifier}" for one in lacking
        )
        touches = list(dict.fromkeys(chain.from_iterable(lacking.values())))
        object = f"role {state.role.name}"
        report.add(Severity.BREAKING, object, wanted, None, remedy, touches=touches)
    for relation in compared:
        name, is_view = f"{schema}.{relation.relation}", relation.relation in views
        compare_row_security(report, sides, relation, state.policies)
        rules = [one for one in state.rules if one.relation == relation.relation]
        _compare_rules(report, name, rules, is_view)
    others = [one for one in compared if one.owner != state.role.identifier]
    _compare_owners(report, schema, others, views, state)


def _lacking(
    state: State, relation: ListLiveRelationsRow, is_view: bool, columns: Collection[str]
) -> tuple[str, ...]:
    there = [one for one in state.lacking_columns if one.relation == relation.relation]
    lacking: list[str] = []
    for right in _RIGHTS[:1] if is_view else _RIGHTS:
        if right not in relation.rights:
            on = [
                one.column_name
                for one in there
                if one.right_name == right and one.column_name in columns
            ]
            if right == "DELETE" or len(on) == len(columns):
                lacking.append(right)
            elif on:
                lacking.append(f"{right} ({', '.join(map(in_sql, on))})")
    return tuple(lacking)


def _definitions(expected: Catalog) -> str:
    """Return the definitions that call functions on behalf of the role that runs a query."""
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


def _compare_rules(
    report: Report, name: str, rules: Sequence[ListLiveRulesRow], is_view: bool
) -> None:
    for rule in rules:
        text = " ".join(rule.definition.split())
        event = re.search(r" ON (INSERT|UPDATE|DELETE) TO ", text)
        fails = " INSTEAD " in text or (event and report.forbids_rule(name, event[1]))
        severity = Severity.BREAKING if fails else Severity.RISKY
        if is_view or not rule.enabled:  # What is only read calls none.
            severity = Severity.HARMLESS
        text += "" if rule.enabled else " (disabled)"
        remedy = f"DROP RULE {in_sql(rule.name, alone=True)} ON {name}"
        report.add(
            severity,
            f"rule on {name}",
            None,
            text,
            remedy,
            touches=report.touched(name),
            mentioned=[(name,)] if rule.enabled else (),
        )


def _compare_owners(
    report: Report,
    schema: str,
    relations: Sequence[ListLiveRelationsRow],
    views: Collection[str],
    state: State,
) -> None:
    def lacking(relation: ListLiveRelationsRow) -> tuple[bool, str, tuple[str, ...]]:
        rights = (one for one in state.lacking_of_owners if one.relation == relation.relation)
        return relation.relation in views, relation.owner, tuple(one.right_name for one in rights)

    for (is_view, owner, lacks), group in groupby(sorted(relations, key=lacking), key=lacking):
        names = [f"{schema}.{one.relation}" for one in group]
        if lacks:
            report.add(
                Severity.BREAKING,
                f"{'view' if is_view else 'table'} {', '.join(names)}",
                f"{'; '.join(lacks)} for its owner, {owner}",
                None,
                "; ".join(f"GRANT {one.replace(' on ', ' ON ')} TO {owner}" for one in lacks),
                touches=[touched for name in names for touched in report.touched(name)],
            )

"""Compare row security, which decides which rows a role sees and writes."""

from collections.abc import Sequence

from attune_queries.check import ListLiveRelationsRow, ListPoliciesRow

from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store.errors import Severity

_COMMANDS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def compare_row_security(
    report: Report,
    sides: Sides,
    relation: ListLiveRelationsRow,
    policies: Sequence[ListPoliciesRow],
) -> None:
    """Report row security that is enabled, or prepared."""
    name = f"{sides.schema}.{relation.relation}"
    if relation.row_security or relation.policies:
        own = [one for one in policies if one.relation == relation.relation]
        severity, found = _row_security(report, sides, relation, own)
        remedy = "let the role bypass row security, or make sure that the policies allow all rows"
        if relation.secured and (copies := report.copying(name)):
            severity = Severity.BREAKING
            found += f"; COPY, by which {' and '.join(copies)} writes, is refused"
            remedy = "let the role bypass row security, or disable it"
        touches = report.touched(name)
        report.add(severity, f"row security of {name}", None, found, remedy, touches=touches)


def _row_security(
    report: Report,
    sides: Sides,
    relation: ListLiveRelationsRow,
    policies: Sequence[ListPoliciesRow],
) -> tuple[Severity, str]:
    count = {0: "no policies", 1: "1 policy"}
    found = f"with {count.get(relation.policies, f'{relation.policies} policies')}"
    if not relation.row_security.startswith("on"):
        return Severity.HARMLESS, f"{relation.row_security or 'policies'}, but not on, {found}"
    found = f"{relation.row_security}, {found}"
    if not relation.secured:
        return Severity.RISKY, f"{found}, but not for this role"
    closed = [command for command in _COMMANDS if not _is_open(report, command, policies)]
    if closed and relation.policies:
        found += f"; no policy lets this role {', '.join(closed)}"
    elif "SELECT" in relation.rights:
        answer = report.ask(f"SELECT EXISTS (SELECT FROM {sides.in_live(relation.relation)})")
        if answer.sqlstate not in (None, "", "57014"):  # A policy has failed.
            return Severity.BREAKING, f"{found}: {answer.message}"
    return Severity.BREAKING if closed else Severity.RISKY, found


def _is_open(report: Report, command: str, policies: Sequence[ListPoliciesRow]) -> bool:
    """Return whether some rows are visible: by one permissive policy, and by all restrictive ones."""
    own = [one for one in policies if one.command in ("ALL", command)]
    return any(one.permissive and _passes(report, command, one) for one in own) and all(
        one.permissive or _passes(report, command, one) for one in own
    )


def _passes(report: Report, command: str, policy: ListPoliciesRow) -> bool:
    """Return whether a policy accepts some rows, as far as is known without reading rows."""
    seen = (
        command == "INSERT"
        or policy.sees_rows
        or report.ask(f"SELECT {policy.lets_see}").may_be_true
    )
    written = (
        command in ("SELECT", "DELETE")
        or policy.writes_rows
        or report.ask(f"SELECT {policy.lets_write}").may_be_true
    )
    return seen and written

"""Compare the settings of the session, which affect every statement."""

from collections.abc import Sequence

from attune_queries.check import GetLiveRoleRow, ListSessionSettingsRow

from attune_store._drift.report import Report
from attune_store._drift.state import State
from attune_store.errors import Severity

# In milliseconds. Below the first, statements fail on an idle server; below the second, on a busy one.
_TOO_SHORT, _SHORT = 10, 100

_TIMEOUTS = ("statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout")


def compare_settings(report: Report, state: State) -> None:
    """Report settings that make statements fail, or change their meaning."""
    settings = {one.name: one for one in state.settings}

    def differs(severity: Severity, name: str, expected: str, wanted: str) -> None:
        one = settings[name]
        found = f"{one.setting} ms" if name.endswith("timeout") else one.setting
        remedy = f"ALTER ROLE {state.role.session} SET {name} = {wanted}"
        if name in state.options:
            remedy = f"connect without {name} in the options of the connection"
        report.add(severity, f"setting {name}", expected, found, remedy)

    if settings["default_transaction_read_only"].setting == "on":
        differs(Severity.BREAKING, "default_transaction_read_only", "off", "off")
    if settings["array_nulls"].setting == "off":
        expected = "on, because some statements pass arrays with NULLs"
        differs(Severity.BREAKING, "array_nulls", expected, "on")
    if settings["session_replication_role"].setting == "replica":
        expected = "origin: triggers fire, and foreign keys are enforced"
        differs(Severity.RISKY, "session_replication_role", expected, "origin")
    secured = [one.relation for one in state.relations if one.secured]
    if secured and settings["row_security"].setting == "off":
        names = ", ".join(f"{report.schema}.{name}" for name in secured)
        differs(Severity.BREAKING, "row_security", f"on, because policies apply to {names}", "on")
    for name in _TIMEOUTS:
        if 0 < int(settings[name].setting) < _SHORT:
            is_too_short = int(settings[name].setting) < _TOO_SHORT
            severity = Severity.BREAKING if is_too_short else Severity.RISKY
            differs(severity, name, "none, or a longer one", "'30s'")
    if (encoding := settings["server_encoding"].setting) != "UTF8":
        remedy = "move the data to a database that is created with ENCODING 'UTF8'"
        report.add(Severity.RISKY, "encoding of the database", "UTF8", encoding, remedy)


def too_short_transactions(
    settings: Sequence[ListSessionSettingsRow], role: GetLiveRoleRow
) -> str | None:
    """Return the remedy if no transaction may last long enough for a comparison, or for anything else."""
    for one in settings:
        if one.name == "transaction_timeout" and 0 < int(one.setting) < _SHORT:
            return (
                f"transaction_timeout is {one.setting} ms, too short for any transaction:"
                f" ALTER ROLE {role.session} SET transaction_timeout = 0"
            )
    return None

"""One mapping of statuses, in SQL and in Python."""

from attune_store import ExecutionStatus, WorkflowTaskStatus
from tests.twin import Twin


def test_the_mapping_agrees_with_the_database(twin: Twin) -> None:
    rows = twin.execute(
        "SELECT e::text, attune.task_status(e)::text, attune.is_terminal(e)"
        " FROM unnest(enum_range(NULL::attune.execution_status)) e"
    )
    assert [label for label, _, _ in rows] == list(ExecutionStatus)
    assert rows == [(one, one.task_status, one.is_terminal) for one in ExecutionStatus]


def test_the_mapping() -> None:
    by_task_status = {
        status: {one.value for one in ExecutionStatus if one.task_status is status}
        for status in WorkflowTaskStatus
    }
    assert by_task_status == {
        "pending": {"requested", "scheduling", "scheduled"},
        "running": {"running", "canceling"},
        "completed": {"completed"},
        "failed": {"failed", "timeout", "abandoned"},
        "skipped": set(),
        "cancelled": {"cancelled"},
    }
    assert {one.value for one in ExecutionStatus if one.is_terminal} == {
        "completed",
        "failed",
        "cancelled",
        "timeout",
        "abandoned",
    }

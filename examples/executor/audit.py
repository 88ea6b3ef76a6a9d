"""Check what must hold when a run is over, whichever process died. Only the store is read."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from attune_store import ExecutionStatus, Repositories, WorkflowExecution, WorkflowTaskExecution

from .definition import Definition
from .runs import LED_TO, as_object


@dataclass(frozen=True)
class Finding:
    """A rule that does not hold."""

    run: int
    text: str


def audit(repos: Repositories, execution_id: int) -> list[Finding]:
    """Check the workflow that this execution ran, and the workflows in it."""
    run = repos.workflow_executions.find_by_execution(execution_id)
    if run is None:
        execution = repos.executions.get_by_id(execution_id)
        return [Finding(execution_id, f"there is no workflow state; {execution.status}")]
    rows = repos.workflow_task_executions.find_by_workflow_execution(run.id)
    findings = [Finding(run.id, text) for text in _examine(repos, run, rows)]
    for row in rows:
        if repos.workflow_executions.find_by_execution(row.execution) is not None:
            findings += audit(repos, row.execution)
    return findings


def _examine(
    repos: Repositories, run: WorkflowExecution, rows: list[WorkflowTaskExecution]
) -> Iterator[str]:
    if not run.status.is_terminal or run.paused:
        yield f"it is {run.status}, paused={run.paused}"
    if run.status is not ExecutionStatus.CANCELLED:  # This can happen at any time.
        yield from _examine_lists(run, rows)

    children = repos.executions.find_by_parent(run.execution, limit=None)
    if sorted(child.id for child in children) != sorted(row.execution for row in rows):
        yield f"{len(children)} executions for {len(rows)} tasks"
    status = {child.id: child.status for child in children}
    for row in rows:
        if not row.status.is_terminal or row.next_retry_at is not None:
            yield f"{row.task_name} [{row.task_index}] is {row.status}"
        if status.get(row.execution) is not row.status:
            yield f"{row.task_name} [{row.task_index}]: its execution disagrees"
        if row.retry_count > row.max_retries:
            yield f"{row.task_name} [{row.task_index}] was retried too often"


def _examine_lists(run: WorkflowExecution, rows: list[WorkflowTaskExecution]) -> Iterator[str]:
    """Check that each task is in one list, which agrees with its rows."""
    definition = Definition.model_validate(run.task_graph)
    over = Counter([*run.completed_tasks, *run.failed_tasks, *run.skipped_tasks])
    if over != Counter(list(definition.tasks)) or run.current_tasks:
        yield f"not every task is in exactly one list: {over}, {run.current_tasks} are current"

    items: dict[str, list[WorkflowTaskExecution]] = {name: [] for name in definition.tasks}
    for row in rows:
        items[row.task_name].append(row)
    for name, task in definition.tasks.items():
        indices = [row.task_index for row in items[name]]
        wanted = [None] if task.with_items is None else list(range(len(indices)))
        if name not in run.skipped_tasks and indices != wanted:
            yield f"{name} has the rows {indices}"
        if name in run.skipped_tasks and indices:
            yield f"{name} was skipped, but has rows"
        if name in run.completed_tasks:
            if any(row.status is not ExecutionStatus.COMPLETED for row in items[name]):
                yield f"{name} is completed, but not all of its rows are"
            if missing := task.publish.keys() - run.variables.keys():
                yield f"{name} did not publish {missing}"

    ended = {*run.completed_tasks, *run.failed_tasks}
    went_on = as_object(run.variables.get(LED_TO)).keys()
    if run.status is ExecutionStatus.COMPLETED and went_on != ended:
        yield f"{sorted(went_on)} led on, but {sorted(ended)} have ended"

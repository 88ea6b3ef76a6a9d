"""The people of the demo: they see what is paused, think about it, and answer."""

from datetime import timedelta

from executor.clock import Clock
from executor.definition import Definition, Task
from executor.engine import Engine

from attune_store import ExecutionStatus, Repositories, Store, WorkflowTaskExecution, errors


def answer_approvals(store: Store, clock: Clock) -> int:
    """Answer the questions that were asked long enough ago. Return their number."""
    answered = 0
    for task, spec in _asked(store):
        takes = spec.simulate.takes
        wait = timedelta(seconds=takes[0] if isinstance(takes, tuple) else takes)
        if task.started_at is None or clock.now() < task.started_at + wait:
            continue

        def answer(tx: Repositories, task: WorkflowTaskExecution = task, spec: Task = spec) -> None:
            engine = Engine(tx, clock.now())
            engine.answer(task, approved=spec.simulate.approve, by=spec.simulate.by)

        try:
            store.run(answer)
        except errors.ConflictError:
            continue  # Another person has answered, or the run has ended.
        answered += 1
    return answered


def _asked(store: Store) -> list[tuple[WorkflowTaskExecution, Task]]:
    with store.autocommit() as repos:
        return [
            (task, spec)
            for run in repos.workflow_executions.find_paused(limit=None)
            for task in repos.workflow_task_executions.find_unfinished(run.id)
            if task.status is ExecutionStatus.RUNNING
            and (spec := Definition.model_validate(run.task_graph).tasks[task.task_name]).approval
        ]

"""The steps of a workflow. The caller opens the transaction, and commits it: `Store.run`.

What follows from a change to a task (the next items, the next tasks, the end of the run, and the effect on
the outer workflow) is part of the same transaction: either all of it happens, or nothing.

To avoid deadlocks, a step takes its locks in one order: the run at the root of what it changes, then tasks,
then executions. `release` can't, because it knows the run of an abandoned task only when it has locked the
task. Give it a short `lock_timeout`.
"""

from datetime import datetime

from pydantic import JsonValue

from attune_store import (
    CreateExecutionInput,
    Execution,
    ExecutionStatus,
    Repositories,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from .flow import Flow
from .runs import delay_of, spec_of


class Engine:
    """The steps of workflows within one transaction, at one time."""

    def __init__(self, tx: Repositories, now: datetime) -> None:
        self._tx = tx
        self._tasks = tx.workflow_task_executions
        self._runs = tx.workflow_executions
        self._flow = Flow(tx, now)
        self._now = now

    # Called by those who request a run

    def start(self, action_ref: str, config: dict[str, JsonValue] | None = None) -> Execution:
        """Begin a run of a workflow with these parameters."""
        action = self._tx.actions.get_by_ref(action_ref)
        if action.workflow_def is None:
            raise ValueError(f"{action_ref} is no workflow")
        execution = self._tx.executions.create(
            CreateExecutionInput(
                action=action.id,
                action_ref=action.ref,
                config=config,
                status=ExecutionStatus.RUNNING,
            )
        )
        self._flow.begin(execution.id, action.workflow_def, config or {})
        self._flow.go_on([])
        return execution

    def answer(self, question: WorkflowTaskExecution, *, approved: bool, by: str) -> None:
        """Answer what a workflow asks a person."""
        if approved:
            self.complete(question, {"approved": True, "by": by})
        else:
            self.fail(question, f"{by} said no")

    # Called by those who have claimed a task

    def complete(self, task: WorkflowTaskExecution, result: JsonValue) -> None:
        """Record that an attempt succeeded. Raise ConflictError if it is not the current one."""
        self._lock(task)
        ended = self._tasks.complete(task.id, result=result, attempt=task.attempt, now=self._now)
        self._flow.go_on([ended])

    def fail(self, task: WorkflowTaskExecution, error: str) -> None:
        """Record that an attempt failed. Raise ConflictError if it is not the current one."""
        spec = spec_of(self._lock(task), task.task_name)
        ended = self._tasks.fail(
            task.id,
            error={"message": error},
            retry_delay=delay_of(spec, task),
            attempt=task.attempt,
            now=self._now,
        )
        self._flow.go_on([ended])

    # Called by those who sweep

    def time_out(self, task: WorkflowTaskExecution) -> None:
        """Time out an attempt that is overdue. Raise ConflictError if it is not the current one."""
        spec = spec_of(self._lock(task), task.task_name)
        ended = self._tasks.time_out(
            task.id, retry_delay=delay_of(spec, task), attempt=task.attempt, now=self._now
        )
        self._flow.go_on([ended])

    def release(self) -> None:
        """Release what lost workers held. A task that was lost too often fails."""
        released = self._tasks.release_expired()
        abandoned = [task for task in released if task.status is ExecutionStatus.ABANDONED]
        for task in abandoned:
            self._lock(task)
        self._flow.go_on(abandoned)

    def _lock(self, task: WorkflowTaskExecution) -> WorkflowExecution:
        """Lock the run of a task, after the run at the root of its tree."""
        root = run = self._runs.get_by_id(task.workflow_execution)
        while outer := self._tasks.find_by_execution(root.execution):
            root = self._runs.get_by_id(outer.workflow_execution)
        self._runs.lock(root.id)
        return self._runs.lock(run.id)

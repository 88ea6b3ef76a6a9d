"""Every change of a workflow's state. The caller brings the transaction, and commits it.

What follows from a change to a task (the next items, the next tasks, the end of the workflow, what
that means to the workflow around it) is part of the same transaction: either all of it has happened,
or nothing.

Transactions that wait for each other are a deadlock, so all of them wait in one order: for the
workflow at the root of what they change, then for tasks, then for a task's execution. A claim or a
sweep knows the workflow only when it has its row. It is a transaction of its own, which waits for no
workflow: `start_next` before `begin`, `time_out` before `settle`, `claim_retry` before `go_on`.
"""

from datetime import datetime, timedelta

from pydantic import JsonValue, ValidationError

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    Execution,
    ExecutionStatus,
    Repositories,
    TaskList,
    UpdateExecutionInput,
    UpdateWorkflowExecutionInput,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from .definition import FAIL, Definition
from .expressions import ExpressionError, evaluate, render
from .runs import (
    LED_TO,
    Attempt,
    LostError,
    as_object,
    defaults_of,
    definition_of,
    delay_of,
    items_of,
    led_to_of,
    prove,
    spec_of,
)

Status = ExecutionStatus

_ALL = 2**31

_UNTIL_SETTLED = timedelta(hours=1)
"""Long enough for `settle` to come first; if it never does, the retry is due then."""


class Engine:
    """The state of all workflows, within one transaction, at one moment."""

    def __init__(self, tx: Repositories, now: datetime) -> None:
        self._executions = tx.executions
        self._actions = tx.actions
        self._definitions = tx.workflow_definitions
        self._runs = tx.workflow_executions
        self._tasks = tx.workflow_task_executions
        self._now = now

    # What an executor does

    def start_next(self) -> Execution | None:
        """Claim the oldest requested execution; None: there is none."""
        for execution in self._executions.claim_next(limit=1):
            return self._executions.transition(
                execution.id, expected=Status.SCHEDULING, to=Status.RUNNING
            )
        return None

    def begin(self, execution: Execution) -> Attempt | None:
        """Begin what was claimed: a workflow, a question to a person, or an attempt at a task.

        Return the attempt, if it is one. Raises LostError if somebody else took the execution up.
        """
        task = self._tasks.find_by_execution(execution.id)
        run = None if task is None else self._lock(task.workflow_execution)
        if self._executions.get_by_id(execution.id).updated != execution.updated:
            raise LostError(f"execution {execution.id} was taken up by somebody else")
        if task is not None:
            task = self._tasks.start(task.id, now=self._now)
        action = self._actions.find_by_ref(execution.action_ref)
        if action is not None and action.workflow_def is not None:
            self._begin_workflow(execution, action.workflow_def)
            return None
        if run is None or task is None:
            self._conclude(
                execution.id, Status.FAILED, {"message": "only workflows are run on their own"}
            )
            return None
        spec = spec_of(run, task.task_name)
        names: dict[str, JsonValue] = {**run.variables, "input": as_object(execution.config)}
        if spec.approval is not None:
            self._runs.pause(run.id, reason=str(render(spec.approval, names)))
            self._executions.transition(execution.id, expected=Status.RUNNING, to=Status.SCHEDULED)
            return None
        return Attempt(execution, task, spec, names)

    def complete(self, attempt: Attempt, result: JsonValue) -> None:
        """Record that an attempt succeeded; raise LostError if it is not the one that runs."""
        run = self._lock(attempt.task.workflow_execution)
        task = self._tasks.complete(attempt.task.id, result=result, now=self._now)
        prove(attempt, task)
        self._settle(run, task.task_name)

    def fail(self, attempt: Attempt, error: str) -> None:
        """Record that an attempt failed; raise LostError if it is not the one that runs."""
        run = self._lock(attempt.task.workflow_execution)
        task = self._tasks.fail(
            attempt.task.id,
            error={"message": error},
            retry_delay=delay_of(attempt.spec, attempt.task),
            now=self._now,
        )
        prove(attempt, task)
        self._follow(task)
        self._settle(run, task.task_name)

    def touch(self, attempt: Attempt) -> None:
        """Say that the attempt still runs; raise LostError if another one does."""
        prove(attempt, self._tasks.get_by_id(attempt.task.id))
        self._executions.transition(
            attempt.execution.id, expected=Status.RUNNING, to=Status.RUNNING
        )

    # What happens without an executor at work

    def time_out(self) -> list[WorkflowTaskExecution]:
        """Time out the attempts that are overdue; a retry waits until `settle` knows for how long."""
        overdue = self._tasks.time_out_overdue(retry_delay=_UNTIL_SETTLED, now=self._now)
        for task in overdue:
            self._follow(task)
        return overdue

    def settle(self, task: WorkflowTaskExecution) -> None:
        """See what a task that was timed out means to its workflow."""
        run = self._lock(task.workflow_execution)
        delay = delay_of(spec_of(run, task.task_name), task)
        if delay is not None and self._tasks.get_by_id(task.id) == task and task.next_retry_at:
            self._tasks.schedule_retry(task.id, at=self._now + delay)
        if task.task_name in run.current_tasks:
            self._settle(run, task.task_name)

    def claim_retry(self) -> WorkflowTaskExecution | None:
        """Let the task whose retry is longest due wait for its turn; None: none is due."""
        for task in self._tasks.claim_due_retries(limit=1, now=self._now):
            return self._wait(task)
        return None

    def take_up(self, execution: Execution) -> bool:
        """Let an execution that its executor gave no sign of wait for its turn again.

        False: it is a workflow, whose tasks give the signs. Raises ConflictError if it was touched
        after all.
        """
        if self._runs.find_by_execution(execution.id) is not None:
            return False
        task = self._tasks.find_by_execution(execution.id)
        run = None if task is None else self._lock(task.workflow_execution)
        self._executions.update(
            execution.id,
            UpdateExecutionInput(status=Status.REQUESTED),
            expected_updated=execution.updated,
        )
        if task is not None and self._tasks.get_by_id(task.id).status is not Status.SCHEDULED:
            self._wait(task)
        if run is not None and task is not None:
            self._release(run, task.task_name)
        return True

    # What people do

    def answer(self, task: WorkflowTaskExecution, *, approved: bool, by: str) -> None:
        """Answer an approval, and let the workflow go on."""
        run = self._lock(task.workflow_execution)
        if approved:
            self._tasks.complete(task.id, result={"approved": True, "by": by}, now=self._now)
        else:
            error: JsonValue = {"message": f"{by} said no"}
            self._tasks.fail(task.id, error=error, now=self._now)
            self._conclude(task.execution, Status.FAILED, error)
        self._settle(run, task.task_name)
        self.go_on(run.id)

    def go_on(self, id: int) -> None:
        """Go on with a workflow that stands still: after a pause, a retry, a sweep that broke off."""
        for name in self._lock(id).current_tasks:
            run = self._runs.get_by_id(id)
            if name in run.current_tasks:
                self._settle(run, name)

    # Starting

    def _lock(self, id: int) -> WorkflowExecution:
        """Lock a workflow, after the one at the root of the tree that it is part of."""
        root = run = self._runs.get_by_id(id)
        while outer := self._tasks.find_by_execution(root.execution):
            root = self._runs.get_by_id(outer.workflow_execution)
        self._runs.lock(root.id)
        return self._runs.lock(run.id)

    def _begin_workflow(self, execution: Execution, workflow_def: int) -> None:
        stored = self._definitions.get_by_id(workflow_def)
        variables = {**defaults_of(stored), **(execution.config or {})}
        try:
            definition = Definition.model_validate(stored.definition)
            for name, template in definition.vars.items():
                variables[name] = render(template, variables)
        except (ValidationError, ExpressionError) as exc:
            self._conclude(execution.id, Status.FAILED, {"message": str(exc)})
            self._tell_parent(execution.id, Status.FAILED, {"message": str(exc)})
            return
        run, created = self._runs.create_or_get(
            CreateWorkflowExecutionInput(
                execution=execution.id,
                workflow_def=stored.id,
                variables=variables,
                task_graph=stored.definition,
                status=Status.RUNNING,
            )
        )
        if created:
            self._advance(run)

    # Going on

    def _advance(self, run: WorkflowExecution) -> None:
        """Start and skip what can be by now, and end the workflow when nothing is left."""
        definition = definition_of(run)
        while True:
            led_to = led_to_of(run)
            for name in run.failed_tasks:
                if not led_to.get(name):
                    return self._end(run, Status.FAILED, f"{name}: {self._reason(run, name)}")
            if failing := [name for name, targets in led_to.items() if FAIL in targets]:
                return self._end(run, Status.FAILED, f"{failing[0]} leads to {FAIL}")
            over = [*run.completed_tasks, *run.failed_tasks, *run.skipped_tasks]
            start, skip = definition.decide(
                begun=[*run.current_tasks, *over],
                ended=over,
                skipped=run.skipped_tasks,
                led_to=led_to,
            )
            if not start and not skip:
                break
            run = self._runs.append_tasks(run.id, current=start, skipped=skip)
            for name in start:
                run = self._open(run, name)
        if not run.current_tasks:
            self._end(run, Status.COMPLETED, None)
        return None

    def _open(self, run: WorkflowExecution, name: str) -> WorkflowExecution:
        """Create a task's rows, one per item, and hand out the first."""
        spec = spec_of(run, name)
        action = self._actions.find_by_ref(spec.action_ref)
        is_workflow = action is not None and action.is_workflow
        try:
            if is_workflow and (spec.retry or spec.timeout):
                raise ExpressionError("a workflow as a task has no retry and no timeout of its own")
            items = items_of(run, spec)
            inputs = [
                as_object(render(spec.input, {**run.variables, "item": item, "index": index}))
                for index, item in enumerate(items)
            ]
        except ExpressionError as exc:
            return self._runs.update(
                self._record(run, name, succeeded=False, result=None).id,
                UpdateWorkflowExecutionInput(error_message=str(exc)),
            )
        for index, config in enumerate(inputs):
            child = self._executions.create(
                CreateExecutionInput(
                    action=None if action is None else action.id,
                    action_ref=spec.action_ref,
                    config=config,
                    parent=run.execution,
                    status=Status.SCHEDULING,
                )
            )
            self._tasks.create(
                CreateWorkflowTaskExecutionInput(
                    workflow_execution=run.id,
                    execution=child.id,
                    task_name=name,
                    task_index=None if spec.with_items is None else index,
                    task_batch=index // spec.batch_size if spec.batch_size else None,
                    max_retries=spec.retry.count if spec.retry else 0,
                    timeout_seconds=None if spec.timeout is None else max(round(spec.timeout), 1),
                )
            )
        if not inputs:
            return self._record(run, name, succeeded=True, result=[])
        self._release(run, name)
        return run

    def _release(self, run: WorkflowExecution, name: str) -> None:
        """Hand out the next items: so many as concurrency and the batch allow."""
        spec = spec_of(run, name)
        limit = _ALL
        if spec.batch_size:
            batch = self._tasks.find_unfinished(run.id, task_name=name, limit=spec.batch_size)
            limit = sum(
                task.status is Status.REQUESTED and task.task_batch == batch[0].task_batch
                for task in batch
            )
        if spec.concurrency:
            limit = min(limit, spec.concurrency - self._tasks.count_in_flight(run.id, name))
        for task in self._tasks.claim_next(run.id, name, limit=max(limit, 0)):
            self._tasks.transition(task.id, expected=Status.SCHEDULING, to=Status.SCHEDULED)
            self._executions.transition(
                task.execution, expected=Status.SCHEDULED, to=Status.REQUESTED
            )

    def _wait(self, task: WorkflowTaskExecution) -> WorkflowTaskExecution:
        """Let a task that is in flight wait for its turn; its execution is not to be claimed yet."""
        waiting = self._tasks.transition(
            task.id, expected=[Status.SCHEDULING, Status.RUNNING], to=Status.REQUESTED
        )
        self._executions.transition(task.execution, expected=Status.REQUESTED, to=Status.SCHEDULING)
        return waiting

    def _follow(self, task: WorkflowTaskExecution) -> None:
        """Keep in the execution why its task failed, if no retry is left."""
        if task.next_retry_at is None:
            self._conclude(task.execution, task.status, task.error)

    def _settle(self, run: WorkflowExecution, name: str) -> None:
        """See what an item that is over means to its task, and that to the workflow."""
        failed = self._tasks.has_failed(run.id, name)
        if failed:
            # No further item is begun; those at work may end.
            if self._tasks.count_in_flight(run.id, name):
                return
            self._cancel(run, name)
        elif self._tasks.find_unfinished(run.id, task_name=name, limit=1):
            self._release(run, name)
            return
        if spec_of(run, name).approval:
            run = self._runs.resume(run.id)
        results = [task.result for task in self._tasks.find_by_task_name(run.id, name)]
        result = results[0] if spec_of(run, name).with_items is None else results
        self._advance(self._record(run, name, succeeded=not failed, result=result))

    def _record(
        self, run: WorkflowExecution, name: str, *, succeeded: bool, result: JsonValue
    ) -> WorkflowExecution:
        """Put a task that is over into its list, with what it publishes and what it leads to."""
        spec = spec_of(run, name)
        names: dict[str, JsonValue] = {**run.variables, "result": result}
        names |= {"succeeded": succeeded, "failed": not succeeded}
        published: dict[str, JsonValue] = {}
        led_to: list[JsonValue] = []
        try:
            if succeeded:
                published = {key: render(value, names) for key, value in spec.publish.items()}
                names |= published
            for transition in spec.transitions:
                if evaluate(transition.when, names):
                    led_to += [target for target in transition.do if target not in led_to]
        except ExpressionError as exc:
            succeeded, published, led_to = False, {}, []
            self._runs.update(run.id, UpdateWorkflowExecutionInput(error_message=str(exc)))
        earlier = as_object(run.variables.get(LED_TO))
        self._runs.merge_variables(run.id, {**published, LED_TO: {**earlier, name: led_to}})
        to = TaskList.COMPLETED if succeeded else TaskList.FAILED
        return self._runs.move_tasks(run.id, [name], to=to)

    # Ending

    def _end(self, run: WorkflowExecution, status: Status, reason: str | None) -> None:
        """End a workflow: what still waits or runs is cancelled, and who started it is told."""
        result: dict[str, JsonValue] = {"message": reason}
        if status is Status.COMPLETED:
            try:
                result = as_object(render(definition_of(run).output, run.variables))
            except ExpressionError as exc:
                status, reason, result = Status.FAILED, str(exc), {"message": str(exc)}
        self._close(run, status, reason)
        self._conclude(run.execution, status, result)
        self._tell_parent(run.execution, status, result)

    def _close(self, run: WorkflowExecution, status: Status, reason: str | None) -> None:
        if run.paused:
            self._runs.resume(run.id)
        self._cancel(run)
        # What was cut off has not succeeded; what never began is passed over.
        run = self._runs.move_tasks(run.id, run.current_tasks, to=TaskList.FAILED)
        begun = {*run.completed_tasks, *run.failed_tasks, *run.skipped_tasks}
        rest = [name for name in definition_of(run).tasks if name not in begun]
        self._runs.append_tasks(run.id, skipped=rest)
        self._runs.transition(run.id, expected=Status.RUNNING, to=status)
        if reason is not None:
            self._runs.update(run.id, UpdateWorkflowExecutionInput(error_message=reason))

    def _cancel(self, run: WorkflowExecution, name: str | None = None) -> None:
        for task in self._tasks.find_unfinished(run.id, task_name=name):
            inner = self._runs.find_by_execution(task.execution)
            if inner is not None and not inner.status.is_terminal:
                self._close(self._runs.lock(inner.id), Status.CANCELLED, "cancelled from outside")
            self._tasks.cancel(task.id, now=self._now)

    def _tell_parent(self, execution: int, status: Status, result: dict[str, JsonValue]) -> None:
        """If the execution did a task of another workflow, end that task."""
        task = self._tasks.find_by_execution(execution)
        if task is None:
            return
        run = self._runs.lock(task.workflow_execution)
        if status is Status.COMPLETED:
            self._tasks.complete(task.id, result=result, now=self._now)
        else:
            self._tasks.fail(task.id, error=result, now=self._now)
        self._settle(run, task.task_name)

    def _conclude(self, execution: int, status: Status, result: JsonValue) -> None:
        self._executions.update(execution, UpdateExecutionInput(status=status, result=result))

    def _reason(self, run: WorkflowExecution, name: str) -> str:
        for task in self._tasks.find_by_task_name(run.id, name):
            if task.timed_out:
                return f"no answer within {task.timeout_seconds} s"
            if message := as_object(task.error).get("message"):
                return str(message)
        return self._runs.get_by_id(run.id).error_message or "failed"

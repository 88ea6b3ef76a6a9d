"""The effects of a change to a task: the next items, the next tasks, the end of the run."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

from pydantic import JsonValue, ValidationError

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Repositories,
    TaskList,
    UpdateWorkflowExecutionInput,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from .definition import FAIL, Definition, Task
from .expressions import ExpressionError, evaluate, render
from .runs import (
    INPUTS,
    LED_TO,
    as_object,
    defaults_of,
    definition_of,
    inputs_of,
    kept_inputs_of,
    led_to_of,
    next_items,
    spec_of,
)

Status = ExecutionStatus


class Flow:
    """Continues workflows within one transaction, which has locked them."""

    def __init__(self, tx: Repositories, now: datetime) -> None:
        self._executions = tx.executions
        self._actions = tx.actions
        self._definitions = tx.workflow_definitions
        self._runs = tx.workflow_executions
        self._tasks = tx.workflow_task_executions
        self._now = now
        self._ended: deque[WorkflowTaskExecution] = deque()

    def begin(self, execution: int, workflow_def: int, parameters: dict[str, JsonValue]) -> None:
        """Create the run of an execution, and begin its first tasks."""
        stored = self._definitions.get_by_id(workflow_def)
        variables = {**defaults_of(stored), **parameters}
        for name, template in Definition.model_validate(stored.definition).vars.items():
            variables[name] = render(template, variables)
        run = self._runs.create(
            CreateWorkflowExecutionInput(
                execution=execution,
                workflow_def=stored.id,
                variables=variables,
                task_graph=stored.definition,
                status=Status.RUNNING,
            )
        )
        self._advance(run)

    def go_on(self, ended: Iterable[WorkflowTaskExecution]) -> None:
        """Continue the run of each task row that has ended.

        If an inner run ends, its row in the outer run is continued next.
        """
        self._ended += ended
        while self._ended:
            row = self._ended.popleft()
            run = self._runs.get_by_id(row.workflow_execution)
            if run.status.is_terminal or row.task_name not in run.current_tasks:
                continue  # The run or the task has ended already.
            if not self._is_left(run, row):
                items = self._tasks.find_by_task_name(run.id, row.task_name)
                results = [item.result for item in items]
                self._advance(
                    self._record(
                        run,
                        row.task_name,
                        succeeded=all(item.status is Status.COMPLETED for item in items),
                        result=results[0] if row.task_index is None else results,
                    )
                )

    # The rows of a task

    def _is_left(self, run: WorkflowExecution, row: WorkflowTaskExecution) -> bool:
        """Begin the next items. Return whether any item of the task is left."""
        name, index, spec = row.task_name, row.task_index, spec_of(run, row.task_name)
        if self._tasks.has_failed(run.id, name):
            # No further item begins. Running ones may end.
            unfinished = self._tasks.find_unfinished(run.id, task_name=name)
            at_work = [item for item in unfinished if item.status is Status.RUNNING]
            self._cancel(item for item in unfinished if item not in at_work)
            return bool(at_work)
        at_once = spec.concurrency or spec.batch_size or 1
        unfinished = self._tasks.find_unfinished(run.id, task_name=name, limit=at_once)
        inputs = kept_inputs_of(run, name)
        if not inputs or index is None:
            return bool(unfinished)
        # Items begin in order: up to this one, and those after it that have a row.
        begun = index + 1 + len(self._tasks.find_by_task_name(run.id, name, after=(name, index)))
        more = self._begin_items(run, name, inputs, begun=begun, unfinished=len(unfinished))
        return bool(unfinished or more)

    def _begin_items(
        self,
        run: WorkflowExecution,
        name: str,
        inputs: list[JsonValue],
        *,
        begun: int = 0,
        unfinished: int = 0,
    ) -> list[WorkflowTaskExecution]:
        """Create the rows of the items that may begin now."""
        spec = spec_of(run, name)
        action = self._actions.find_by_ref(spec.action_ref)
        workflow_def = None if action is None else action.workflow_def
        # An action waits for a worker. A workflow, or a question to a person, is running at once.
        waits = workflow_def is None and spec.approval is None
        status = Status.REQUESTED if waits else Status.RUNNING
        created = self._tasks.create_many(
            CreateWorkflowTaskExecutionInput(
                workflow_execution=run.id,
                execution=CreateExecutionInput(
                    action=None if action is None else action.id,
                    action_ref=spec.action_ref,
                    config=as_object(inputs[index]),
                    parent=run.execution,
                    status=status,
                ),
                task_name=name,
                task_index=None if spec.with_items is None else index,
                task_batch=index // spec.batch_size if spec.batch_size else None,
                status=status,
                started_at=None if waits else self._now,
                max_retries=spec.retry.count if spec.retry else 0,
                timeout_seconds=None if spec.timeout is None else max(round(spec.timeout), 1),
            )
            for index in next_items(spec, len(inputs), begun=begun, unfinished=unfinished)
        )
        if workflow_def is not None:
            for row, config in zip(created, inputs[begun:], strict=False):
                self._begin_inner(row, workflow_def, as_object(config))
        return created

    def _begin_inner(
        self, task: WorkflowTaskExecution, workflow_def: int, parameters: dict[str, JsonValue]
    ) -> None:
        try:
            self.begin(task.execution, workflow_def, parameters)
        except (ValidationError, ExpressionError) as exc:
            error: JsonValue = {"message": str(exc)}
            self._ended.append(self._tasks.fail(task.id, error=error, now=self._now))

    def _cancel(self, tasks: Iterable[WorkflowTaskExecution]) -> None:
        for task in tasks:
            self._executions.cancel(task.execution)  # with the task, and with all below

    # The tasks of a run

    def _advance(self, run: WorkflowExecution) -> None:
        """Start and skip the tasks whose turn has come. End the run if nothing is left."""
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
                run = self._begin_task(run, name)
        if not run.current_tasks:
            self._end(run, Status.COMPLETED, None)
        return None

    def _begin_task(self, run: WorkflowExecution, name: str) -> WorkflowExecution:
        """Begin a task, with as many of its items as may run at once."""
        spec = spec_of(run, name)
        try:
            self._refuse_limits_of_workflow(spec)
            inputs = inputs_of(run, spec)
            question = spec.approval and str(render(spec.approval, run.variables))
        except ExpressionError as exc:
            return self._record(run, name, succeeded=False, error=str(exc))
        if not inputs:
            return self._record(run, name, succeeded=True, result=[])
        if question:
            run = self._runs.pause(run.id, reason=question)
        if len(self._begin_items(run, name, inputs)) < len(inputs):
            earlier = as_object(run.variables.get(INPUTS))
            run = self._runs.merge_variables(run.id, {INPUTS: {**earlier, name: inputs}})
        return run

    def _refuse_limits_of_workflow(self, spec: Task) -> None:
        action = self._actions.find_by_ref(spec.action_ref)
        if action is not None and action.is_workflow and (spec.retry or spec.timeout):
            raise ExpressionError("a workflow as a task has no retry and no timeout of its own")

    def _record(
        self,
        run: WorkflowExecution,
        name: str,
        *,
        succeeded: bool,
        result: JsonValue = None,
        error: str | None = None,
    ) -> WorkflowExecution:
        """Move a task that is over to its list, with its published variables and next tasks."""
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
            succeeded, published, led_to, error = False, {}, [], str(exc)
        earlier = as_object(run.variables.get(LED_TO))
        self._runs.merge_variables(run.id, {**published, LED_TO: {**earlier, name: led_to}})
        if error is not None:
            self._runs.update(run.id, UpdateWorkflowExecutionInput(error_message=error))
        to = TaskList.COMPLETED if succeeded else TaskList.FAILED
        run = self._runs.move_tasks(run.id, [name], to=to)
        if spec.approval and not any(spec_of(run, other).approval for other in run.current_tasks):
            run = self._runs.resume(run.id)
        return run

    def _reason(self, run: WorkflowExecution, name: str) -> str:
        for task in self._tasks.find_by_task_name(run.id, name):
            if task.timed_out:
                return f"no answer within {task.timeout_seconds} s"
            if message := as_object(task.error).get("message"):
                return str(message)
            if task.status is Status.ABANDONED:
                return f"its worker was lost {task.losses} times"
        return run.error_message or "failed"

    def _end(self, run: WorkflowExecution, status: Status, reason: str | None) -> None:
        """End a run: cancel what is left, and end the task that the run belongs to."""
        result: dict[str, JsonValue] = {"message": reason}
        if status is Status.COMPLETED:
            try:
                result = as_object(render(definition_of(run).output, run.variables))
            except ExpressionError as exc:
                status, reason, result = Status.FAILED, str(exc), {"message": str(exc)}
        self._cancel(self._tasks.find_unfinished(run.id))
        # Running tasks have not succeeded. Tasks that never began are skipped.
        run = self._runs.move_tasks(run.id, run.current_tasks, to=TaskList.FAILED)
        begun = {*run.completed_tasks, *run.failed_tasks, *run.skipped_tasks}
        rest = [name for name in definition_of(run).tasks if name not in begun]
        self._runs.append_tasks(run.id, skipped=rest)
        self._runs.update(
            run.id,
            UpdateWorkflowExecutionInput(error_message=reason, paused=False, pause_reason=None),
        )
        self._runs.transition(run.id, expected=Status.RUNNING, to=status)
        task = self._tasks.find_by_execution(run.execution)
        if task is None:
            self._executions.finish(run.execution, to=status, result=result)
        elif status is Status.COMPLETED:
            self._ended.append(self._tasks.complete(task.id, result=result, now=self._now))
        else:
            self._ended.append(self._tasks.fail(task.id, error=result, now=self._now))

"""The execution repository (queries/execution.sql)."""

import builtins
from collections.abc import Collection, Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from attune_queries.enums import ExecutionStatus
from attune_queries.models import Execution
from pydantic import JsonValue

from attune_store import _arguments as arguments
from attune_store import errors
from attune_store._sync.cancellation import cancel_tree
from attune_store._sync.execution_lists import ExecutionLists
from attune_store._sync.pruning import prune_batch
from attune_store._sync.queries import execution as queries
from attune_store._translate import Rows
from attune_store._wakeups import EXECUTIONS
from attune_store._workflow import (
    NOT_TERMINAL,
    REQUEUEABLE,
    TERMINAL,
    BulkOutcome,
    CreateOrGetExecution,
)
from attune_store.inputs import CreateExecutionInput


class ExecutionRepository(ExecutionLists):
    """Creates, claims, changes and deletes executions."""

    def create(self, input: CreateExecutionInput, /) -> Execution:
        """Insert an execution and return it (CreateExecution).

        Raises ForeignKeyError if the action or the parent does not exist.
        """
        values = arguments.values(input, CreateExecutionInput)
        with self._translating(values):
            created = queries.create_execution(self._conn, **values)
        self._wake(created)
        return created

    def create_many(self, inputs: Iterable[CreateExecutionInput], /) -> builtins.list[Execution]:
        """Insert executions by one statement and return them in that order (CreateExecutions).

        Raises as `create`, with the position of the row, and nothing is inserted.
        """
        given = arguments.several(inputs, CreateExecutionInput, "inputs")
        if not given:
            return []
        with self._translating(Rows("inputs", given, _by_table)):
            created = queries.create_executions(self._conn, **arguments.columns(given))
        self._wake(*created)
        return created

    def copy(self, inputs: Iterable[CreateExecutionInput], /) -> int:
        """Insert executions by COPY and return how many they were (CopyExecutions).

        The inputs may be any number: memory stays that of some thousands. Raises as `create`, with
        the position of the row; whatever is raised, by the iterable too, nothing is inserted, and
        the transaction can go on.
        """
        return self._copy(inputs, CreateExecutionInput, _by_table, self._write_part, _topics)

    def _write_part(self, inputs: builtins.list[CreateExecutionInput]) -> int:
        rows: Any = inputs  # An input has the fields of a row.
        return queries.copy_executions(self._conn, rows)

    def delete(self, id: int, /) -> bool:
        """Delete an execution (DeleteExecution); False: there was none. Its children stay."""
        with self._translating({"id": id}, deleting=True):
            return bool(queries.delete_execution(self._conn, id=arguments.identifier(id)))

    def create_or_get(self, input: CreateExecutionInput, /) -> CreateOrGetExecution:
        """Insert an execution, or return the one that has its idempotency key.

        Safe when several callers race (CreateExecutionIfAbsent). Raises ValidationError if there is
        no key, ConflictError if the one that stands has another action_ref, config or parent,
        ForeignKeyError if the action or the parent does not exist.
        """
        values = arguments.values(input, CreateExecutionInput)
        if input.idempotency_key is None:
            raise errors.ValidationError(
                "idempotency_key: expected a key", entity=self._entity, field="idempotency_key"
            )
        while True:
            with self._translating(values):
                created = queries.create_execution_if_absent(self._conn, **values)
            if created is not None:
                self._wake(created)
                return CreateOrGetExecution(created, created=True)
            with self._reading():
                existing = queries.get_execution_by_idempotency_key(
                    self._conn, idempotency_key=input.idempotency_key
                )
            if existing is None:
                continue  # It was deleted in between.
            for field in ("action_ref", "config", "parent"):
                expected, actual = getattr(input, field), getattr(existing, field)
                if expected != actual:
                    raise errors.ConflictError(
                        f"execution with idempotency_key={errors.shorten(input.idempotency_key)} has"
                        f" {field}={errors.shorten(actual)}, expected {errors.shorten(expected)}",
                        entity=self._entity,
                        field=field,
                        value=expected,
                        expected=expected,
                        actual=actual,
                    )
            return CreateOrGetExecution(existing, created=False)

    def claim(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus = ExecutionStatus.REQUESTED,
        to: ExecutionStatus = ExecutionStatus.SCHEDULING,
        worker: int | None = None,
    ) -> Execution | None:
        """Set the status and the worker if the status is the expected (ClaimExecution).

        None: somebody else was first, there is no such row, or the worker has ended. `worker` is
        the id of the worker that holds the row, None for nobody. `expected` is the status that the
        row must have.
        """
        with self._translating():
            return queries.claim_execution(
                self._conn,
                id=arguments.identifier(id),
                status=arguments.status(expected, "expected"),
                to=arguments.status(to, "to"),
                worker=arguments.optional_identifier(worker, "worker"),
            )

    def claim_next(
        self,
        *,
        action_refs: Iterable[str] | None = None,
        worker: int | None = None,
        to: ExecutionStatus = ExecutionStatus.SCHEDULING,
        limit: int = 1,
    ) -> builtins.list[Execution]:
        """Make requested executions scheduling and return them, by id.

        Those of these actions, if any are given. Those without `run_at` come by priority, then age;
        those whose `run_at` has come, by that time. A claim begins with either kind at random, so
        that neither waits for the other. `worker` holds them; none once it has ended. No two
        callers get the same one. `limit` is the maximum number of rows. `to` is scheduling,
        scheduled or running (ClaimNextExecutions, ClaimNextExecutionsByActionRef).
        """
        with self._translating():
            if action_refs is None:
                claimed = queries.claim_next_executions(
                    self._conn,
                    worker=arguments.optional_identifier(worker, "worker"),
                    to=arguments.claimed_status(to),
                    limit=arguments.limit(limit),
                )
            else:
                claimed = queries.claim_next_executions_by_action_ref(
                    self._conn,
                    action_refs=arguments.names(action_refs, "action_refs"),
                    worker=arguments.optional_identifier(worker, "worker"),
                    to=arguments.claimed_status(to),
                    limit=arguments.limit(limit),
                )
        return sorted(claimed, key=attrgetter("id"))

    def transition(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
        attempt: int | None = None,
    ) -> Execution:
        """Set the status if it is (one of) the expected (TransitionExecution).

        Raises NotFoundError if there is no such execution, ConflictError if it is in another
        status, or another attempt than the one that is given. `expected` is a status, or several.
        `attempt` is the attempt that the caller holds, None for whichever is present.
        """
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        attempt = arguments.optional_attempt(attempt)
        with self._translating():
            row = queries.transition_execution(
                self._conn,
                id=id,
                expected=allowed,
                to=arguments.status(to, "to"),
                attempt=attempt,
            )
        self._wake(row)
        return row or self._refuse(id, allowed, attempt=attempt)

    def transition_many(
        self,
        ids: Iterable[int],
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
    ) -> BulkOutcome:
        """Set the status of those whose status is (one of) the expected (TransitionExecutions).

        The others are refused, each with the error that `transition` would raise. Raises
        ValidationError if an id is given twice. `expected` is a status, or several.
        """
        given, allowed = arguments.distinct(ids, "ids"), arguments.statuses(expected)
        to = arguments.status(to, "to")
        if not given:
            return BulkOutcome([], [])
        with self._translating():
            rows = queries.transition_executions(self._conn, ids=given, expected=allowed, to=to)
        outcome = self._outcome(dict.fromkeys(given), rows, allowed)
        if outcome.done and to is ExecutionStatus.REQUESTED:
            self._wake_topics({EXECUTIONS})
        return outcome

    def finish(
        self,
        id: int,
        /,
        *,
        to: ExecutionStatus,
        result: JsonValue = None,
        attempt: int | None = None,
    ) -> Execution:
        """Set a terminal status and the result, if the execution is not terminal (FinishExecution).

        Raises NotFoundError if there is no such execution, ConflictError if it is terminal, or in
        another attempt than the one that is given. `attempt` is the attempt that the caller holds,
        None for whichever is present.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._translating({"result": result}):
            row = queries.finish_execution(
                self._conn,
                id=id,
                to=arguments.terminal_status(to),
                result=arguments.json(result, "result"),
                attempt=attempt,
            )
        return row or self._refuse(id, NOT_TERMINAL, attempt=attempt)

    def cancel(self, id: int, /) -> Execution:
        """Cancel an execution with all below it, in one transaction, and return it.

        Its workflow, the tasks, their retries, executions and workflows, and the executions that it
        started; the task that it does, too. What has ended stays. Who works at a task learns of it
        by the next call (ConflictError) or by `find_by_worker`. Raises NotFoundError if there is no
        such row, ConflictError if it is terminal (CancelWorkflowTaskExecutionTree,
        LockWorkflowExecutionTree, CancelWorkflowExecutionTree, CancelExecutionTree).
        """
        id = arguments.identifier(id)
        if (standing := self.get_by_id(id)).status in TERMINAL:
            raise self._conflict(standing, NOT_TERMINAL)
        with self._translating():
            cancelled, _ = cancel_tree(self._conn, id)
        mine = [row for row in cancelled if row.id == id]
        return mine[0] if mine else self._refuse(id, NOT_TERMINAL)

    def prune(
        self,
        *,
        finished_before: datetime,
        statuses: ExecutionStatus | Collection[ExecutionStatus] = tuple(TERMINAL),
        limit: int = 1000,
    ) -> int:
        """Delete executions that ended before a time, with all below them; return how many.

        Whole trees, those that ended first first, at most `limit` of them; a tree's root ended in
        one of the `statuses`. A tree of which an execution, a run or a task has not ended is passed
        over, and so is one in which somebody has locked a row: nobody is waited for. A root that
        does the task of a workflow goes with that workflow (PruneExecutions).
        """
        finished_before = arguments.moment(finished_before, "finished_before")
        allowed, left = arguments.terminal_statuses(statuses), arguments.limit(limit)
        executions, batch = 0, None
        while left and (batch is None or batch.last_id is not None):
            with self._translating():
                batch = prune_batch(
                    self._conn,
                    finished_before=finished_before,
                    statuses=allowed,
                    limit=left,
                    after=batch,
                )
            executions, left = executions + batch.executions, left - batch.trees
        return executions

    def release_expired(self, *, max_losses: int = 3, limit: int = 100) -> builtins.list[Execution]:
        """Take executions from workers whose lease ran out or that retired, and return them, by id.

        Those workers end, by the server's clock. An execution becomes requested again and `losses`
        rises; beyond `max_losses` it becomes abandoned. A canceling one becomes cancelled.
        Executions that were claimed without a worker stay as they are. `limit` is the maximum
        number of rows (ReleaseExpiredExecutions).
        """
        with self._translating():
            released = queries.release_expired_executions(
                self._conn,
                max_losses=arguments.count(max_losses, "max_losses"),
                limit=arguments.limit(limit),
            )
        self._wake(*released)
        return sorted(released, key=attrgetter("id"))

    def requeue(self, id: int, /) -> Execution:
        """Make an execution requested again that nobody works at (RequeueExecution).

        Raises NotFoundError if there is no such row, ConflictError if it is requested, completed or
        cancelled, or a worker that lives holds it.
        """
        id = arguments.identifier(id)
        with self._translating():
            row = queries.requeue_execution(self._conn, id=id)
        if row is not None:
            self._wake(row)
            return row
        refused = self.get_by_id(id)
        if refused.status not in REQUEUEABLE:
            raise self._conflict(refused, REQUEUEABLE)
        raise self._held(refused)


def _by_table(input: CreateExecutionInput) -> dict[str, dict[str, Any]]:
    """The values of an execution."""
    return {"execution": input.values()}


def _topics(inputs: builtins.list[CreateExecutionInput]) -> set[str]:
    """Where a claim may find something of these."""
    requested = any(input.status is ExecutionStatus.REQUESTED for input in inputs)
    return {EXECUTIONS} if requested else set()

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
from attune_store import _conflicts as conflicts
from attune_store import errors
from attune_store._async.cancellation import cancel_tree
from attune_store._async.execution_lists import AsyncExecutionLists
from attune_store._async.pruning import prune_batch
from attune_store._async.queries import execution as queries
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


class AsyncExecutionRepository(AsyncExecutionLists):
    """Creates, claims, changes and deletes executions."""

    async def create(self, input: CreateExecutionInput, /) -> Execution:
        """Insert an execution and return it.

        Raises ForeignKeyError if the action or the parent does not exist, AlreadyExistsError if the
        idempotency key is taken. Query: CreateExecution.
        """
        values = arguments.values(input, CreateExecutionInput)
        with self._translating(values):
            created = await queries.create_execution(self._conn, **values)
        self._wake(created)
        return created

    async def create_many(
        self, inputs: Iterable[CreateExecutionInput], /
    ) -> builtins.list[Execution]:
        """Insert executions with one statement, and return them in the order of the inputs.

        Raises the errors of `create()`, with the position of the input. Then none is inserted.
        Query: CreateExecutions.
        """
        given = arguments.several(inputs, CreateExecutionInput, "inputs")
        if not given:
            return []
        with self._translating(Rows("inputs", given, _by_table)):
            created = await queries.create_executions(self._conn, **arguments.columns(given))
        self._wake(*created)
        return created

    async def copy(self, inputs: Iterable[CreateExecutionInput], /) -> int:
        """Insert executions with COPY, and return the number of rows.

        The iterable may be of any length, as memory use is constant. Raises the errors of
        `create()`, with the position of the input. After any error, also one of the iterable, none
        is inserted, and the transaction can continue. Query: CopyExecutions.
        """
        return await self._copy(inputs, CreateExecutionInput, _by_table, self._write_part, _topics)

    async def _write_part(self, inputs: builtins.list[CreateExecutionInput]) -> int:
        rows: Any = inputs  # An input has the fields of a row.
        return await queries.copy_executions(self._conn, rows)

    async def delete(self, id: int, /) -> bool:
        """Delete an execution and return True, or return False if there is none.

        Its child executions are kept. Query: DeleteExecution.
        """
        with self._translating({"id": id}, deleting=True):
            return bool(await queries.delete_execution(self._conn, id=arguments.identifier(id)))

    async def create_or_get(self, input: CreateExecutionInput, /) -> CreateOrGetExecution:
        """Insert an execution, or return the one with the same idempotency key.

        Callers may race: one inserts the row, the others get it. Raises ValidationError if the
        input has no key, ConflictError if the existing execution has another `action_ref`, `config`
        or `parent`, ForeignKeyError if the action or the parent does not exist. Query:
        CreateExecutionIfAbsent.
        """
        values = arguments.values(input, CreateExecutionInput)
        if input.idempotency_key is None:
            raise errors.ValidationError(
                "idempotency_key: expected a text, got None",
                entity=self._entity,
                field="idempotency_key",
            )
        while True:
            with self._translating(values):
                created = await queries.create_execution_if_absent(self._conn, **values)
            if created is not None:
                self._wake(created)
                return CreateOrGetExecution(created, created=True)
            with self._reading:
                existing = await queries.get_execution_by_idempotency_key(
                    self._conn, idempotency_key=input.idempotency_key
                )
            if existing is None:
                continue  # Another caller has deleted it.
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

    async def claim(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus = ExecutionStatus.REQUESTED,
        to: ExecutionStatus = ExecutionStatus.SCHEDULING,
        worker: int | None = None,
    ) -> Execution | None:
        """Claim an execution: set its status and its worker, and return it.

        Return None if the status is not `expected`, if there is no such execution, or if the worker
        has ended. `worker` is the id of the worker that holds the row, None for no worker. `to` is
        the new status. Query: ClaimExecution.
        """
        with self._writing:
            return await queries.claim_execution(
                self._conn,
                id=arguments.identifier(id),
                status=arguments.status(expected, "expected"),
                to=arguments.status(to, "to"),
                worker=arguments.optional_identifier(worker, "worker"),
            )

    async def claim_next(
        self,
        *,
        action_refs: Iterable[str] | None = None,
        worker: int | None = None,
        to: ExecutionStatus = ExecutionStatus.SCHEDULING,
        limit: int = 1,
    ) -> builtins.list[Execution]:
        """Claim requested executions, and return them ordered by id.

        Executions without `run_at` are claimed by priority, then age; those with one are claimed
        once it has passed. A claim starts with either kind at random, so that neither blocks the
        other. No two callers get the same row. `action_refs` limits the claim to these actions,
        None to no action. `worker` is the id of the worker that holds the rows; after it has ended,
        it gets none. `to` is the new status: scheduling, scheduled or running. `limit` is the
        maximum number of rows. Queries: ClaimNextExecutions, ClaimNextExecutionsByActionRef.
        """
        with self._writing:
            if action_refs is None:
                claimed = await queries.claim_next_executions(
                    self._conn,
                    worker=arguments.optional_identifier(worker, "worker"),
                    to=arguments.claimed_status(to),
                    limit=arguments.limit(limit),
                )
            else:
                claimed = await queries.claim_next_executions_by_action_ref(
                    self._conn,
                    action_refs=arguments.names(action_refs, "action_refs"),
                    worker=arguments.optional_identifier(worker, "worker"),
                    to=arguments.claimed_status(to),
                    limit=arguments.limit(limit),
                )
        return sorted(claimed, key=attrgetter("id"))

    async def transition(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
        attempt: int | None = None,
    ) -> Execution:
        """Set the status of an execution if it has an expected one, and return the execution.

        `expected` is one status or several. `attempt` is the attempt that the caller holds, None
        for any. Raises NotFoundError if there is no such execution, ConflictError if it has another
        status or is in another attempt. Query: TransitionExecution.
        """
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        attempt = arguments.optional_attempt(attempt)
        with self._writing:
            row = await queries.transition_execution(
                self._conn,
                id=id,
                expected=allowed,
                to=arguments.status(to, "to"),
                attempt=attempt,
            )
        self._wake(row)
        return row or await self._refuse(id, allowed, attempt=attempt)

    async def transition_many(
        self,
        ids: Iterable[int],
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
    ) -> BulkOutcome:
        """Set the status of the executions that have an expected one.

        `expected` is one status or several. The outcome holds the ids that were changed, and for
        each other one the error that `transition()` would raise. Raises ValidationError if an id is
        given twice. Query: TransitionExecutions.
        """
        given, allowed = arguments.distinct(ids, "ids"), arguments.statuses(expected)
        to = arguments.status(to, "to")
        if not given:
            return BulkOutcome([], [])
        with self._writing:
            rows = await queries.transition_executions(
                self._conn, ids=given, expected=allowed, to=to
            )
        outcome = conflicts.outcome(self._entity, dict.fromkeys(given), rows, allowed)
        if outcome.done and to is ExecutionStatus.REQUESTED:
            self._wake_topics({EXECUTIONS})
        return outcome

    async def finish(
        self,
        id: int,
        /,
        *,
        to: ExecutionStatus,
        result: JsonValue = None,
        attempt: int | None = None,
    ) -> Execution:
        """Set a terminal status and the result of an execution, and return the execution.

        `attempt` is the attempt that the caller holds, None for any. Raises NotFoundError if there
        is no such execution, ConflictError if it is terminal or in another attempt. Query:
        FinishExecution.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._translating({"result": result}):
            row = await queries.finish_execution(
                self._conn,
                id=id,
                to=arguments.terminal_status(to),
                result=arguments.json(result, "result"),
                attempt=attempt,
            )
        return row or await self._refuse(id, NOT_TERMINAL, attempt=attempt)

    async def cancel(self, id: int, /) -> Execution:
        """Cancel an execution and all below it in one transaction, and return it.

        This includes its workflow with tasks and retries, its child executions, and the task that
        it belongs to. What has ended is kept as it is. A worker learns of it from its next call,
        which raises ConflictError, or from `find_by_worker()`. Raises NotFoundError if there is no
        such execution, ConflictError if it is terminal. Queries: CancelWorkflowTaskExecutionTree,
        LockWorkflowExecutionTree, CancelWorkflowExecutionTree, CancelExecutionTree.
        """
        id = arguments.identifier(id)
        if (standing := await self.get_by_id(id)).status in TERMINAL:
            raise conflicts.in_state(self._entity, standing, NOT_TERMINAL)
        with self._writing:
            cancelled, _ = await cancel_tree(self._conn, id)
        mine = [row for row in cancelled if row.id == id]
        return mine[0] if mine else await self._refuse(id, NOT_TERMINAL)

    async def prune(
        self,
        *,
        finished_before: datetime,
        statuses: ExecutionStatus | Collection[ExecutionStatus] = tuple(TERMINAL),
        limit: int = 1000,
    ) -> int:
        """Delete executions that ended before a time, with all below them, and return their number.

        Only whole trees are deleted, in the order in which they ended. A tree is skipped if a part
        of it has not ended, or if another transaction has locked one of its rows. The root of a
        tree must have one of the `statuses`; an execution that belongs to a task of a workflow is
        deleted with that workflow. `limit` is the maximum number of trees. Query: PruneExecutions.
        """
        finished_before = arguments.moment(finished_before, "finished_before")
        allowed, left = arguments.terminal_statuses(statuses), arguments.limit(limit)
        executions, batch = 0, None
        while left and (batch is None or batch.last_id is not None):
            with self._writing:
                batch = await prune_batch(
                    self._conn,
                    finished_before=finished_before,
                    statuses=allowed,
                    limit=left,
                    after=batch,
                )
            executions, left = executions + batch.executions, left - batch.trees
        return executions

    async def release_expired(
        self, *, max_losses: int = 3, limit: int = 100
    ) -> builtins.list[Execution]:
        """Make executions of expired and retired workers claimable, and return them ordered by id.

        The workers end. The server's clock counts. An execution becomes requested, and its `losses`
        rises by one; with more than `max_losses` it becomes abandoned instead. If it is canceling,
        it becomes cancelled. Executions that were claimed without a worker are left alone. `limit`
        is the maximum number of rows. Query: ReleaseExpiredExecutions.
        """
        with self._writing:
            released = await queries.release_expired_executions(
                self._conn,
                max_losses=arguments.count(max_losses, "max_losses"),
                limit=arguments.limit(limit),
            )
        self._wake(*released)
        return sorted(released, key=attrgetter("id"))

    async def requeue(self, id: int, /) -> Execution:
        """Make an execution requested again, and return it.

        Raises NotFoundError if there is no such execution, ConflictError if it is requested,
        completed or cancelled, or if a live worker holds it. Query: RequeueExecution.
        """
        id = arguments.identifier(id)
        with self._writing:
            row = await queries.requeue_execution(self._conn, id=id)
        if row is not None:
            self._wake(row)
            return row
        refused = await self.get_by_id(id)
        if refused.status not in REQUEUEABLE:
            raise conflicts.in_state(self._entity, refused, REQUEUEABLE)
        raise conflicts.held(self._entity, refused)


def _by_table(input: CreateExecutionInput) -> dict[str, dict[str, Any]]:
    """Return the values of an execution, by table."""
    return {"execution": input.values()}


def _topics(inputs: builtins.list[CreateExecutionInput]) -> set[str]:
    """Return the topics of claims that may find these executions."""
    requested = any(input.status is ExecutionStatus.REQUESTED for input in inputs)
    return {EXECUTIONS} if requested else set()

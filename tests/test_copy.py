"""Many rows with COPY: any number of inputs, all of them or none, each refused with its own error."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Store,
    WorkflowTaskExecution,
    errors,
)
from attune_store import _arguments as arguments
from attune_store.testing import make_action, make_execution
from tests.test_bulk import BROKEN, NOON, Inputs, a_run, task
from tests.twin import Twin


@pytest.fixture(autouse=True)
def parts_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a part have two rows, so that a few rows are several parts."""
    monkeypatch.setattr(arguments, "_PART", 2)


def new(count: int, **over: Any) -> list[CreateExecutionInput]:
    return [CreateExecutionInput(action_ref=f"core.n{number}", **over) for number in range(count)]


def seen_by_others(twin: Twin) -> int:
    """Return how many executions are committed."""
    with psycopg.connect(twin.conninfo) as other:
        ((count,),) = other.execute("SELECT count(*) FROM attune.execution")
        return int(count)


def test_executions_are_copied_in_order_with_all_values(twin: Twin) -> None:
    executions = twin.repositories.executions
    action, parent = make_action(twin.repositories), make_execution(twin.repositories)
    inputs = [
        CreateExecutionInput(
            action=action.id,
            action_ref='a\t\\N\n"é',
            config={"a": [1, None, {"b": '"\\'}], "c": None},
            parent=parent.id,
            status=ExecutionStatus.COMPLETED,
            result=[None, {"x": "y, z"}, "{}"],
            priority=-7,
            run_at=NOON,
            idempotency_key="\\.",
        ),
        *new(4),
        CreateExecutionInput(action_ref="NULL", result="null", config={}, idempotency_key=""),
        CreateExecutionInput(action_ref="", result=False, status=ExecutionStatus.SCHEDULED),
    ]
    before = executions.list(limit=1)[0].id
    assert executions.copy(iter(inputs)) == 7
    copied = sorted((row for row in executions.list() if row.id > before), key=lambda row: row.id)
    for input, row in zip(inputs, copied, strict=True):
        assert {name: getattr(row, name) for name in input.values()} == input.values()
    alone = executions.create(CreateExecutionInput(action_ref="core.n0"))
    kept = {"id", "created", "updated"}
    assert copied[1].model_dump(exclude=kept) == alone.model_dump(exclude=kept)


def full(run: int, execution: int) -> CreateWorkflowTaskExecutionInput:
    return CreateWorkflowTaskExecutionInput(
        workflow_execution=run,
        execution=execution,
        task_name="a, 'b'",
        task_index=3,
        task_batch=1,
        status=ExecutionStatus.FAILED,
        started_at=NOON,
        completed_at=NOON,
        duration_ms=1000,
        result={"n": [1, None]},
        error="null",
        retry_count=1,
        max_retries=2,
        next_retry_at=NOON,
        timeout_seconds=60,
        timed_out=True,
    )


def copied_tasks(twin: Twin, run: int) -> list[WorkflowTaskExecution]:
    rows = twin.repositories.workflow_task_executions.find_by_workflow_execution(run)
    return sorted(rows, key=lambda row: row.id)


def test_tasks_are_copied_with_all_values_and_executions(twin: Twin) -> None:
    repos, run = twin.repositories, a_run(twin)
    child = make_execution(repos)
    whole = CreateExecutionInput(
        action_ref="core.whole",
        config={"a": [1, None]},
        parent=child.id,
        status=ExecutionStatus.SCHEDULED,
        result="null",
        priority=7,
        run_at=NOON,
        idempotency_key="k",
    )
    inputs = [
        task(run, 9),
        full(run, child.id),
        task(run, 2, execution=whole),
        task(run, 0, task_index=None, status=ExecutionStatus.SCHEDULED),
        task(run, 1, execution=make_execution(repos).id),
    ]
    assert repos.workflow_task_executions.copy(input for input in inputs) == 5
    for input, row in zip(inputs, copied_tasks(twin, run), strict=True):
        values = input.values()
        if isinstance(input.execution, CreateExecutionInput):
            execution, given = repos.executions.get_by_id(row.execution), input.execution.values()
            assert {name: getattr(execution, name) for name in given} == given
            values["execution"] = execution.id
        assert {name: getattr(row, name) for name in values} == values


def test_tasks_of_a_paused_workflow_are_held_and_an_ended_one_refuses_them(twin: Twin) -> None:
    repos, (paused, ended) = twin.repositories, (a_run(twin), a_run(twin))
    repos.workflow_executions.pause(paused, reason="wait")
    assert repos.workflow_task_executions.copy([task(paused, 0)]) == 1
    assert copied_tasks(twin, paused)[0].held
    repos.workflow_executions.transition(
        ended, expected=ExecutionStatus.RUNNING, to=ExecutionStatus.COMPLETED
    )
    with pytest.raises(errors.ConflictError, match=f"id={ended} has ended"):
        repos.workflow_task_executions.copy([*(task(paused, n) for n in (1, 2)), task(ended, 0)])
    assert len(copied_tasks(twin, paused)) == 1


def test_no_inputs_copy_no_rows(twin: Twin) -> None:
    assert twin.repositories.executions.copy([]) == 0
    assert twin.repositories.workflow_task_executions.copy(iter(())) == 0


def test_an_invalid_input_is_named_by_its_position(twin: Twin) -> None:
    repos, run = twin.repositories, a_run(twin)
    rows = len(repos.executions.list())
    executions: list[Any] = [*new(3), {"action_ref": "x"}]
    with pytest.raises(
        errors.ValidationError, match=r"^inputs\[3\]: expected CreateExecutionInput, got dict$"
    ):
        repos.executions.copy(executions)
    tasks: list[Any] = [*(task(run, n) for n in range(4)), None]
    message = r"^inputs\[4\]: expected CreateWorkflowTaskExecutionInput, got NoneType$"
    with pytest.raises(errors.ValidationError, match=message):
        repos.workflow_task_executions.copy(tasks)
    assert len(repos.executions.list()) == rows
    assert copied_tasks(twin, run) == []


def test_an_error_of_the_inputs_leaves_no_row(twin: Twin) -> None:
    """The error is the caller's, and the transaction can continue."""
    repos, run = twin.repositories, a_run(twin)
    error = ValueError("no more")

    def failing() -> Iterator[CreateWorkflowTaskExecutionInput]:
        yield from (task(run, number) for number in range(5))
        raise error

    with pytest.raises(ValueError, match="no more") as failure:
        repos.workflow_task_executions.copy(failing())
    assert failure.value is error
    assert copied_tasks(twin, run) == []
    assert repos.workflow_task_executions.copy([task(run, 0)]) == 1


@pytest.mark.parametrize(
    ("inputs", "kind", "message", "about"),
    [case[1:] for case in BROKEN],
    ids=[case[0] for case in BROKEN],
)
@pytest.mark.parametrize("before", [0, 3])
def test_an_error_names_the_row(
    twin: Twin,
    monkeypatch: pytest.MonkeyPatch,
    inputs: Inputs,
    kind: type[errors.StoreError],
    message: str,
    about: tuple[str, str | None],
    before: int,
) -> None:
    """In any part. If two equal rows are in two parts, the second one is named."""
    monkeypatch.setattr(arguments, "_PART", 3)
    repos, run = twin.repositories, a_run(twin)
    repos.workflow_task_executions.create(
        task(run, 0, execution=CreateExecutionInput(action_ref="x", idempotency_key="taken"))
    )
    given = [*(task(run, 100 + n) for n in range(before)), *inputs(twin, run)]
    for position in range(3):
        message = message.replace(rf"[{position}\]", rf"[{position + before}\]", 1)
        if rf"[{position + before}\]" in message:
            break
    with pytest.raises(kind, match=message) as failure:
        repos.workflow_task_executions.copy(given)
    assert (failure.value.entity, failure.value.field) == about
    assert len(copied_tasks(twin, run)) == 1


def test_copy_does_not_end_the_callers_transaction(committing_twin: Twin) -> None:
    """Also if psycopg begins it with the first statement."""
    twin = committing_twin
    with twin.connect() as other:
        assert other.repositories.executions.copy(new(3)) == 3
        assert other.connection.info.transaction_status == TransactionStatus.INTRANS
        assert seen_by_others(twin) == 0
        other.rollback()
        assert other.repositories.executions.list() == []
        assert other.repositories.executions.copy(new(3)) == 3
        other.commit()
    assert seen_by_others(twin) == 3


def test_on_autocommit_all_rows_are_committed_together(committing_twin: Twin) -> None:
    with committing_twin.connect(autocommit=True) as twin:

        def watched() -> Iterator[CreateExecutionInput]:
            for input in new(5):
                assert seen_by_others(twin) == 0
                yield input

        assert twin.repositories.executions.copy(watched()) == 5
        assert twin.connection.info.transaction_status == TransactionStatus.IDLE
        assert seen_by_others(twin) == 5
        with pytest.raises(errors.ForeignKeyError, match=r"^inputs\[4\]: execution with parent=-6"):
            twin.repositories.executions.copy([*new(4), *new(1, parent=-6)])
        assert twin.connection.info.transaction_status == TransactionStatus.IDLE
        assert seen_by_others(twin) == 5


@pytest.mark.unpooled("ends its session")
def test_a_lost_connection_leaves_no_row(committing_twin: Twin) -> None:
    with committing_twin.connect(autocommit=True) as twin:
        pid = twin.execute("SELECT pg_backend_pid()")[0][0]

        def cut() -> Iterator[CreateExecutionInput]:
            yield from new(3)
            with psycopg.connect(twin.conninfo, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
            yield from new(1)

        with pytest.raises(errors.UnavailableError) as failure:
            twin.repositories.executions.copy(cut())
        assert failure.value.retryable
        assert not failure.value.outcome_unknown
        assert seen_by_others(twin) == 0


def test_the_iterable_may_use_the_same_repositories(database_url: str) -> None:
    with Store(database_url, max_size=1) as store, store.transaction() as tx:
        tx.executions.copy(new(5, status=ExecutionStatus.COMPLETED))
        again = (
            CreateExecutionInput(action_ref=row.action_ref, parent=row.id)
            for row in tx.executions.stream()
        )
        assert tx.executions.copy(again) == 5
        assert len(tx.executions.list()) == 10


@pytest.mark.parametrize("block", ["transaction", "autocommit"])
def test_copy_is_refused_after_its_block(database_url: str, block: str) -> None:
    with Store(database_url, max_size=1) as store:
        with getattr(store, block)() as repos:
            executions = repos.executions
        with pytest.raises(errors.StoreError, match="the block has ended"):
            executions.copy(new(1))
        with store.autocommit() as repos:
            assert repos.executions.list() == []


def test_memory_does_not_grow_with_the_inputs(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "_PART", 100)

    def most(count: int) -> int:
        rows = (
            CreateExecutionInput(action_ref="core.a", config={"text": "x" * 1000 + str(number)})
            for number in range(count)
        )
        tracemalloc.start()
        assert twin.repositories.executions.copy(rows) == count
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(100)
    assert most(5000) < 2 * most(200)

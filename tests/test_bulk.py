"""Many rows with one statement: in order, with their executions, each refused with its own error."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pydantic
import pytest
from psycopg.pq import TransactionStatus

from attune_store import (
    BulkOutcome,
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    TaskFailure,
    TaskResult,
    UpdateExecutionInput,
    WorkflowTaskExecution,
    errors,
)
from attune_store.testing import make_action, make_execution, make_workflow_execution
from tests.twin import Twin

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
LONE = "\ud800"
REQUESTED, RUNNING = ExecutionStatus.REQUESTED, ExecutionStatus.RUNNING


def a_run(twin: Twin) -> int:
    return make_workflow_execution(twin.repositories, status=ExecutionStatus.RUNNING).id


def task(run: int, index: int, **over: Any) -> CreateWorkflowTaskExecutionInput:
    values: dict[str, Any] = {
        "workflow_execution": run,
        "execution": CreateExecutionInput(action_ref=f"core.item{index}"),
        "task_name": "item",
        "task_index": index,
    }
    return CreateWorkflowTaskExecutionInput(**values | over)


# --- creating


def test_executions_are_created_in_order_with_all_values(twin: Twin) -> None:
    executions = twin.repositories.executions
    action, parent = make_action(twin.repositories), make_execution(twin.repositories)
    inputs = [
        CreateExecutionInput(
            action=action.id,
            action_ref=action.ref,
            config={"a": [1, None, {"b": '"\\'}], "c": None},
            parent=parent.id,
            status=ExecutionStatus.COMPLETED,
            result=[None, {"x": "y, z"}, "{}"],
            priority=-7,
            run_at=NOON,
            idempotency_key='k1,"{}\\',
        ),
        *(CreateExecutionInput(action_ref=f"core.n{number}") for number in range(20)),
        CreateExecutionInput(action_ref="NULL", result="null", config={}, idempotency_key=""),
        CreateExecutionInput(action_ref="", result=False, status=ExecutionStatus.SCHEDULED),
    ]
    created = executions.create_many(iter(inputs))
    assert [row.id for row in created] == sorted({row.id for row in created})
    for input, row in zip(inputs, created, strict=True):
        assert {name: getattr(row, name) for name in input.values()} == input.values()
        assert executions.get_by_id(row.id) == row
    alone = executions.create(CreateExecutionInput(action_ref="core.n0"))
    kept = {"id", "created", "updated"}
    assert created[1].model_dump(exclude=kept) == alone.model_dump(exclude=kept)


def test_tasks_are_created_in_order_with_all_values(twin: Twin) -> None:
    repos, run = twin.repositories, a_run(twin)
    child = make_execution(repos)
    inputs = [
        task(run, 9),
        CreateWorkflowTaskExecutionInput(
            workflow_execution=run,
            execution=child.id,
            task_name="a, 'b'",
            task_index=3,
            task_batch=1,
            status=ExecutionStatus.FAILED,
            started_at=NOON,
            completed_at=NOON + timedelta(seconds=1),
            duration_ms=1000,
            result={"n": [1, None]},
            error="null",
            retry_count=1,
            max_retries=2,
            next_retry_at=NOON + timedelta(hours=1),
            timeout_seconds=60,
            timed_out=True,
        ),
        task(run, 2),
        task(run, 0, task_index=None, status=ExecutionStatus.SCHEDULED),
    ]
    created = repos.workflow_task_executions.create_many(inputs)
    assert [row.id for row in created] == sorted({row.id for row in created})
    for input, row in zip(inputs, created, strict=True):
        values = input.values()
        if isinstance(input.execution, CreateExecutionInput):
            values["execution"] = row.execution
            execution = repos.executions.get_by_id(row.execution)
            assert execution.action_ref == input.execution.action_ref
        assert {name: getattr(row, name) for name in values} == values
        assert repos.workflow_task_executions.get_by_id(row.id) == row
    assert created[1].execution == child.id


def test_a_child_is_created_with_all_values(twin: Twin) -> None:
    repos, run = twin.repositories, a_run(twin)
    action, parent = make_action(repos), make_execution(repos)
    child = CreateExecutionInput(
        action=action.id,
        action_ref=action.ref,
        config={"a": [1, None]},
        parent=parent.id,
        status=ExecutionStatus.SCHEDULED,
        result="null",
        priority=7,
        run_at=NOON,
        idempotency_key="k",
    )
    row = repos.workflow_task_executions.create(task(run, 0, execution=child))
    execution = repos.executions.get_by_id(row.execution)
    assert {name: getattr(execution, name) for name in child.values()} == child.values()
    many = [
        task(run, 1),
        task(run, 2, execution=child.model_copy(update={"idempotency_key": "l"})),
    ]
    created = repos.workflow_task_executions.create_many(many)
    execution = repos.executions.get_by_id(created[1].execution)
    assert (execution.config, execution.idempotency_key) == ({"a": [1, None]}, "l")


def test_tasks_of_a_paused_workflow_are_held_and_an_ended_one_refuses_them(twin: Twin) -> None:
    repos = twin.repositories
    paused, ended = a_run(twin), a_run(twin)
    repos.workflow_executions.pause(paused, reason="wait")
    assert [row.held for row in repos.workflow_task_executions.create_many([task(paused, 0)])]
    repos.workflow_executions.transition(
        ended, expected=ExecutionStatus.RUNNING, to=ExecutionStatus.COMPLETED
    )
    with pytest.raises(errors.ConflictError, match=f"id={ended} has ended"), twin.savepoint():
        repos.workflow_task_executions.create_many([task(paused, 1), task(ended, 0)])


def test_a_thousand_tasks_are_created_in_order(twin: Twin) -> None:
    run = a_run(twin)
    inputs = [task(run, index) for index in reversed(range(1000))]
    created = twin.repositories.workflow_task_executions.create_many(inputs)
    assert [row.task_index for row in created] == [*reversed(range(1000))]
    refs = twin.execute(
        "SELECT e.action_ref FROM attune.execution e JOIN attune.workflow_task_execution t"
        " ON t.execution = e.id WHERE t.workflow_execution = %s ORDER BY t.id",
        (run,),
    )
    assert [ref for (ref,) in refs] == [f"core.item{index}" for index in reversed(range(1000))]


def test_no_inputs_send_no_statement(twin: Twin) -> None:
    repos = twin.repositories
    assert repos.executions.create_many([]) == []
    assert repos.workflow_task_executions.create_many(iter(())) == []
    assert twin.connection.info.transaction_status == TransactionStatus.IDLE


@pytest.mark.parametrize(
    "wrong",
    [{"action_ref": "x"}, None, CreatePackInput(ref="core", label="x", version="1.0.0")],
    ids=lambda wrong: type(wrong).__name__,
)
def test_an_invalid_input_is_named_by_its_position(twin: Twin, wrong: Any) -> None:
    repos, name = twin.repositories, type(wrong).__name__
    executions: list[Any] = [CreateExecutionInput(action_ref="core.x")] * 3
    for create, right, expected in (
        (repos.executions.create_many, executions, "CreateExecutionInput"),
        (
            repos.workflow_task_executions.create_many,
            [task(1, index) for index in range(3)],
            "CreateWorkflowTaskExecutionInput",
        ),
    ):
        message = rf"^inputs\[3\]: expected {expected}, got {name}$"
        with pytest.raises(errors.ValidationError, match=message) as failure:
            create([*right, wrong])
        assert failure.value.value == wrong
    assert twin.connection.info.transaction_status == TransactionStatus.IDLE


Inputs = Callable[[Twin, int], list[CreateWorkflowTaskExecutionInput]]
BROKEN: list[tuple[str, Inputs, type[errors.StoreError], str, tuple[str, str | None]]] = [
    (
        "a task that is there",
        lambda twin, run: [task(run, 5), task(run, 0), task(run, 6)],
        errors.AlreadyExistsError,
        r"^inputs\[1\]: workflow_task_execution with workflow_execution=\d+, task_name='item',"
        r" task_index=0 already exists$",
        ("workflow_task_execution", None),
    ),
    (
        "the second of two equal ones",
        lambda twin, run: [
            task(run, 1, task_index=None),
            task(run, 2),
            task(run, 3, task_index=None),
        ],
        errors.AlreadyExistsError,
        r"^inputs\[2\]: workflow_task_execution with .* task_index=None already exists$",
        ("workflow_task_execution", None),
    ),
    (
        "a missing execution",
        lambda twin, run: [task(run, 1), task(run, 2, execution=-5)],
        errors.ForeignKeyError,
        r"^inputs\[1\]: workflow_task_execution with execution=-5 refers to an execution that",
        ("workflow_task_execution", "execution"),
    ),
    (
        "a child with a missing parent",
        lambda twin, run: [
            task(run, 1),
            task(run, 2, execution=CreateExecutionInput(action_ref="x", parent=-6)),
        ],
        errors.ForeignKeyError,
        r"^inputs\[1\]: execution with parent=-6 refers to an execution that does not exist$",
        ("execution", "parent"),
    ),
    (
        "a child whose key is there",
        lambda twin, run: [
            task(run, index, execution=CreateExecutionInput(action_ref="x", idempotency_key=key))
            for index, key in ((1, "other"), (2, "taken"))
        ],
        errors.AlreadyExistsError,
        r"^inputs\[1\]: execution with idempotency_key='taken' already exists$",
        ("execution", "idempotency_key"),
    ),
    (
        "a CHECK of one row",
        lambda twin, run: [
            task(run, 1),
            task(run, 2, started_at=NOON, completed_at=NOON - timedelta(1)),
            task(run, 3, started_at=NOON, completed_at=NOON),
        ],
        errors.ValidationError,
        r"^inputs\[1\]: workflow_task_execution with completed_at=.*, started_at=.* does not satisfy"
        r" workflow_task_execution_completed_at_check$",
        ("workflow_task_execution", None),
    ),
    (
        "a character that the server can't store",
        lambda twin, run: [task(run, 1), task(run, 2, result={"a": ["b\0c"]})],
        errors.ValidationError,
        r"^inputs\[1\]: workflow_task_execution\.result: ",
        ("workflow_task_execution", "result"),
    ),
    (
        "text that can't be sent, of a child",
        lambda twin, run: [
            task(run, 1),
            task(run, 2, execution=CreateExecutionInput(action_ref="x", config={"a": LONE})),
        ],
        errors.ValidationError,
        r"^inputs\[1\]: execution\.config: ",
        ("execution", "config"),
    ),
]


@pytest.mark.parametrize(
    ("inputs", "kind", "message", "about"),
    [case[1:] for case in BROKEN],
    ids=[case[0] for case in BROKEN],
)
def test_an_error_names_the_row(
    twin: Twin,
    inputs: Inputs,
    kind: type[errors.StoreError],
    message: str,
    about: tuple[str, str | None],
) -> None:
    repos, run = twin.repositories, a_run(twin)
    repos.workflow_task_executions.create(
        task(run, 0, execution=CreateExecutionInput(action_ref="x", idempotency_key="taken"))
    )
    given = inputs(twin, run)
    with pytest.raises(kind, match=message) as failure, twin.savepoint():
        repos.workflow_task_executions.create_many(given)
    assert (failure.value.entity, failure.value.field) == about
    assert len(repos.workflow_task_executions.find_by_workflow_execution(run)) == 1


def test_an_error_of_a_single_method_names_no_position(twin: Twin) -> None:
    run, child = a_run(twin), CreateExecutionInput(action_ref="x", parent=-6)
    message = r"^execution with parent=-6 refers to"
    with pytest.raises(errors.ForeignKeyError, match=message), twin.savepoint():
        twin.repositories.workflow_task_executions.create(task(run, 0, execution=child))


def test_an_error_of_an_unknown_constraint(twin: Twin) -> None:
    """A constraint that the package does not know, of a column that it does not send."""
    twin.execute("ALTER TABLE attune.execution ADD CONSTRAINT own CHECK (losses > 0) NOT VALID")
    inputs = [CreateExecutionInput(action_ref=ref) for ref in ("core.a", "core.b")]
    message = r"^inputs\[0\]: execution does not satisfy own$"
    with pytest.raises(errors.ValidationError, match=message), twin.savepoint():
        twin.repositories.executions.create_many(inputs)
    twin.execute("ALTER TABLE attune.execution DROP CONSTRAINT own")
    twin.execute("CREATE UNIQUE INDEX own ON attune.execution ((1))")
    message = r"^one of inputs: execution already exists$"
    with pytest.raises(errors.AlreadyExistsError, match=message), twin.savepoint():
        twin.repositories.executions.create_many(inputs)


# --- changing


def running(twin: Twin, count: int, **over: Any) -> list[WorkflowTaskExecution]:
    """Create running tasks in their first attempt, with running executions."""
    repos, run = twin.repositories, a_run(twin)
    repos.workflow_task_executions.create_many([task(run, n, **over) for n in range(count)])
    return repos.workflow_task_executions.claim_any(to=RUNNING, limit=count)


def facts(twin: Twin, task_id: int) -> dict[str, Any]:
    """Return the facts that a single call and a call for many rows must share."""
    row = twin.repositories.workflow_task_executions.get_by_id(task_id)
    child = twin.repositories.executions.get_by_id(row.execution)
    own = {"id", "workflow_execution", "execution", "task_index", "started_at", "created"}
    return row.model_dump(exclude={*own, "updated", "duration_ms"}) | {
        "took": row.completed_at is not None and row.duration_ms is not None,
        "child": (child.status, child.result, child.finished_at is not None),
    }


def refusal(call: Callable[[], object]) -> errors.StoreError:
    """Return the error of a single call."""
    with pytest.raises(errors.StoreError) as failure:
        call()
    return failure.value


def same(one: errors.StoreError, other: errors.StoreError) -> bool:
    return type(one) is type(other) and str(one) == str(other) and vars(one) == vars(other)


def test_complete_many_does_what_complete_does(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    rows = running(twin, 6)
    a, b, c, d, e, alone = (row.id for row in rows)
    tasks.cancel(d)
    now = datetime.now(UTC) + timedelta(hours=1)
    outcome = tasks.complete_many(
        [
            TaskResult(c, {"n": [1, None]}),
            TaskResult(-1),
            TaskResult(b, attempt=2),
            TaskResult(a, "null", 1),
            TaskResult(id=d, result=1, attempt=1),
            TaskResult(e),
        ],
        now=now,
    )
    assert outcome.done == [c, a, e]
    expected = [
        refusal(lambda: tasks.complete(-1)),
        refusal(lambda: tasks.complete(b, attempt=2)),
        refusal(lambda: tasks.complete(d, attempt=1)),
    ]
    assert [type(error) for error in expected] == [
        errors.NotFoundError,
        errors.ConflictError,
        errors.ConflictError,
    ]
    assert expected[1].field == "attempt"
    assert all(map(same, outcome.refused, expected))
    assert len(outcome.refused) == len(expected)
    tasks.complete(alone, result={"n": [1, None]}, attempt=1, now=now)
    assert facts(twin, c) == facts(twin, alone)
    assert facts(twin, c)["child"] == (ExecutionStatus.COMPLETED, {"n": [1, None]}, True)
    assert tasks.get_by_id(c).completed_at == now
    assert facts(twin, a)["result"] == "null"
    assert facts(twin, e)["result"] is None
    assert tasks.get_by_id(b).status == RUNNING
    assert tasks.get_by_id(d).status == ExecutionStatus.CANCELLED


def test_fail_many_does_what_fail_does(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    rows = running(twin, 6, max_retries=1)
    (spent,) = (row.id for row in running(twin, 1))
    a, b, c, d, alone, retried = (row.id for row in rows)
    tasks.complete(d)
    minute, now = timedelta(minutes=1), datetime.now(UTC) + timedelta(hours=1)
    outcome = tasks.fail_many(
        [
            TaskFailure(b, {"message": "no"}, retry_delay=minute),
            TaskFailure(spent, "x", 1, minute),
            TaskFailure(c, None, attempt=0),
            TaskFailure(a, {"message": "no"}),
            TaskFailure(d, 1),
        ],
        now=now,
    )
    assert outcome.done == [b, spent, a]
    assert same(outcome.refused[0], refusal(lambda: tasks.fail(c, error=None, attempt=0)))
    assert same(outcome.refused[1], refusal(lambda: tasks.fail(d, error=1)))
    assert len(outcome.refused) == 2
    tasks.fail(alone, error={"message": "no"}, now=now)
    tasks.fail(retried, error={"message": "no"}, retry_delay=minute, now=now)
    assert facts(twin, a) == facts(twin, alone)
    assert facts(twin, a)["child"] == (ExecutionStatus.FAILED, None, True)
    assert facts(twin, b) == facts(twin, retried)
    assert facts(twin, b)["next_retry_at"] == now + minute
    assert facts(twin, b)["child"] == (ExecutionStatus.SCHEDULED, None, False)
    assert facts(twin, spent)["next_retry_at"] is None
    assert facts(twin, spent)["error"] == "x"


def test_without_a_time_the_servers_clock_is_used(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    one, two = running(twin, 2, max_retries=1)
    tasks.complete_many([TaskResult(one.id)])
    tasks.fail_many([TaskFailure(two.id, "x", retry_delay=timedelta(minutes=5))])
    after, failed = tasks.get_by_id(one.id), tasks.get_by_id(two.id)
    assert after.started_at is not None
    assert after.completed_at is not None
    assert failed.completed_at is not None
    assert after.completed_at >= after.started_at
    assert failed.next_retry_at == failed.completed_at + timedelta(minutes=5)


def test_a_time_before_the_start_becomes_the_start(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    one, two = running(twin, 2)
    tasks.complete_many([TaskResult(one.id)], now=NOON)
    tasks.fail_many([TaskFailure(two.id, "x")], now=NOON)
    for row in (tasks.get_by_id(one.id), tasks.get_by_id(two.id)):
        assert (row.completed_at, row.duration_ms) == (row.started_at, 0)


def test_an_execution_that_has_ended_does_not_change(twin: Twin) -> None:
    repos = twin.repositories
    rows = running(twin, 3)
    for row in rows:
        repos.executions.finish(row.execution, to=ExecutionStatus.CANCELLED, result="mine")
    repos.workflow_task_executions.complete_many([TaskResult(rows[0].id, "late")])
    repos.workflow_task_executions.fail_many([TaskFailure(rows[1].id, "late")])
    for row in rows:
        child = repos.executions.get_by_id(row.execution)
        assert (child.status, child.result) == (ExecutionStatus.CANCELLED, "mine")


def test_a_completion_without_a_result_keeps_the_result_of_the_execution(twin: Twin) -> None:
    repos = twin.repositories
    one, two = running(twin, 2)
    for row in (one, two):
        repos.executions.update(row.execution, UpdateExecutionInput(result="mine"))
    repos.workflow_task_executions.complete_many([TaskResult(one.id)])
    repos.workflow_task_executions.fail_many([TaskFailure(two.id, "x")])
    assert [repos.executions.get_by_id(row.execution).result for row in (one, two)] == ["mine"] * 2


def test_transition_many_does_what_transition_does(twin: Twin) -> None:
    executions = twin.repositories.executions
    a, b, c, d = (
        row.id
        for row in executions.create_many(
            CreateExecutionInput(action_ref="core.x", status=status)
            for status in (REQUESTED, RUNNING, ExecutionStatus.COMPLETED, ExecutionStatus.SCHEDULED)
        )
    )
    expected, to = [REQUESTED, RUNNING], ExecutionStatus.CANCELING
    outcome = executions.transition_many([c, b, -1, a], expected=expected, to=to)
    assert outcome.done == [b, a]
    for error, id in zip(outcome.refused, [c, -1], strict=True):
        alone = refusal(partial(executions.transition, id, expected=expected, to=to))
        assert same(error, alone)
    stands = [executions.get_by_id(id).status for id in (a, b, c, d)]
    assert stands == [to, to, ExecutionStatus.COMPLETED, ExecutionStatus.SCHEDULED]
    assert executions.get_by_id(a).attempt == 1
    single = executions.transition_many(iter([d]), expected=ExecutionStatus.SCHEDULED, to=RUNNING)
    assert single == BulkOutcome([d], [])


def test_no_changes_send_no_statement(twin: Twin) -> None:
    repos = twin.repositories
    nothing = BulkOutcome([], [])
    assert repos.workflow_task_executions.complete_many([]) == nothing
    assert repos.workflow_task_executions.fail_many(iter(())) == nothing
    assert repos.executions.transition_many([], expected=REQUESTED, to=RUNNING) == nothing
    assert twin.connection.info.transaction_status == TransactionStatus.IDLE


WRONG: list[tuple[Callable[[Twin], object], str]] = [
    (
        lambda twin: twin.repositories.workflow_task_executions.complete_many(
            [TaskResult(7), TaskResult(8), TaskResult(7, "other")]
        ),
        r"^results\[2\]: id 7 is given twice, first in results\[0\]$",
    ),
    (
        lambda twin: twin.repositories.workflow_task_executions.fail_many(
            [TaskFailure(8, 1), TaskFailure(8, 1)]
        ),
        r"^failures\[1\]: id 8 is given twice, first in failures\[0\]$",
    ),
    (
        lambda twin: twin.repositories.executions.transition_many(
            [5, 6, 6], expected=REQUESTED, to=RUNNING
        ),
        r"^ids\[2\]: id 6 is given twice, first in ids\[1\]$",
    ),
    (
        lambda twin: twin.repositories.executions.transition_many(
            [5, cast("int", "6")], expected=REQUESTED, to=RUNNING
        ),
        r"^ids\[1\]: Input should be a valid integer$",
    ),
    (
        lambda twin: twin.repositories.workflow_task_executions.complete_many(
            [TaskResult(7), cast("Any", {"id": 8})]
        ),
        r"^results\[1\]: expected TaskResult, got dict$",
    ),
    (
        lambda twin: twin.repositories.workflow_task_executions.fail_many(
            [cast("Any", TaskResult(8))]
        ),
        r"^failures\[0\]: expected TaskFailure, got TaskResult$",
    ),
    (
        lambda twin: twin.repositories.workflow_task_executions.complete_many(
            [TaskResult(7)], now=datetime(2026, 1, 1)
        ),
        "^now: ",
    ),
    (
        lambda twin: twin.repositories.workflow_task_executions.fail_many(
            [TaskFailure(7, 1)], now=datetime(2026, 1, 1)
        ),
        "^now: ",
    ),
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_invalid_arguments_are_refused_before_anything_is_sent(
    twin: Twin, call: Callable[[Twin], object], message: str
) -> None:
    with pytest.raises(errors.ValidationError, match=message):
        call(twin)
    assert twin.connection.info.transaction_status == TransactionStatus.IDLE


def test_a_result_that_can_not_be_stored_is_named_by_its_position(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    one, two = running(twin, 2)
    message = r"^results\[1\]: workflow_task_execution\.result: "
    with pytest.raises(errors.ValidationError, match=message), twin.savepoint():
        tasks.complete_many([TaskResult(one.id), TaskResult(two.id, ["\0"])])
    message = r"^failures\[0\]: workflow_task_execution\.error: "
    with pytest.raises(errors.ValidationError, match=message), twin.savepoint():
        tasks.fail_many([TaskFailure(one.id, "\0"), TaskFailure(two.id, 1)])
    assert [tasks.get_by_id(row.id).status for row in (one, two)] == [RUNNING] * 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: TaskResult(2**63),
        lambda: TaskResult(1, attempt=-1),
        lambda: TaskResult(1, cast("Any", object())),
        lambda: TaskFailure(1, "x", retry_delay=timedelta(-1)),
        lambda: TaskFailure(1, "x", retry_delay=cast("Any", 60)),
    ],
)
def test_an_invalid_result_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(pydantic.ValidationError):
        make()

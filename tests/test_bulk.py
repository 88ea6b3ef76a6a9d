"""Many rows by one statement: in order, with their executions, each refused by its own error."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.pq import TransactionStatus

from attune_store import (
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    errors,
)
from tests.factories import make_action, make_execution, make_workflow_execution
from tests.twin import Twin

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
LONE = "\ud800"


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


def test_executions_are_created_in_order_with_all_their_values(twin: Twin) -> None:
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


def test_tasks_are_created_in_order_with_all_their_values(twin: Twin) -> None:
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


def test_a_child_is_created_with_all_its_values(twin: Twin) -> None:
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


def test_tasks_of_a_paused_workflow_are_held_and_an_ended_one_takes_none(twin: Twin) -> None:
    repos = twin.repositories
    paused, ended = a_run(twin), a_run(twin)
    repos.workflow_executions.pause(paused, reason="wait")
    assert [row.held for row in repos.workflow_task_executions.create_many([task(paused, 0)])]
    repos.workflow_executions.transition(
        ended, expected=ExecutionStatus.RUNNING, to=ExecutionStatus.COMPLETED
    )
    with pytest.raises(errors.ConflictError, match=f"id={ended} has ended"), twin.savepoint():
        repos.workflow_task_executions.create_many([task(paused, 1), task(ended, 0)])


def test_many(twin: Twin) -> None:
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


def test_nothing_is_sent_for_nothing(twin: Twin) -> None:
    repos = twin.repositories
    assert repos.executions.create_many([]) == []
    assert repos.workflow_task_executions.create_many(iter(())) == []
    assert twin.connection.info.transaction_status == TransactionStatus.IDLE


@pytest.mark.parametrize(
    "wrong",
    [{"action_ref": "x"}, None, CreatePackInput(ref="core", label="x", version="1.0.0")],
    ids=lambda wrong: type(wrong).__name__,
)
def test_a_wrong_input_is_refused_by_its_position(twin: Twin, wrong: Any) -> None:
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
        r"^inputs\[1\]: workflow_task_execution with execution=-5 refers to a execution that",
        ("workflow_task_execution", "execution"),
    ),
    (
        "a child with a missing parent",
        lambda twin, run: [
            task(run, 1),
            task(run, 2, execution=CreateExecutionInput(action_ref="x", parent=-6)),
        ],
        errors.ForeignKeyError,
        r"^inputs\[1\]: execution with parent=-6 refers to a execution that does not exist$",
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


def test_an_error_of_a_single_one_names_no_position(twin: Twin) -> None:
    run, child = a_run(twin), CreateExecutionInput(action_ref="x", parent=-6)
    message = r"^execution with parent=-6 refers to"
    with pytest.raises(errors.ForeignKeyError, match=message), twin.savepoint():
        twin.repositories.workflow_task_executions.create(task(run, 0, execution=child))


def test_an_error_about_no_row_that_is_known(twin: Twin) -> None:
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

"""Call every generated function with valid arguments, on rows that each of them finds."""

import importlib
import inspect
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, get_args, get_type_hints

import psycopg
from attune_queries.enums import ExecutionStatus
from attune_queries.manifest import QUERIES, Query
from pydantic import BaseModel, TypeAdapter

from attune_store import Repositories
from attune_store import testing as factories

STATEMENTS: Final = [query for query in QUERIES if query.module != "check"]

World = Mapping[str, Any]

_LONG: Final = "x" * 400
_LATE: Final = datetime(2100, 1, 1, tzinfo=UTC)

# The arguments for parameters with these names. Others follow from their annotations.
_JSON: Final[dict[str, Any]] = {"a": [1, None]}
_TAGS: Final = ["tag"]
_ALIKE: Final[tuple[tuple[str, Any], ...]] = (
    ("label description name reason pause_reason entrypoint error_message idempotency_key", _LONG),
    ("conf_schema config meta distributions definition param_schema out_schema task_graph", _JSON),
    ("variables result error installation", _JSON),
    ("tags runtime_deps names current completed failed skipped", _TAGS),
    ("current_tasks completed_tasks failed_tasks skipped_tasks", _TAGS),
    ("is_standard enabled", True),
    ("timed_out paused", False),
    ("after after_id after_index after_name after_time after_finished_at attempt among", None),
    ("run_at parent action next_retry_at started_at completed_at now delay", None),
    ("retry_count max_retries task_batch", 40_000),
    ("task_index timeout_seconds lease_ms", 100_000),
    ("attempts results errors retry_delays", [None]),
)
_VALUES: Final[dict[str, Any]] = {
    **{name: value for names, value in _ALIKE for name in names.split()},
    "task_names": ["task"],
    "priority": 30_000,
    "duration_ms": 2**40,
    "max_losses": 3,
    "limit": 100,
    "at": _LATE,
    "retry_delay": timedelta(hours=1),
    "finished_before": _LATE,
    "version": "1.0.0-" + "x" * 200,
    "tag": "tag",
    "text": "label",
    "task_name": "task",
    "status": ExecutionStatus.REQUESTED,
    "statuses": [ExecutionStatus.COMPLETED],
    "expected": [ExecutionStatus.REQUESTED],
    "to": ExecutionStatus.SCHEDULING,
}


_OWN: Final[dict[tuple[str, str], Any]] = {
    ("pack", "id"): lambda world: world["pack"],
    ("pack", "ref"): lambda world: world["refs"]["pack"],
    ("runtime", "id"): lambda world: world["runtime"],
    ("runtime", "ref"): lambda world: world["refs"]["runtime"],
    ("action", "id"): lambda world: world["action"],
    ("action", "ref"): lambda world: world["refs"]["action"],
    ("worker", "id"): lambda world: world["worker"],
    ("workflow_definition", "id"): lambda world: world["workflow_def"],
    ("workflow_definition", "ref"): lambda world: world["refs"]["workflow_definition"],
    ("execution", "id"): lambda world: world["free"][0],
    ("execution", "ids"): lambda world: world["free"][:2],
    ("workflow_execution", "id"): lambda world: world["workflow_execution"],
    ("workflow_task_execution", "id"): lambda world: world["tasks"]["running"],
    ("workflow_task_execution", "ids"): lambda world: [world["tasks"]["running"]],
    ("get_workflow_execution_by_execution", "execution"): lambda world: world["parent"],
    ("get_workflow_execution_summary", "id"): lambda world: world["workflow_execution"],
    ("get_workflow_task_execution_by_execution", "execution"): lambda world: world[
        "task_execution"
    ],
    ("list_workflow_task_executions_by_task_name", "after_index"): lambda _: -1,
    ("delete_pack", "id"): lambda world: world["spare"],
    ("delete_workflow_definition", "id"): lambda world: world["spare_flow"],
    ("create_pack", "ref"): lambda _: f"another-{'x' * 300}",
    ("create_runtime", "ref"): lambda _: "another.runtime",
    ("create_action", "ref"): lambda _: "another.action",
    ("create_action", "workflow_def"): lambda _: None,
    ("create_workflow_definition", "ref"): lambda _: "another.flow",
    ("create_workflow_execution", "execution"): lambda world: world["free"][3],
    ("create_workflow_execution_if_absent", "execution"): lambda world: world["free"][3],
    ("create_workflow_task_execution", "execution"): lambda world: world["free"][3],
    ("create_workflow_task_executions", "execution"): lambda world: world["free"][3],
    ("create_workflow_task_executions", "child_action_ref"): lambda _: None,
    ("get_execution_by_idempotency_key", "idempotency_key"): lambda _: "key",
    ("start_workflow_task_execution", "id"): lambda world: world["tasks"]["requested"],
    ("list_task_writers", "among"): lambda _: None,
    ("execution", "action_refs"): lambda _: ["core.noop"],
    ("execution", "action_ref"): lambda _: "core.noop",
}


def make_world(conn: psycopg.Connection[Any]) -> World:
    """Create rows in each table, in the states that the statements look for."""
    repos = Repositories(conn)
    pack = factories.make_pack(
        repos, ref="judged", label="label", description="d", tags=["tag"], is_standard=True
    )
    spare = factories.make_pack(repos, description="d")
    spare_flow = factories.make_workflow_definition(repos, pack=spare)
    runtime = factories.make_runtime(repos, pack=pack, ref="judged.runtime", description="d")
    definition = factories.make_workflow_definition(repos, pack=pack, tags=["tag"], label="label")
    action = factories.make_action(
        repos, pack=pack, runtime=runtime.id, workflow_def=definition.id, label="label"
    )
    worker = repos.workers.register("judge", lease=timedelta(hours=1))
    parent = factories.make_execution(repos, action_ref="core.noop", idempotency_key="key")
    child = factories.make_execution(repos, action_ref="core.noop", parent=parent.id)
    free = [factories.make_execution(repos).id for _ in range(4)]
    workflow = factories.make_workflow_execution(
        repos,
        workflow_def=definition.id,
        execution=parent.id,
        current_tasks=["tag"],
        skipped_tasks=["task"],
    )
    tasks, task_execution = dict[str, int](), 0
    for number, state in enumerate(("requested", "running", "failed")):
        task = factories.make_workflow_task_execution(
            repos,
            workflow_execution=workflow.id,
            task_name="task",
            task_index=number,
            max_retries=3,
            timeout_seconds=1,
        )
        tasks[state], task_execution = task.id, task.execution
        if state != "requested":
            repos.workflow_task_executions.start(task.id)
        if state == "failed":
            repos.workflow_task_executions.fail(task.id, error={"a": 1})
    return {
        "pack": pack.id,
        "pack_ref": pack.ref,
        "runtime": runtime.id,
        "action": action.id,
        "workflow_def": definition.id,
        "workflow_execution": workflow.id,
        "worker": worker.id,
        "parent": parent.id,
        "execution": child.id,
        "free": free,
        "spare": spare.id,
        "spare_flow": spare_flow.id,
        "tasks": tasks,
        "task_execution": task_execution,
        "refs": {
            "pack": pack.ref,
            "runtime": runtime.ref,
            "action": action.ref,
            "workflow_definition": definition.ref,
        },
    }


def calls(world: World, *, sparse: bool) -> Iterator[tuple[Query, dict[str, Any]]]:
    """Return each statement with arguments. Sparse ones are None wherever the annotation allows it."""
    for query in STATEMENTS:
        hints = get_type_hints(function(query))
        yield (
            query,
            {
                name: _argument(query, name, hints[name], world, sparse=sparse)
                for name in inspect.signature(function(query)).parameters
                if name != "conn"
            },
        )


def function(query: Query) -> Any:
    """Return the generated function of a query."""
    return getattr(importlib.import_module(f"attune_queries.{query.module}"), query.function)


def call(conn: psycopg.Connection[Any], query: Query, arguments: Mapping[str, Any]) -> str | None:
    """Call the function. Return the problem if it fails, or returns a value that its annotation does not allow."""
    made = function(query)
    try:
        with conn.transaction(force_rollback=True):
            returned = made(conn, **arguments)
            conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
            _check(returned, get_type_hints(made)["return"])
    except Exception as exc:
        return f"{type(exc).__name__}: {str(exc).splitlines()[0]}"
    return None


def _check(value: Any, annotation: Any) -> None:
    """Raise an error if a value has another type. Models of rows are not validated."""
    if isinstance(value, list):
        for one in value:
            _check(one, (get_args(annotation) or (Any,))[0])
    elif isinstance(value, BaseModel):
        type(value).model_validate(dict(value), strict=True)
    elif annotation is not Any:
        TypeAdapter(annotation).validate_python(value, strict=True)


def _argument(query: Query, name: str, hint: Any, world: World, *, sparse: bool) -> Any:
    own = _OWN.get((query.function, name), _OWN.get((query.module, name)))
    if own is not None:
        value = own(world)
    elif name in world:
        value = world[name]
    elif (sparse and type(None) in get_args(hint)) or name.startswith("child_"):
        value = None
    else:
        value = _VALUES[name] if name in _VALUES else _of_type(hint)
    return [value] if _is_array(hint) and not isinstance(value, list) else value


def _is_array(hint: Any) -> bool:
    return str(hint).startswith("list[")


def _of_type(hint: Any) -> Any:
    """Return a value for a parameter that no list has."""
    if type(None) in get_args(hint):
        return None
    simple = {int: 1, str: "x", bool: False, datetime: _LATE, timedelta: timedelta(hours=1)}
    return simple.get(hint, [] if _is_array(hint) else {})

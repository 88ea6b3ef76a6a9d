"""Each statement of a function is an error for both type checkers. test_typing.py checks that."""

import psycopg
from attune_queries import pack as generated

from attune_store import (
    CreatePackInput,
    ExecutionStatus,
    Repositories,
    UpdatePackInput,
    UpdateWorkflowTaskExecutionInput,
    testing,
)


def inputs() -> None:
    UpdatePackInput(label=None)
    UpdatePackInput(ref="core")
    UpdateWorkflowTaskExecutionInput(status=None)
    CreatePackInput(ref="core", label="Core")
    CreatePackInput(ref="core", label="Core", version="1.0.0", tags=None)


def repositories(repos: Repositories) -> None:
    repos.packs.get_by_id("1")
    repos.packs.find_by_id(id=1)
    repos.packs.list("core")
    repos.packs.update(1, UpdateWorkflowTaskExecutionInput(result=None))
    repos.packs.update(1, {"label": "Core"})
    repos.packs.update(id=1, input=UpdatePackInput(label="Core"))
    repos.packs.create(UpdatePackInput(label="Core"))
    repos.workflow_executions.transition(1, expected=ExecutionStatus.FAILED)
    repos.workflow_task_executions.fail(1)
    repos.packs.get_by_ref("core").label = "changed"


def functions(conn: psycopg.Connection) -> None:
    generated.get_pack(conn, 1)
    generated.get_pack(conn, id=None)
    generated.list_packs(conn, limit=10)


def factories(tx: Repositories) -> None:
    testing.make_pack(tx, label=1)
    testing.make_pack(tx, lable="Core")
    testing.make_action(tx, pack=1)

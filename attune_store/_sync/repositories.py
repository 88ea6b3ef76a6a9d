"""The repositories of one connection."""

from typing import Any

from psycopg import Connection

from attune_store._sync.action import ActionRepository
from attune_store._sync.block import Block
from attune_store._sync.execution import ExecutionRepository
from attune_store._sync.pack import PackRepository
from attune_store._sync.runtime import RuntimeRepository
from attune_store._sync.worker import WorkerRepository
from attune_store._sync.workflow_definition import WorkflowDefinitionRepository
from attune_store._sync.workflow_execution import WorkflowExecutionRepository
from attune_store._sync.workflow_task_execution import WorkflowTaskExecutionRepository


class Repositories:
    """All repositories on one connection, which stays the caller's: nothing here commits."""

    def __init__(self, conn: Connection[Any], /, *, _block: Block | None = None) -> None:
        self.connection = conn
        self.packs = PackRepository(conn, _block=_block)
        self.runtimes = RuntimeRepository(conn, _block=_block)
        self.actions = ActionRepository(conn, _block=_block)
        self.workers = WorkerRepository(conn, _block=_block)
        self.executions = ExecutionRepository(conn, _block=_block)
        self.workflow_definitions = WorkflowDefinitionRepository(conn, _block=_block)
        self.workflow_executions = WorkflowExecutionRepository(conn, _block=_block)
        self.workflow_task_executions = WorkflowTaskExecutionRepository(conn, _block=_block)

"""The repositories of one connection."""

from typing import Any

from psycopg import Connection

from attune_store._sync.action import ActionRepository
from attune_store._sync.execution import ExecutionRepository
from attune_store._sync.pack import PackRepository
from attune_store._sync.runtime import RuntimeRepository
from attune_store._sync.workflow_definition import WorkflowDefinitionRepository
from attune_store._sync.workflow_execution import WorkflowExecutionRepository
from attune_store._sync.workflow_task_execution import WorkflowTaskExecutionRepository


class Repositories:
    """All repositories on one connection, which stays the caller's: nothing here commits."""

    def __init__(self, conn: Connection[Any], /) -> None:
        self.connection = conn
        self.packs = PackRepository(conn)
        self.runtimes = RuntimeRepository(conn)
        self.actions = ActionRepository(conn)
        self.executions = ExecutionRepository(conn)
        self.workflow_definitions = WorkflowDefinitionRepository(conn)
        self.workflow_executions = WorkflowExecutionRepository(conn)
        self.workflow_task_executions = WorkflowTaskExecutionRepository(conn)

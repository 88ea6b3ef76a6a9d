"""The repositories of one connection."""

from typing import Any

from psycopg import AsyncConnection

from attune_store._async.action import AsyncActionRepository
from attune_store._async.execution import AsyncExecutionRepository
from attune_store._async.pack import AsyncPackRepository
from attune_store._async.runtime import AsyncRuntimeRepository
from attune_store._async.workflow_definition import AsyncWorkflowDefinitionRepository
from attune_store._async.workflow_execution import AsyncWorkflowExecutionRepository
from attune_store._async.workflow_task_execution import AsyncWorkflowTaskExecutionRepository


class AsyncRepositories:
    """All repositories on one connection, which stays the caller's: nothing here commits."""

    def __init__(self, conn: AsyncConnection[Any], /) -> None:
        self.connection = conn
        self.packs = AsyncPackRepository(conn)
        self.runtimes = AsyncRuntimeRepository(conn)
        self.actions = AsyncActionRepository(conn)
        self.executions = AsyncExecutionRepository(conn)
        self.workflow_definitions = AsyncWorkflowDefinitionRepository(conn)
        self.workflow_executions = AsyncWorkflowExecutionRepository(conn)
        self.workflow_task_executions = AsyncWorkflowTaskExecutionRepository(conn)

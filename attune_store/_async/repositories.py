"""The repositories of one connection."""

from typing import Any

from psycopg import AsyncConnection

from attune_store._async.action import AsyncActionRepository
from attune_store._async.block import AsyncBlock
from attune_store._async.execution import AsyncExecutionRepository
from attune_store._async.pack import AsyncPackRepository
from attune_store._async.runtime import AsyncRuntimeRepository
from attune_store._async.worker import AsyncWorkerRepository
from attune_store._async.workflow_definition import AsyncWorkflowDefinitionRepository
from attune_store._async.workflow_execution import AsyncWorkflowExecutionRepository
from attune_store._async.workflow_task_execution import AsyncWorkflowTaskExecutionRepository


class AsyncRepositories:
    """All repositories on one connection, which stays the caller's: nothing here commits."""

    def __init__(self, conn: AsyncConnection[Any], /, *, _block: AsyncBlock | None = None) -> None:
        self.connection = conn
        self.packs = AsyncPackRepository(conn, _block=_block)
        self.runtimes = AsyncRuntimeRepository(conn, _block=_block)
        self.actions = AsyncActionRepository(conn, _block=_block)
        self.workers = AsyncWorkerRepository(conn, _block=_block)
        self.executions = AsyncExecutionRepository(conn, _block=_block)
        self.workflow_definitions = AsyncWorkflowDefinitionRepository(conn, _block=_block)
        self.workflow_executions = AsyncWorkflowExecutionRepository(conn, _block=_block)
        self.workflow_task_executions = AsyncWorkflowTaskExecutionRepository(conn, _block=_block)

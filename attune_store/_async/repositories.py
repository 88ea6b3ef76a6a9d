"""The repositories of one connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

if TYPE_CHECKING:
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
    """All repositories on one connection of the caller. No method commits.

    Each is made, and its code imported, when it is first used.
    """

    def __init__(self, conn: AsyncConnection[Any], /, *, _block: AsyncBlock | None = None) -> None:
        self.connection = conn
        self._block = _block

    @cached_property
    def packs(self) -> AsyncPackRepository:
        """The repository of packs."""
        from attune_store._async.pack import AsyncPackRepository

        return AsyncPackRepository(self.connection, _block=self._block)

    @cached_property
    def runtimes(self) -> AsyncRuntimeRepository:
        """The repository of runtimes."""
        from attune_store._async.runtime import AsyncRuntimeRepository

        return AsyncRuntimeRepository(self.connection, _block=self._block)

    @cached_property
    def actions(self) -> AsyncActionRepository:
        """The repository of actions."""
        from attune_store._async.action import AsyncActionRepository

        return AsyncActionRepository(self.connection, _block=self._block)

    @cached_property
    def workers(self) -> AsyncWorkerRepository:
        """The repository of workers."""
        from attune_store._async.worker import AsyncWorkerRepository

        return AsyncWorkerRepository(self.connection, _block=self._block)

    @cached_property
    def executions(self) -> AsyncExecutionRepository:
        """The repository of executions."""
        from attune_store._async.execution import AsyncExecutionRepository

        return AsyncExecutionRepository(self.connection, _block=self._block)

    @cached_property
    def workflow_definitions(self) -> AsyncWorkflowDefinitionRepository:
        """The repository of workflow definitions."""
        from attune_store._async.workflow_definition import AsyncWorkflowDefinitionRepository

        return AsyncWorkflowDefinitionRepository(self.connection, _block=self._block)

    @cached_property
    def workflow_executions(self) -> AsyncWorkflowExecutionRepository:
        """The repository of workflow executions."""
        from attune_store._async.workflow_execution import AsyncWorkflowExecutionRepository

        return AsyncWorkflowExecutionRepository(self.connection, _block=self._block)

    @cached_property
    def workflow_task_executions(self) -> AsyncWorkflowTaskExecutionRepository:
        """The repository of workflow task executions."""
        from attune_store._async.workflow_task_execution import AsyncWorkflowTaskExecutionRepository

        return AsyncWorkflowTaskExecutionRepository(self.connection, _block=self._block)

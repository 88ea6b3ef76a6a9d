"""The repositories of one connection."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from psycopg import Connection

if TYPE_CHECKING:
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
    """All repositories on one connection of the caller. No method commits.

    Each is made, and its code imported, when it is first used.
    """

    def __init__(self, conn: Connection[Any], /, *, _block: Block | None = None) -> None:
        self.connection = conn
        self._block = _block

    @cached_property
    def packs(self) -> PackRepository:
        """The repository of packs."""
        from attune_store._sync.pack import PackRepository

        return PackRepository(self.connection, _block=self._block)

    @cached_property
    def runtimes(self) -> RuntimeRepository:
        """The repository of runtimes."""
        from attune_store._sync.runtime import RuntimeRepository

        return RuntimeRepository(self.connection, _block=self._block)

    @cached_property
    def actions(self) -> ActionRepository:
        """The repository of actions."""
        from attune_store._sync.action import ActionRepository

        return ActionRepository(self.connection, _block=self._block)

    @cached_property
    def workers(self) -> WorkerRepository:
        """The repository of workers."""
        from attune_store._sync.worker import WorkerRepository

        return WorkerRepository(self.connection, _block=self._block)

    @cached_property
    def executions(self) -> ExecutionRepository:
        """The repository of executions."""
        from attune_store._sync.execution import ExecutionRepository

        return ExecutionRepository(self.connection, _block=self._block)

    @cached_property
    def workflow_definitions(self) -> WorkflowDefinitionRepository:
        """The repository of workflow definitions."""
        from attune_store._sync.workflow_definition import WorkflowDefinitionRepository

        return WorkflowDefinitionRepository(self.connection, _block=self._block)

    @cached_property
    def workflow_executions(self) -> WorkflowExecutionRepository:
        """The repository of workflow executions."""
        from attune_store._sync.workflow_execution import WorkflowExecutionRepository

        return WorkflowExecutionRepository(self.connection, _block=self._block)

    @cached_property
    def workflow_task_executions(self) -> WorkflowTaskExecutionRepository:
        """The repository of workflow task executions."""
        from attune_store._sync.workflow_task_execution import WorkflowTaskExecutionRepository

        return WorkflowTaskExecutionRepository(self.connection, _block=self._block)

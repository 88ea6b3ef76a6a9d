"""The repositories of one connection."""

from __future__ import annotations

from functools import cache
from importlib import import_module
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

_KINDS = {
    "packs": ("pack", "AsyncPackRepository"),
    "runtimes": ("runtime", "AsyncRuntimeRepository"),
    "actions": ("action", "AsyncActionRepository"),
    "workers": ("worker", "AsyncWorkerRepository"),
    "executions": ("execution", "AsyncExecutionRepository"),
    "workflow_definitions": ("workflow_definition", "AsyncWorkflowDefinitionRepository"),
    "workflow_executions": ("workflow_execution", "AsyncWorkflowExecutionRepository"),
    "workflow_task_executions": ("workflow_task_execution", "AsyncWorkflowTaskExecutionRepository"),
}


class AsyncRepositories:
    """All repositories on one connection of the caller. No method commits.

    Each is made, and its code imported, when it is first used.
    """

    packs: AsyncPackRepository
    """The repository of packs."""
    runtimes: AsyncRuntimeRepository
    """The repository of runtimes."""
    actions: AsyncActionRepository
    """The repository of actions."""
    workers: AsyncWorkerRepository
    """The repository of workers."""
    executions: AsyncExecutionRepository
    """The repository of executions."""
    workflow_definitions: AsyncWorkflowDefinitionRepository
    """The repository of workflow definitions."""
    workflow_executions: AsyncWorkflowExecutionRepository
    """The repository of workflow executions."""
    workflow_task_executions: AsyncWorkflowTaskExecutionRepository
    """The repository of workflow task executions."""

    def __init__(self, conn: AsyncConnection[Any], /, *, _block: AsyncBlock | None = None) -> None:
        self.connection = conn
        self._block = _block

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name not in _KINDS:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            made = _kind(name)(self.connection, _block=self._block)
            setattr(self, name, made)
            return made


@cache
def _kind(name: str) -> Any:
    """Load the class of a repository."""
    module, kind = _KINDS[name]
    return getattr(import_module(f"{__package__}.{module}"), kind)

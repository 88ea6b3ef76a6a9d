"""The repositories of one connection."""

from __future__ import annotations

from functools import cache
from importlib import import_module
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

_KINDS = {
    "packs": ("pack", "PackRepository"),
    "runtimes": ("runtime", "RuntimeRepository"),
    "actions": ("action", "ActionRepository"),
    "workers": ("worker", "WorkerRepository"),
    "executions": ("execution", "ExecutionRepository"),
    "workflow_definitions": ("workflow_definition", "WorkflowDefinitionRepository"),
    "workflow_executions": ("workflow_execution", "WorkflowExecutionRepository"),
    "workflow_task_executions": ("workflow_task_execution", "WorkflowTaskExecutionRepository"),
}


class Repositories:
    """All repositories on one connection of the caller. No method commits.

    Each is made, and its code imported, when it is first used.
    """

    packs: PackRepository
    """The repository of packs."""
    runtimes: RuntimeRepository
    """The repository of runtimes."""
    actions: ActionRepository
    """The repository of actions."""
    workers: WorkerRepository
    """The repository of workers."""
    executions: ExecutionRepository
    """The repository of executions."""
    workflow_definitions: WorkflowDefinitionRepository
    """The repository of workflow definitions."""
    workflow_executions: WorkflowExecutionRepository
    """The repository of workflow executions."""
    workflow_task_executions: WorkflowTaskExecutionRepository
    """The repository of workflow task executions."""

    def __init__(self, conn: Connection[Any], /, *, _block: Block | None = None) -> None:
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

"""The generated functions of this side."""

from attune_queries.aio import (
    action,
    execution,
    pack,
    runtime,
    worker,
    workflow_definition,
    workflow_execution,
    workflow_task_execution,
)

__all__ = [
    "action",
    "execution",
    "pack",
    "runtime",
    "worker",
    "workflow_definition",
    "workflow_execution",
    "workflow_task_execution",
]

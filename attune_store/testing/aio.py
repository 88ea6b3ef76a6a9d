"""The factories of `attune_store.testing` for AsyncRepositories."""

from attune_store._async.factories import (
    make_action,
    make_execution,
    make_pack,
    make_runtime,
    make_worker,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)

__all__ = [
    "make_action",
    "make_execution",
    "make_pack",
    "make_runtime",
    "make_worker",
    "make_workflow_definition",
    "make_workflow_execution",
    "make_workflow_task_execution",
]

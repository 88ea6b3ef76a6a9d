"""Databases and factories of rows, for tests of programs that use `attune_store`. Async ones are in `aio`."""

from attune_store._sync.factories import (
    make_action,
    make_execution,
    make_pack,
    make_runtime,
    make_worker,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)
from attune_store.testing._databases import Databases

__all__ = [
    "Databases",
    "make_action",
    "make_execution",
    "make_pack",
    "make_runtime",
    "make_worker",
    "make_workflow_definition",
    "make_workflow_execution",
    "make_workflow_task_execution",
]

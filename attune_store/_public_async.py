"""The async names that `attune_store` exports; imported when one of them is used."""

from attune_store._async.action import AsyncActionRepository
from attune_store._async.execution import AsyncExecutionRepository
from attune_store._async.lease import AsyncWorkerLease
from attune_store._async.pack import AsyncPackRepository
from attune_store._async.repositories import AsyncRepositories
from attune_store._async.runtime import AsyncRuntimeRepository
from attune_store._async.store import AsyncStore
from attune_store._async.worker import AsyncWorkerRepository
from attune_store._async.workflow_definition import AsyncWorkflowDefinitionRepository
from attune_store._async.workflow_execution import AsyncWorkflowExecutionRepository
from attune_store._async.workflow_task_execution import AsyncWorkflowTaskExecutionRepository

__all__ = [
    "AsyncActionRepository",
    "AsyncExecutionRepository",
    "AsyncPackRepository",
    "AsyncRepositories",
    "AsyncRuntimeRepository",
    "AsyncStore",
    "AsyncWorkerLease",
    "AsyncWorkerRepository",
    "AsyncWorkflowDefinitionRepository",
    "AsyncWorkflowExecutionRepository",
    "AsyncWorkflowTaskExecutionRepository",
]

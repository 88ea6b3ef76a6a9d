# ruff: noqa: I001 (sorted, with one statement per module)
"""The names that `attune_store` exports, and their modules, which are imported at first use."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attune_queries.enums import (
        ExecutionStatus as ExecutionStatus,
        WorkflowTaskStatus as WorkflowTaskStatus,
    )
    from attune_queries.models import (
        Action as Action,
        Execution as Execution,
        Pack as Pack,
        Runtime as Runtime,
        Worker as Worker,
        WorkflowDefinition as WorkflowDefinition,
        WorkflowExecution as WorkflowExecution,
        WorkflowExecutionSummary as WorkflowExecutionSummary,
        WorkflowTaskAttempt as WorkflowTaskAttempt,
        WorkflowTaskDetail as WorkflowTaskDetail,
        WorkflowTaskExecution as WorkflowTaskExecution,
    )
    from pydantic import MISSING as MISSING

    from attune_store._async.action import AsyncActionRepository as AsyncActionRepository
    from attune_store._async.execution import AsyncExecutionRepository as AsyncExecutionRepository
    from attune_store._async.lease import AsyncWorkerLease as AsyncWorkerLease
    from attune_store._async.pack import AsyncPackRepository as AsyncPackRepository
    from attune_store._async.repositories import AsyncRepositories as AsyncRepositories
    from attune_store._async.runtime import AsyncRuntimeRepository as AsyncRuntimeRepository
    from attune_store._async.store import AsyncStore as AsyncStore
    from attune_store._async.worker import AsyncWorkerRepository as AsyncWorkerRepository
    from attune_store._async.workflow_definition import (
        AsyncWorkflowDefinitionRepository as AsyncWorkflowDefinitionRepository,
    )
    from attune_store._async.workflow_execution import (
        AsyncWorkflowExecutionRepository as AsyncWorkflowExecutionRepository,
    )
    from attune_store._async.workflow_task_execution import (
        AsyncWorkflowTaskExecutionRepository as AsyncWorkflowTaskExecutionRepository,
    )
    from attune_store._sync.action import ActionRepository as ActionRepository
    from attune_store._sync.execution import ExecutionRepository as ExecutionRepository
    from attune_store._sync.lease import WorkerLease as WorkerLease
    from attune_store._sync.pack import PackRepository as PackRepository
    from attune_store._sync.repositories import Repositories as Repositories
    from attune_store._sync.runtime import RuntimeRepository as RuntimeRepository
    from attune_store._sync.store import Store as Store
    from attune_store._sync.worker import WorkerRepository as WorkerRepository
    from attune_store._sync.workflow_definition import (
        WorkflowDefinitionRepository as WorkflowDefinitionRepository,
    )
    from attune_store._sync.workflow_execution import (
        WorkflowExecutionRepository as WorkflowExecutionRepository,
    )
    from attune_store._sync.workflow_task_execution import (
        WorkflowTaskExecutionRepository as WorkflowTaskExecutionRepository,
    )
    from attune_store._tracing import (
        QueryEvent as QueryEvent,
        log_slow_queries as log_slow_queries,
    )
    from attune_store._wakeups import Wakeup as Wakeup
    from attune_store._workflow import (
        BulkOutcome as BulkOutcome,
        CreateOrGet as CreateOrGet,
        CreateOrGetExecution as CreateOrGetExecution,
        StatusCount as StatusCount,
        TaskFailure as TaskFailure,
        TaskList as TaskList,
        TaskResult as TaskResult,
    )
    from attune_store.inputs import (
        CreateActionInput as CreateActionInput,
        CreateExecutionInput as CreateExecutionInput,
        CreatePackInput as CreatePackInput,
        CreateRuntimeInput as CreateRuntimeInput,
        CreateWorkflowDefinitionInput as CreateWorkflowDefinitionInput,
        CreateWorkflowExecutionInput as CreateWorkflowExecutionInput,
        CreateWorkflowTaskExecutionInput as CreateWorkflowTaskExecutionInput,
        UpdateActionInput as UpdateActionInput,
        UpdateExecutionInput as UpdateExecutionInput,
        UpdatePackInput as UpdatePackInput,
        UpdateRuntimeInput as UpdateRuntimeInput,
        UpdateWorkflowDefinitionInput as UpdateWorkflowDefinitionInput,
        UpdateWorkflowExecutionInput as UpdateWorkflowExecutionInput,
        UpdateWorkflowTaskExecutionInput as UpdateWorkflowTaskExecutionInput,
    )

HOMES: Final = {
    **dict.fromkeys(("ExecutionStatus", "WorkflowTaskStatus"), "attune_queries.enums"),
    **dict.fromkeys(
        (
            "Action",
            "Execution",
            "Pack",
            "Runtime",
            "Worker",
            "WorkflowDefinition",
            "WorkflowExecution",
            "WorkflowExecutionSummary",
            "WorkflowTaskAttempt",
            "WorkflowTaskDetail",
            "WorkflowTaskExecution",
        ),
        "attune_queries.models",
    ),
    "MISSING": "pydantic",
    "AsyncActionRepository": "attune_store._async.action",
    "AsyncExecutionRepository": "attune_store._async.execution",
    "AsyncWorkerLease": "attune_store._async.lease",
    "AsyncPackRepository": "attune_store._async.pack",
    "AsyncRepositories": "attune_store._async.repositories",
    "AsyncRuntimeRepository": "attune_store._async.runtime",
    "AsyncStore": "attune_store._async.store",
    "AsyncWorkerRepository": "attune_store._async.worker",
    "AsyncWorkflowDefinitionRepository": "attune_store._async.workflow_definition",
    "AsyncWorkflowExecutionRepository": "attune_store._async.workflow_execution",
    "AsyncWorkflowTaskExecutionRepository": "attune_store._async.workflow_task_execution",
    "ActionRepository": "attune_store._sync.action",
    "ExecutionRepository": "attune_store._sync.execution",
    "WorkerLease": "attune_store._sync.lease",
    "PackRepository": "attune_store._sync.pack",
    "Repositories": "attune_store._sync.repositories",
    "RuntimeRepository": "attune_store._sync.runtime",
    "Store": "attune_store._sync.store",
    "WorkerRepository": "attune_store._sync.worker",
    "WorkflowDefinitionRepository": "attune_store._sync.workflow_definition",
    "WorkflowExecutionRepository": "attune_store._sync.workflow_execution",
    "WorkflowTaskExecutionRepository": "attune_store._sync.workflow_task_execution",
    **dict.fromkeys(("QueryEvent", "log_slow_queries"), "attune_store._tracing"),
    "Wakeup": "attune_store._wakeups",
    **dict.fromkeys(
        (
            "BulkOutcome",
            "CreateOrGet",
            "CreateOrGetExecution",
            "StatusCount",
            "TaskFailure",
            "TaskList",
            "TaskResult",
        ),
        "attune_store._workflow",
    ),
    **dict.fromkeys(
        (
            "CreateActionInput",
            "CreateExecutionInput",
            "CreatePackInput",
            "CreateRuntimeInput",
            "CreateWorkflowDefinitionInput",
            "CreateWorkflowExecutionInput",
            "CreateWorkflowTaskExecutionInput",
            "UpdateActionInput",
            "UpdateExecutionInput",
            "UpdatePackInput",
            "UpdateRuntimeInput",
            "UpdateWorkflowDefinitionInput",
            "UpdateWorkflowExecutionInput",
            "UpdateWorkflowTaskExecutionInput",
        ),
        "attune_store.inputs",
    ),
}

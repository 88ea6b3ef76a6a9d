"""What `attune_store` exports, but for the async names; imported when one of them is used."""

from attune_queries.enums import ExecutionStatus, WorkflowTaskStatus
from attune_queries.models import (
    Action,
    Execution,
    Pack,
    Runtime,
    Worker,
    WorkflowDefinition,
    WorkflowExecution,
    WorkflowExecutionSummary,
    WorkflowTaskAttempt,
    WorkflowTaskDetail,
    WorkflowTaskExecution,
)
from pydantic import MISSING

from attune_store import errors
from attune_store._sync.action import ActionRepository
from attune_store._sync.execution import ExecutionRepository
from attune_store._sync.lease import WorkerLease
from attune_store._sync.pack import PackRepository
from attune_store._sync.repositories import Repositories
from attune_store._sync.runtime import RuntimeRepository
from attune_store._sync.store import Store
from attune_store._sync.worker import WorkerRepository
from attune_store._sync.workflow_definition import WorkflowDefinitionRepository
from attune_store._sync.workflow_execution import WorkflowExecutionRepository
from attune_store._sync.workflow_task_execution import WorkflowTaskExecutionRepository
from attune_store._tracing import QueryEvent, log_slow_queries
from attune_store._wakeups import Wakeup
from attune_store._workflow import (
    BulkOutcome,
    CreateOrGet,
    CreateOrGetExecution,
    StatusCount,
    TaskFailure,
    TaskList,
    TaskResult,
)
from attune_store.inputs import (
    CreateActionInput,
    CreateExecutionInput,
    CreatePackInput,
    CreateRuntimeInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    UpdateActionInput,
    UpdateExecutionInput,
    UpdatePackInput,
    UpdateRuntimeInput,
    UpdateWorkflowDefinitionInput,
    UpdateWorkflowExecutionInput,
    UpdateWorkflowTaskExecutionInput,
)

__all__ = [
    "MISSING",
    "Action",
    "ActionRepository",
    "BulkOutcome",
    "CreateActionInput",
    "CreateExecutionInput",
    "CreateOrGet",
    "CreateOrGetExecution",
    "CreatePackInput",
    "CreateRuntimeInput",
    "CreateWorkflowDefinitionInput",
    "CreateWorkflowExecutionInput",
    "CreateWorkflowTaskExecutionInput",
    "Execution",
    "ExecutionRepository",
    "ExecutionStatus",
    "Pack",
    "PackRepository",
    "QueryEvent",
    "Repositories",
    "Runtime",
    "RuntimeRepository",
    "StatusCount",
    "Store",
    "TaskFailure",
    "TaskList",
    "TaskResult",
    "UpdateActionInput",
    "UpdateExecutionInput",
    "UpdatePackInput",
    "UpdateRuntimeInput",
    "UpdateWorkflowDefinitionInput",
    "UpdateWorkflowExecutionInput",
    "UpdateWorkflowTaskExecutionInput",
    "Wakeup",
    "Worker",
    "WorkerLease",
    "WorkerRepository",
    "WorkflowDefinition",
    "WorkflowDefinitionRepository",
    "WorkflowExecution",
    "WorkflowExecutionRepository",
    "WorkflowExecutionSummary",
    "WorkflowTaskAttempt",
    "WorkflowTaskDetail",
    "WorkflowTaskExecution",
    "WorkflowTaskExecutionRepository",
    "WorkflowTaskStatus",
    "errors",
    "log_slow_queries",
]

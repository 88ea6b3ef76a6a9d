"""Parameters with which each query finds or changes a few rows of volume.sql.

They are listed by the names of query and parameter.
"""

from typing import Final

from attune_queries.manifest import Query

Values = dict[str, str | None]

LIMIT: Final = 10

# Values that few rows have. Other parameters are NULL.
_COMMON: Final[Values] = {
    "id": "4321",
    "ids": "{4321,77}",
    "pack": "77",
    "pack_ref": "pack77",
    "runtime": "77",
    "workflow_def": "4321",
    "parent": "555",
    "execution": "9000",
    "workflow_execution": "777",
    "task_name": "task",
    "ref": "pack5.flow19",
    "tag": "tag77",
    "tags": "{tag77}",
    "status": "requested",
    "to": "running",
    "expected": "{requested}",
    "limit": str(LIMIT),
    "variables": "{}",
    "name": "host",
    "lease_ms": "30000",
    "worker": "77",
    "task_names": "{task,item}",
    "action_refs": "{pack1.action}",
    "max_losses": "3",
    **dict.fromkeys(("current", "completed", "failed", "skipped", "names"), "{a}"),
}
_NEW: Final[Values] = {
    **dict.fromkeys(("label", "description", "name", "entrypoint"), "new"),
    "version": "1.0.0",
    **dict.fromkeys(("definition", "conf_schema", "config", "meta", "distributions"), "{}"),
    **dict.fromkeys(("installation", "task_graph", "tags", "runtime_deps"), "{}"),
    **dict.fromkeys(("current_tasks", "completed_tasks", "failed_tasks", "skipped_tasks"), "{}"),
    **dict.fromkeys(("is_standard", "is_adhoc", "enabled", "paused", "timed_out"), "false"),
    **dict.fromkeys(("priority", "retry_count", "max_retries"), "0"),
    "ref": "pack5.new",
    "action_ref": "pack1.action",
    "execution": "30000",
    "conf": "{}",
    "idempotency_key": "new",
}
_NEW_TASK: Final[Values] = {
    **_NEW,
    "workflow_execution": "20000",
    "execution": "60000",
    "task_index": "1000000",
}
# The workflow with 100,000 finished items, and items of it that have not ended.
ITEMS: Final[Values] = {"workflow_execution": "20000", "task_name": "item", "after_name": "item"}
_RUNNING, _REQUESTED, _RETRYABLE = "109999", "109998", "109997"
_OTHERS: Final[dict[str, Values]] = {
    "GetActionByRef": {"ref": "pack5.action19"},
    "GetActionByWorkflowDef": {"workflow_def": "4320"},
    "SearchActions": {"text": "e4da3b7fbb"},
    "CreateAction": _NEW,
    "GetPackByRef": {"ref": "pack5"},
    "CreatePack": {**_NEW, "ref": "new"},
    "GetRuntimeByRef": {"ref": "core.runtime5"},
    "CreateRuntime": _NEW,
    "GetWorker": {"id": "77"},
    "HeartbeatWorker": {"id": "77"},
    "RetireWorker": {"id": "77"},
    "SearchWorkflowDefinitions": {"tags": "{}", "text": "Flow"},
    "CreateWorkflowDefinition": _NEW,
    "DeleteWorkflowDefinition": {"id": "4322"},
    "CreateExecution": _NEW,
    "CreateExecutions": _NEW,
    "CreateExecutionIds": _NEW,
    "CreateExecutionIfAbsent": _NEW,
    "GetExecutionByIdempotencyKey": {"idempotency_key": "key78"},
    "ClaimExecution": {"id": "5000"},
    "TransitionExecution": {"id": "5000"},
    "TransitionExecutions": {"ids": "{5000,6000}"},
    "FinishExecution": {"id": "5000", "to": "completed"},
    "RequeueExecution": {"id": "1900"},
    "CancelExecutionTree": {"execution": "201"},
    "PruneExecutions": {"statuses": "{completed}", "finished_before": "infinity"},
    "SearchExecutions": {"statuses": "{running}", "worker": None, "workflow_def": None},
    "ListStuckExecutions": {"unchanged_since": "infinity"},
    "CountPrunableExecutions": {"statuses": "{completed}", "finished_before": "infinity"},
    "ListWorkflowExecutionsByStatus": {"status": "running"},
    "CreateWorkflowExecution": _NEW,
    "CreateWorkflowExecutionIfAbsent": _NEW,
    "TransitionWorkflowExecution": {"id": "20000", "expected": "{running}", "to": "canceling"},
    "PauseWorkflowExecution": {"id": "20000"},
    "ResumeWorkflowExecution": {"id": "500"},
    "LockWorkflowExecutionTree": {"execution": "50"},
    "CancelWorkflowExecutionTree": {"execution": "50"},
    "GetWorkflowTaskExecutionByExecution": {"execution": "12000"},
    "ListWorkflowTaskExecutionsByWorkflowExecution": {**ITEMS, "after_index": "5"},
    "ListWorkflowTaskExecutionsByTaskName": {**ITEMS, "after_index": "-1"},
    "ListUnfinishedWorkflowTaskExecutions": {**ITEMS, "after_index": "-1"},
    "ListUnfinishedWorkflowTaskExecutionsByTaskName": {**ITEMS, "after_index": "-1"},
    "ListWorkflowTaskExecutionsByWorker": {"worker": "76"},
    "CountInFlightWorkflowTaskExecutions": ITEMS,
    "ExistsFailedWorkflowTaskExecution": ITEMS,
    "CreateWorkflowTaskExecution": _NEW_TASK,
    "CreateWorkflowTaskExecutions": _NEW_TASK,
    "ClaimNextWorkflowTaskExecutions": ITEMS,
    "TransitionWorkflowTaskExecution": {"id": _REQUESTED, "to": "scheduled"},
    "StartWorkflowTaskExecution": {"id": _REQUESTED},
    "CompleteWorkflowTaskExecution": {"id": _RUNNING},
    "TimeOutWorkflowTaskExecution": {"id": _RUNNING},
    "FailWorkflowTaskExecution": {"id": _RUNNING, "error": "{}"},
    "CompleteWorkflowTaskExecutions": {
        "ids": "{109999,119999}",
        "attempts": "{NULL,NULL}",
        "results": "{NULL,NULL}",
    },
    "FailWorkflowTaskExecutions": {
        "ids": "{109999,119999}",
        "attempts": "{NULL,NULL}",
        "errors": '{"{}","{}"}',
        "retry_delays": "{NULL,NULL}",
    },
    "CancelWorkflowTaskExecution": {"id": _REQUESTED},
    "ScheduleWorkflowTaskExecutionRetry": {"id": _RETRYABLE, "delay": "1 h"},
    "RequeueWorkflowTaskExecution": {"id": _RETRYABLE},
    "CancelWorkflowTaskExecutionTree": {"execution": "50"},
}

NAMES: Final = frozenset(_OTHERS)


def parameters(query: Query) -> list[str]:
    """Return the names of the parameters, in order of their numbers."""
    module = __import__(f"attune_queries.{query.module}", fromlist=["_"])
    names = list(getattr(module, query.function).__annotations__)
    return [name for name in names if name not in ("conn", "return")]


def values(query: Query, **over: str | None) -> list[str | None]:
    """Return a value for each parameter."""
    names = parameters(query)
    assert len(names) == len(query.parameters)
    given = {**_COMMON, **_OTHERS.get(query.name, {}), **over}
    found = [given.get(name) for name in names]
    if query.name in ("CreateExecutions", "CreateExecutionIds", "CreateWorkflowTaskExecutions"):
        return [_of_one(value) for value in found]  # a column is an array
    return found


def _of_one(value: str | None) -> str:
    return "{NULL}" if value is None else '{"' + value + '"}'

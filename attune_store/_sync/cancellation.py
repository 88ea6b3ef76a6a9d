"""Cancel an execution and everything below it, in any workflow."""

from typing import Any

from attune_queries.models import Execution, WorkflowExecution
from psycopg import Connection

from attune_store._sync.queries import execution, workflow_execution, workflow_task_execution


def cancel_tree(
    conn: Connection[Any], execution_id: int
) -> tuple[list[Execution], list[WorkflowExecution]]:
    """Cancel what has not ended in a tree, in one transaction, and return it.

    Tasks are locked before runs, in the same order as by those who complete a task and then write
    to its run. After the runs are locked no task can be added, so the second cancellation of tasks
    is the last.
    """
    with conn.transaction():
        workflow_task_execution.cancel_workflow_task_execution_tree(conn, execution=execution_id)
        workflow_execution.lock_workflow_execution_tree(conn, execution=execution_id)
        runs = workflow_execution.cancel_workflow_execution_tree(conn, execution=execution_id)
        workflow_task_execution.cancel_workflow_task_execution_tree(conn, execution=execution_id)
        return execution.cancel_execution_tree(conn, execution=execution_id), runs

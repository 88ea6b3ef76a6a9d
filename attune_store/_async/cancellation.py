"""Cancel an execution and everything below it, in any workflow."""

from typing import Any

from attune_queries.models import Execution, WorkflowExecution
from psycopg import AsyncConnection

from attune_store._async.queries import execution, workflow_execution, workflow_task_execution


async def cancel_tree(
    conn: AsyncConnection[Any], execution_id: int
) -> tuple[list[Execution], list[WorkflowExecution]]:
    """Cancel what has not ended in a tree, in one transaction, and return it.

    Tasks are locked before runs, in the same order as by those who complete a task and then write
    to its run. After the runs are locked no task can be added, so the second cancellation of tasks
    is the last.
    """
    async with conn.transaction():
        await workflow_task_execution.cancel_workflow_task_execution_tree(
            conn, execution=execution_id
        )
        await workflow_execution.lock_workflow_execution_tree(conn, execution=execution_id)
        runs = await workflow_execution.cancel_workflow_execution_tree(conn, execution=execution_id)
        await workflow_task_execution.cancel_workflow_task_execution_tree(
            conn, execution=execution_id
        )
        return await execution.cancel_execution_tree(conn, execution=execution_id), runs

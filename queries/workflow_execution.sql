-- name: GetWorkflowExecution :one
-- Return the workflow execution with this id, or None.
SELECT * FROM attune.workflow_execution
WHERE id = sqlc.arg(id);

-- name: GetWorkflowExecutionForUpdate :one
-- Return the workflow execution with this id, or None, and lock it against other changes until the transaction ends; tasks
-- can still be inserted.
SELECT * FROM attune.workflow_execution
WHERE id = sqlc.arg(id)
FOR NO KEY UPDATE;

-- name: GetWorkflowExecutionByExecution :one
-- Return the workflow execution of this parent execution, or None.
SELECT * FROM attune.workflow_execution
WHERE execution = sqlc.arg(execution);

-- name: GetWorkflowExecutionSummary :one
-- Return a summary of the workflow execution of this parent execution, or None.
SELECT * FROM attune.workflow_execution_summary
WHERE execution = sqlc.arg(execution)::bigint;

-- name: ListWorkflowExecutions :many
-- List all workflow executions, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_execution
WHERE id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowExecutionsByStatus :many
-- List the workflow executions in this status, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_execution
WHERE status >= sqlc.arg(status)::attune.execution_status  -- an order that only the index on (status, id) has
    AND (status, id) < (sqlc.arg(status), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY status DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListPausedWorkflowExecutions :many
-- List the paused workflow executions, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_execution
WHERE paused
    AND id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowExecutionsByWorkflowDef :many
-- List the runs of a workflow definition, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_execution
WHERE workflow_def >= sqlc.arg(workflow_def)::bigint  -- an order that only the index on (workflow_def, id) has
    AND (workflow_def, id) < (sqlc.arg(workflow_def), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY workflow_def DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: CreateWorkflowExecution :one
-- Insert a workflow execution and return it.
INSERT INTO attune.workflow_execution (
    execution, workflow_def, current_tasks, completed_tasks, failed_tasks, skipped_tasks, variables, task_graph, status,
    error_message, paused, pause_reason
)
VALUES (
    sqlc.arg(execution),
    sqlc.arg(workflow_def),
    sqlc.arg(current_tasks),
    sqlc.arg(completed_tasks),
    sqlc.arg(failed_tasks),
    sqlc.arg(skipped_tasks),
    sqlc.arg(variables),
    sqlc.arg(task_graph),
    sqlc.arg(status),
    sqlc.narg(error_message),
    sqlc.arg(paused),
    sqlc.narg(pause_reason)
)
RETURNING *;

-- name: CreateWorkflowExecutionIfAbsent :one
-- Insert a workflow execution and return it, or None if the parent execution has one.
INSERT INTO attune.workflow_execution (
    execution, workflow_def, current_tasks, completed_tasks, failed_tasks, skipped_tasks, variables, task_graph, status,
    error_message, paused, pause_reason
)
VALUES (
    sqlc.arg(execution),
    sqlc.arg(workflow_def),
    sqlc.arg(current_tasks),
    sqlc.arg(completed_tasks),
    sqlc.arg(failed_tasks),
    sqlc.arg(skipped_tasks),
    sqlc.arg(variables),
    sqlc.arg(task_graph),
    sqlc.arg(status),
    sqlc.narg(error_message),
    sqlc.arg(paused),
    sqlc.narg(pause_reason)
)
ON CONFLICT (execution) DO NOTHING
RETURNING *;

-- name: TransitionWorkflowExecution :one
-- Set the status of a workflow execution that is in one of the expected ones, and return it. Return None if it is in
-- another one or does not exist.
UPDATE attune.workflow_execution
SET status = sqlc.arg('to')
WHERE id = sqlc.arg(id)
    AND status = ANY (sqlc.arg(expected)::attune.execution_status[])
RETURNING *;

-- name: PauseWorkflowExecution :one
-- Pause a workflow execution that is not terminal, or replace the reason, and return it. Return None if it is terminal or
-- does not exist.
UPDATE attune.workflow_execution
SET paused = true,
    pause_reason = sqlc.narg(reason)
WHERE id = sqlc.arg(id)
    AND NOT attune.is_terminal(status)
RETURNING *;

-- name: ResumeWorkflowExecution :one
-- Resume a paused workflow execution that is not terminal, and return it. Return None if it is terminal, not paused, or
-- does not exist.
UPDATE attune.workflow_execution
SET paused = false,
    pause_reason = NULL
WHERE id = sqlc.arg(id)
    AND paused
    AND NOT attune.is_terminal(status)
RETURNING *;

-- name: AppendWorkflowExecutionTasks :one
-- Append to each list the names that it does not contain yet, and return the workflow execution, or None if it does not
-- exist.
UPDATE attune.workflow_execution
SET current_tasks = attune.add_names(current_tasks, sqlc.arg(current)::text[]),
    completed_tasks = attune.add_names(completed_tasks, sqlc.arg(completed)::text[]),
    failed_tasks = attune.add_names(failed_tasks, sqlc.arg(failed)::text[]),
    skipped_tasks = attune.add_names(skipped_tasks, sqlc.arg(skipped)::text[])
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: MoveWorkflowExecutionTasks :one
-- Append the names to the list `to` (current, completed, failed or skipped), remove them from the others, and return the
-- workflow execution, or None if it does not exist.
UPDATE attune.workflow_execution
SET current_tasks = CASE sqlc.arg('to')::text
        WHEN 'current' THEN attune.add_names(current_tasks, sqlc.arg(names)::text[])
        ELSE attune.remove_names(current_tasks, sqlc.arg(names)::text[])
    END,
    completed_tasks = CASE sqlc.arg('to')::text
        WHEN 'completed' THEN attune.add_names(completed_tasks, sqlc.arg(names)::text[])
        ELSE attune.remove_names(completed_tasks, sqlc.arg(names)::text[])
    END,
    failed_tasks = CASE sqlc.arg('to')::text
        WHEN 'failed' THEN attune.add_names(failed_tasks, sqlc.arg(names)::text[])
        ELSE attune.remove_names(failed_tasks, sqlc.arg(names)::text[])
    END,
    skipped_tasks = CASE sqlc.arg('to')::text
        WHEN 'skipped' THEN attune.add_names(skipped_tasks, sqlc.arg(names)::text[])
        ELSE attune.remove_names(skipped_tasks, sqlc.arg(names)::text[])
    END
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: MergeWorkflowExecutionVariables :one
-- Set the variables that are given, by their top-level keys, keep the others, and return the workflow execution, or None if
-- it does not exist.
UPDATE attune.workflow_execution
SET variables = variables || sqlc.arg(variables)::jsonb
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: LockWorkflowExecutionTree :exec
-- Lock the workflow executions of an execution and of all below it that have not ended, by id, so that no task can be
-- added.
SELECT FROM attune.workflow_execution w
WHERE w.execution = ANY (ARRAY(SELECT tree.id FROM attune.execution_tree(sqlc.arg(execution)) tree))
    AND NOT attune.is_terminal(w.status)
ORDER BY w.id
FOR UPDATE;

-- name: CancelWorkflowExecutionTree :many
-- Cancel the workflow executions of an execution and of all below it. Return those that had not ended, by id.
-- @sqlc-vet-disable bounded
WITH cancelled AS (
    UPDATE attune.workflow_execution
    SET status = 'cancelled', paused = false, pause_reason = NULL
    WHERE execution = ANY (ARRAY(SELECT tree.id FROM attune.execution_tree(sqlc.arg(execution)) tree))
        AND NOT attune.is_terminal(status)
    RETURNING *
)
SELECT * FROM cancelled
ORDER BY id;

-- name: GetStatementTimeout :one
-- Return the session's statement_timeout in milliseconds, 0 for none.
SELECT coalesce(
    extract(epoch FROM current_setting('statement_timeout')::interval) * 1000, 0
)::bigint AS milliseconds;

-- name: ListTaskWriters :many
-- List the transactions of other sessions that have written tasks and have not ended, or those of them that are given.
-- @sqlc-vet-disable ordered bounded
SELECT DISTINCT coalesce(l.virtualtransaction, '') AS transaction FROM pg_catalog.pg_locks l
WHERE l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database())
    AND l.relation = 'attune.workflow_task_execution'::regclass
    AND l.mode = 'RowExclusiveLock'
    AND l.pid IS DISTINCT FROM pg_backend_pid()
    AND (sqlc.narg(among)::text[] IS NULL OR l.virtualtransaction = ANY (sqlc.narg(among)::text[]));

-- name: CountWorkflowExecutionsByStatus :many
-- Count the workflow executions in each status. Statuses that are not terminal are counted exactly, as are all if the table
-- was never analyzed; terminal ones are estimated from the planner's statistics.
-- @sqlc-vet-disable ordered bounded
SELECT
    s.status::attune.execution_status AS status,
    CASE
        WHEN s.exact
        THEN (
            SELECT count(*) FROM attune.workflow_execution w
            WHERE w.status >= s.status AND w.status <= s.status  -- a range: by the index, whatever the statistics say
        )
        ELSE coalesce(n.count, 0)
    END::bigint AS count,
    s.exact IS TRUE AS exact
FROM (
    SELECT
        u.status,
        NOT attune.is_terminal(u.status)
            OR NOT EXISTS (SELECT FROM attune.estimate_statuses('attune.workflow_execution')) AS exact
    FROM unnest(enum_range(NULL::attune.execution_status)) u (status)
) s
LEFT JOIN attune.estimate_statuses('attune.workflow_execution') n ON n.status = s.status;

-- name: CountWorkflowExecutionsByWorkflowDefAndStatus :many
-- Count the runs of a workflow definition in each status, exactly. Reads all its runs.
-- @sqlc-vet-disable ordered bounded
SELECT w.status, count(*) AS count FROM attune.workflow_execution w
WHERE w.workflow_def = sqlc.arg(workflow_def)
GROUP BY w.status;

-- name: DeleteWorkflowExecution :execrows
-- Delete a workflow execution with its tasks; the executions are kept. Return 0 if there was none.
DELETE FROM attune.workflow_execution
WHERE id = sqlc.arg(id);

-- migrate:up
SET LOCAL lock_timeout = '5s';

CREATE VIEW attune.workflow_execution_summary AS
SELECT
    w.id,
    w.execution,
    w.workflow_def,
    d.ref AS workflow_ref,
    w.status,
    w.paused,
    w.pause_reason,
    w.error_message,
    cardinality(w.current_tasks) AS current_count,
    cardinality(w.completed_tasks) AS completed_count,
    cardinality(w.failed_tasks) AS failed_count,
    cardinality(w.skipped_tasks) AS skipped_count,
    w.created,
    w.updated
FROM attune.workflow_execution w
JOIN attune.workflow_definition d ON d.id = w.workflow_def;
COMMENT ON VIEW attune.workflow_execution_summary IS 'One line per workflow run: what runs, where it stands, how many tasks are in each list.';
COMMENT ON COLUMN attune.workflow_execution_summary.id IS 'The workflow execution.';
COMMENT ON COLUMN attune.workflow_execution_summary.execution IS 'Its parent execution.';
COMMENT ON COLUMN attune.workflow_execution_summary.workflow_def IS 'The definition that runs.';
COMMENT ON COLUMN attune.workflow_execution_summary.workflow_ref IS 'That definition''s ref.';
COMMENT ON COLUMN attune.workflow_execution_summary.status IS 'Where the run stands.';
COMMENT ON COLUMN attune.workflow_execution_summary.paused IS 'Whether no further task is to be claimed for now.';
COMMENT ON COLUMN attune.workflow_execution_summary.pause_reason IS 'Why it is paused.';
COMMENT ON COLUMN attune.workflow_execution_summary.error_message IS 'Why the run failed.';
COMMENT ON COLUMN attune.workflow_execution_summary.current_count IS 'How many tasks have begun and not ended.';
COMMENT ON COLUMN attune.workflow_execution_summary.completed_count IS 'How many tasks succeeded.';
COMMENT ON COLUMN attune.workflow_execution_summary.failed_count IS 'How many tasks failed.';
COMMENT ON COLUMN attune.workflow_execution_summary.skipped_count IS 'How many tasks were passed over.';
COMMENT ON COLUMN attune.workflow_execution_summary.created IS 'When the run was created.';
COMMENT ON COLUMN attune.workflow_execution_summary.updated IS 'When the run was last changed.';

CREATE VIEW attune.workflow_task_detail AS
SELECT
    t.id,
    t.workflow_execution,
    t.execution,
    e.action_ref,
    t.task_name,
    t.task_index,
    t.task_batch,
    t.status,
    CASE
        WHEN t.task_name = ANY (w.skipped_tasks) THEN 'skipped'::attune.workflow_task_status
        ELSE attune.task_status(t.status)
    END AS task_status,
    t.started_at,
    t.completed_at,
    t.duration_ms,
    t.retry_count,
    t.max_retries,
    t.next_retry_at,
    t.timed_out
FROM attune.workflow_task_execution t
JOIN attune.workflow_execution w ON w.id = t.workflow_execution
JOIN attune.execution e ON e.id = t.execution;
COMMENT ON VIEW attune.workflow_task_detail IS 'One line per task of a workflow run, with the action that does it and the state that a person thinks in.';
COMMENT ON COLUMN attune.workflow_task_detail.id IS 'The workflow task execution.';
COMMENT ON COLUMN attune.workflow_task_detail.workflow_execution IS 'The workflow run that it is part of.';
COMMENT ON COLUMN attune.workflow_task_detail.execution IS 'The child execution that does the task.';
COMMENT ON COLUMN attune.workflow_task_detail.action_ref IS 'The action that the child execution runs.';
COMMENT ON COLUMN attune.workflow_task_detail.task_name IS 'The task''s name in the definition.';
COMMENT ON COLUMN attune.workflow_task_detail.task_index IS 'The item''s position, from 0; NULL: not a with-items task.';
COMMENT ON COLUMN attune.workflow_task_detail.task_batch IS 'The batch that the item belongs to, from 0.';
COMMENT ON COLUMN attune.workflow_task_detail.status IS 'Where the task stands.';
COMMENT ON COLUMN attune.workflow_task_detail.task_status IS 'The same, as a person watching the workflow thinks of it.';
COMMENT ON COLUMN attune.workflow_task_detail.started_at IS 'When the current attempt began to run.';
COMMENT ON COLUMN attune.workflow_task_detail.completed_at IS 'When it ended, however it ended.';
COMMENT ON COLUMN attune.workflow_task_detail.duration_ms IS 'How long it ran, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_detail.retry_count IS 'How many retries have been claimed.';
COMMENT ON COLUMN attune.workflow_task_detail.max_retries IS 'How many retries are allowed.';
COMMENT ON COLUMN attune.workflow_task_detail.next_retry_at IS 'When the retry that it awaits is due; NULL: it awaits none.';
COMMENT ON COLUMN attune.workflow_task_detail.timed_out IS 'Whether the last attempt ran out of time.';

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP VIEW attune.workflow_task_detail;
DROP VIEW attune.workflow_execution_summary;

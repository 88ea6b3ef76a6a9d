-- migrate:up
SET LOCAL lock_timeout = '5s';

-- The tasks that were there before the triggers. A row that somebody is changing is left alone: claims look at the workflow
-- too. The lock on the workflow makes one that resumes wait, so that it lets go of what is held here.
UPDATE attune.workflow_task_execution SET held = true
WHERE id = ANY (ARRAY(
    SELECT t.id FROM attune.workflow_task_execution t
    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
    WHERE (w.paused OR attune.is_terminal(w.status))
        AND NOT t.held
        AND (
            t.status = 'requested'
            OR t.next_retry_at IS NOT NULL
            OR (t.status IN ('failed', 'timeout') AND t.retry_count < t.max_retries)
        )
    FOR NO KEY UPDATE OF t SKIP LOCKED
    FOR KEY SHARE OF w SKIP LOCKED
));

-- migrate:down
SELECT 1;  -- the step before drops the column

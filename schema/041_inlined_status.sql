-- migrate:up
SET LOCAL lock_timeout = '5s';

-- Not STRICT: the planner then puts the condition in the place of the call. NULL gives NULL all the same.
CREATE OR REPLACE FUNCTION attune.is_terminal(status attune.execution_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned');

-- Changes nothing but that open sessions read the condition of the index anew, which calls the function.
ALTER INDEX attune.workflow_task_execution_unfinished_idx RESET (fillfactor);

-- migrate:down
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE FUNCTION attune.is_terminal(status attune.execution_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned');

ALTER INDEX attune.workflow_task_execution_unfinished_idx RESET (fillfactor);

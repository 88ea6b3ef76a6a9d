-- migrate:up
SET LOCAL lock_timeout = '5s';

ALTER TABLE attune.workflow_task_execution ADD COLUMN held boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN attune.workflow_task_execution.held IS 'Whether its workflow is paused or has ended, so that claims and sweeps need not read the row. Set by triggers.';

CREATE FUNCTION attune.inherit_hold() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- The lock makes a workflow that resumes wait, so that it sees the new row; the foreign key takes the same one.
    SELECT w.paused OR attune.is_terminal(w.status) INTO NEW.held
    FROM attune.workflow_execution w
    WHERE w.id = NEW.workflow_execution
    FOR KEY SHARE;
    NEW.held := coalesce(NEW.held, false);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION attune.inherit_hold() IS 'Holds a new task of a workflow that is paused or has ended.';

CREATE FUNCTION attune.wait_for_new_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM attune.workflow_execution WHERE id = OLD.id FOR UPDATE;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION attune.wait_for_new_tasks() IS 'Waits for the transactions that insert tasks of a workflow, before it resumes.';

CREATE FUNCTION attune.hold_tasks() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.paused OR attune.is_terminal(NEW.status) THEN
        -- A row that somebody is changing is left alone: waiting for it could deadlock, and claims look at the workflow too.
        UPDATE attune.workflow_task_execution SET held = true
        WHERE id = ANY (ARRAY(
            SELECT t.id FROM attune.workflow_task_execution t
            WHERE t.workflow_execution = NEW.id
                AND NOT t.held
                AND (
                    t.status = 'requested'
                    OR t.next_retry_at IS NOT NULL
                    OR (t.status IN ('failed', 'timeout') AND t.retry_count < t.max_retries)
                )
            FOR NO KEY UPDATE SKIP LOCKED
        ));
    ELSE
        UPDATE attune.workflow_task_execution SET held = false
        WHERE id = ANY (ARRAY(
            SELECT t.id FROM attune.workflow_task_execution t
            WHERE t.workflow_execution = NEW.id AND t.held
            ORDER BY t.id
            FOR NO KEY UPDATE
        ));
    END IF;
    RETURN NULL;
END;
$$;
COMMENT ON FUNCTION attune.hold_tasks() IS 'Holds the tasks of a workflow that pauses or ends, and lets go of those of one that resumes.';

CREATE TRIGGER workflow_task_execution_inherit_hold BEFORE INSERT ON attune.workflow_task_execution
    FOR EACH ROW EXECUTE FUNCTION attune.inherit_hold();
CREATE TRIGGER workflow_execution_wait_for_new_tasks BEFORE UPDATE OF paused, status ON attune.workflow_execution
    FOR EACH ROW
    WHEN ((OLD.paused OR attune.is_terminal(OLD.status)) AND NOT (NEW.paused OR attune.is_terminal(NEW.status)))
    EXECUTE FUNCTION attune.wait_for_new_tasks();
CREATE TRIGGER workflow_execution_hold_tasks AFTER UPDATE OF paused, status ON attune.workflow_execution
    FOR EACH ROW
    WHEN ((OLD.paused OR attune.is_terminal(OLD.status)) <> (NEW.paused OR attune.is_terminal(NEW.status)))
    EXECUTE FUNCTION attune.hold_tasks();

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP TRIGGER workflow_execution_hold_tasks ON attune.workflow_execution;
DROP TRIGGER workflow_execution_wait_for_new_tasks ON attune.workflow_execution;
DROP TRIGGER workflow_task_execution_inherit_hold ON attune.workflow_task_execution;
DROP FUNCTION attune.hold_tasks();
DROP FUNCTION attune.wait_for_new_tasks();
DROP FUNCTION attune.inherit_hold();
ALTER TABLE attune.workflow_task_execution DROP COLUMN held;

-- migrate:up
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE FUNCTION attune.inherit_hold() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    ended boolean;
BEGIN
    -- The lock makes a workflow that resumes or ends wait, so that it sees the new row; the foreign key takes the same one.
    SELECT w.paused, attune.is_terminal(w.status) INTO NEW.held, ended
    FROM attune.workflow_execution w
    WHERE w.id = NEW.workflow_execution
    FOR KEY SHARE;
    IF ended AND NOT attune.is_terminal(NEW.status) THEN
        RAISE 'workflow_execution with id=% has ended: it takes no more tasks', NEW.workflow_execution
            USING ERRCODE = 'object_not_in_prerequisite_state', SCHEMA = 'attune', TABLE = 'workflow_task_execution';
    END IF;
    NEW.held := coalesce(NEW.held OR ended, false);
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION attune.inherit_hold() IS 'Holds a new task of a workflow that is paused, and refuses one that has work to do in a workflow that has ended.';

-- migrate:down
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE FUNCTION attune.inherit_hold() RETURNS trigger
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

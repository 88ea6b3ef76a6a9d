-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A new column without a default holds nothing to check, so the table is not read.
ALTER TABLE attune.workflow_task_execution
    -- squawk-ignore adding-foreign-key-constraint
    ADD COLUMN worker bigint CONSTRAINT workflow_task_execution_worker_fkey REFERENCES attune.worker (id),
    ADD COLUMN attempt integer NOT NULL DEFAULT 0,
    ADD COLUMN losses integer NOT NULL DEFAULT 0,
    ADD COLUMN last_worker bigint;
COMMENT ON COLUMN attune.workflow_task_execution.worker IS 'The worker that holds it; NULL: none does, or it was claimed without one.';
COMMENT ON COLUMN attune.workflow_task_execution.attempt IS 'Which attempt this is: raised by each claim, retry and release.';
COMMENT ON COLUMN attune.workflow_task_execution.losses IS 'How many workers were lost that held it.';
COMMENT ON COLUMN attune.workflow_task_execution.last_worker IS 'The worker that held it last, who may be gone; NULL: none did.';

-- In a trigger, so that it holds for code that knows neither workers nor attempts, too.
CREATE FUNCTION attune.stamp_task() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated := clock_timestamp();
    IF NEW.status IN ('scheduling', 'scheduled', 'running', 'canceling') THEN
        IF OLD.status NOT IN ('scheduling', 'scheduled', 'running', 'canceling') THEN
            NEW.attempt := OLD.attempt + 1;
            NEW.last_worker := NEW.worker;
        END IF;
    ELSE
        IF NEW.status = 'requested' AND OLD.status <> 'requested' THEN
            NEW.attempt := OLD.attempt + 1;
        END IF;
        NEW.worker := NULL;
    END IF;
    -- What the new attempt clears is kept; a task that needs one attempt has no history.
    IF NEW.attempt > OLD.attempt AND OLD.status <> 'requested' THEN
        INSERT INTO attune.workflow_task_attempt (
            workflow_task_execution, attempt, status, worker, started_at, completed_at, duration_ms, result, error
        )
        VALUES (
            OLD.id, OLD.attempt, OLD.status, OLD.last_worker, OLD.started_at, OLD.completed_at, OLD.duration_ms, OLD.result,
            OLD.error
        );
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION attune.stamp_task() IS 'Stamps a changed task: when it was changed, its attempt, that nobody holds it who does not work at it; keeps what a new attempt clears.';

CREATE OR REPLACE TRIGGER workflow_task_execution_set_updated BEFORE UPDATE ON attune.workflow_task_execution
    FOR EACH ROW EXECUTE FUNCTION attune.stamp_task();

-- migrate:down
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE TRIGGER workflow_task_execution_set_updated BEFORE UPDATE ON attune.workflow_task_execution
    FOR EACH ROW EXECUTE FUNCTION attune.set_updated();
DROP FUNCTION attune.stamp_task();
ALTER TABLE attune.workflow_task_execution
    DROP COLUMN worker,
    DROP COLUMN attempt,
    DROP COLUMN losses,
    DROP COLUMN last_worker;

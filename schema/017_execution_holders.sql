-- migrate:up
SET LOCAL lock_timeout = '5s';

-- A new column without a default holds nothing to check, so the table is not read.
ALTER TABLE attune.execution
    -- squawk-ignore adding-foreign-key-constraint
    ADD COLUMN worker bigint CONSTRAINT execution_worker_fkey REFERENCES attune.worker (id),
    ADD COLUMN attempt integer NOT NULL DEFAULT 0,
    ADD COLUMN losses integer NOT NULL DEFAULT 0,
    -- squawk-ignore prefer-bigint-over-smallint
    ADD COLUMN priority smallint NOT NULL DEFAULT 0,
    ADD COLUMN run_at timestamptz,
    ADD COLUMN idempotency_key text,
    ADD COLUMN finished_at timestamptz;
COMMENT ON COLUMN attune.execution.worker IS 'The worker that holds it; NULL: none does, or it was claimed without one.';
COMMENT ON COLUMN attune.execution.attempt IS 'Which attempt this is: raised by each claim and each release.';
COMMENT ON COLUMN attune.execution.losses IS 'How many workers were lost that held it.';
COMMENT ON COLUMN attune.execution.priority IS 'The higher, the earlier it is claimed.';
COMMENT ON COLUMN attune.execution.run_at IS 'When it may be claimed; NULL: at once.';
COMMENT ON COLUMN attune.execution.idempotency_key IS 'What the caller knows it by; no two have the same.';
COMMENT ON COLUMN attune.execution.finished_at IS 'When it first became terminal. Set by a trigger.';

-- In a trigger, so that it holds for code that knows neither workers nor attempts, too.
CREATE FUNCTION attune.stamp_execution() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated := clock_timestamp();
    IF NEW.status IN ('scheduling', 'scheduled', 'running', 'canceling') THEN
        IF OLD.status NOT IN ('scheduling', 'scheduled', 'running', 'canceling') THEN
            NEW.attempt := OLD.attempt + 1;
        END IF;
        NEW.finished_at := NULL;
    ELSIF NEW.status = 'requested' THEN
        IF OLD.status IN ('scheduling', 'scheduled', 'running', 'canceling') THEN
            NEW.attempt := OLD.attempt + 1;
        END IF;
        NEW.worker := NULL;
        NEW.finished_at := NULL;
    ELSE
        NEW.worker := NULL;
        NEW.finished_at := CASE
            WHEN attune.is_terminal(OLD.status) THEN coalesce(OLD.finished_at, OLD.updated)
            ELSE NEW.updated
        END;
    END IF;
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION attune.stamp_execution() IS 'Stamps a changed execution: when it was changed and finished, its attempt, and that nobody holds it who does not work at it.';

CREATE OR REPLACE TRIGGER execution_set_updated BEFORE UPDATE ON attune.execution
    FOR EACH ROW EXECUTE FUNCTION attune.stamp_execution();

-- migrate:down
SET LOCAL lock_timeout = '5s';

CREATE OR REPLACE TRIGGER execution_set_updated BEFORE UPDATE ON attune.execution
    FOR EACH ROW EXECUTE FUNCTION attune.set_updated();
DROP FUNCTION attune.stamp_execution();
ALTER TABLE attune.execution
    DROP COLUMN worker,
    DROP COLUMN attempt,
    DROP COLUMN losses,
    DROP COLUMN priority,
    DROP COLUMN run_at,
    DROP COLUMN idempotency_key,
    DROP COLUMN finished_at;

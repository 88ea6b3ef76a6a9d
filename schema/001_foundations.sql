-- migrate:up
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA IF NOT EXISTS attune;

CREATE TYPE attune.execution_status AS ENUM (
    'requested',
    'scheduling',
    'scheduled',
    'running',
    'completed',
    'failed',
    'canceling',
    'cancelled',
    'timeout',
    'abandoned'
);
COMMENT ON TYPE attune.execution_status IS 'Where an execution stands: requested, in flight (scheduling, scheduled, running, canceling) or terminal (completed, failed, cancelled, timeout, abandoned).';

CREATE TYPE attune.workflow_task_status AS ENUM (
    'pending',
    'running',
    'completed',
    'failed',
    'skipped',
    'cancelled'
);
COMMENT ON TYPE attune.workflow_task_status IS 'The six states that a person watching a workflow thinks in.';

CREATE FUNCTION attune.task_status(status attune.execution_status) RETURNS attune.workflow_task_status
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE
        WHEN status IN ('requested', 'scheduling', 'scheduled') THEN 'pending'::attune.workflow_task_status
        WHEN status IN ('running', 'canceling') THEN 'running'::attune.workflow_task_status
        WHEN status IN ('failed', 'timeout', 'abandoned') THEN 'failed'::attune.workflow_task_status
        WHEN status = 'completed' THEN 'completed'::attune.workflow_task_status
        WHEN status = 'cancelled' THEN 'cancelled'::attune.workflow_task_status
    END;
COMMENT ON FUNCTION attune.task_status(attune.execution_status) IS 'Maps an execution status to the state that a person watching the workflow thinks in.';

CREATE FUNCTION attune.is_terminal(status attune.execution_status) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned');
COMMENT ON FUNCTION attune.is_terminal(attune.execution_status) IS 'Whether nothing more happens in this status by itself.';

-- Both keep the order of what they keep; a name is listed once.
CREATE FUNCTION attune.add_names(list text[], names text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN list || ARRAY(
        SELECT n.name
        FROM unnest(names) WITH ORDINALITY AS n (name, position)
        WHERE n.name <> ALL (list)
        GROUP BY n.name
        ORDER BY min(n.position)
    );
COMMENT ON FUNCTION attune.add_names(text[], text[]) IS 'The list with those of the names appended that it does not hold yet.';

CREATE FUNCTION attune.remove_names(list text[], names text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(
        SELECT l.name
        FROM unnest(list) WITH ORDINALITY AS l (name, position)
        WHERE l.name <> ALL (names)
        ORDER BY l.position
    );
COMMENT ON FUNCTION attune.remove_names(text[], text[]) IS 'The list without the names.';

CREATE FUNCTION attune.contains_pattern(fragment text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN '%' || replace(replace(replace(fragment, '\', '\\'), '%', '\%'), '_', '\_') || '%';
COMMENT ON FUNCTION attune.contains_pattern(text) IS 'A LIKE pattern that matches what contains the fragment, its wildcards taken literally.';

CREATE FUNCTION attune.elapsed_ms(since timestamptz, until timestamptz) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN greatest(extract(epoch FROM until - since) * 1000, 0)::bigint;
COMMENT ON FUNCTION attune.elapsed_ms(timestamptz, timestamptz) IS 'Milliseconds from the one to the other, never negative.';

CREATE FUNCTION attune.set_updated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated := clock_timestamp();
    RETURN NEW;
END;
$$;
COMMENT ON FUNCTION attune.set_updated() IS 'Stamps a changed row.';

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP FUNCTION attune.set_updated();
DROP FUNCTION attune.elapsed_ms(timestamptz, timestamptz);
DROP FUNCTION attune.contains_pattern(text);
DROP FUNCTION attune.remove_names(text[], text[]);
DROP FUNCTION attune.add_names(text[], text[]);
DROP FUNCTION attune.is_terminal(attune.execution_status);
DROP FUNCTION attune.task_status(attune.execution_status);
DROP TYPE attune.workflow_task_status;
DROP TYPE attune.execution_status;
-- The schema stays: it holds schema_migrations.

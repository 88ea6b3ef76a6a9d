-- migrate:up
SET LOCAL lock_timeout = '5s';

CREATE TABLE attune.workflow_task_attempt (
    workflow_task_execution bigint NOT NULL,
    attempt integer NOT NULL,
    status attune.execution_status NOT NULL,
    worker bigint,
    started_at timestamptz,
    completed_at timestamptz,
    duration_ms bigint,
    result jsonb,
    error jsonb,
    CONSTRAINT workflow_task_attempt_pkey PRIMARY KEY (workflow_task_execution, attempt),
    CONSTRAINT workflow_task_attempt_result_check CHECK (jsonb_typeof(result) <> 'null'),
    CONSTRAINT workflow_task_attempt_error_check CHECK (jsonb_typeof(error) <> 'null'),
    CONSTRAINT workflow_task_attempt_workflow_task_execution_fkey FOREIGN KEY (workflow_task_execution)
        REFERENCES attune.workflow_task_execution (id) ON DELETE CASCADE
);
COMMENT ON TABLE attune.workflow_task_attempt IS 'What a task''s row held of an attempt, before the next one cleared it.';
COMMENT ON COLUMN attune.workflow_task_attempt.workflow_task_execution IS 'The task.';
COMMENT ON COLUMN attune.workflow_task_attempt.attempt IS 'Which attempt it was.';
COMMENT ON COLUMN attune.workflow_task_attempt.status IS 'How it ended; in flight: its worker was lost, or gave it back.';
COMMENT ON COLUMN attune.workflow_task_attempt.worker IS 'The worker that held it, who may be gone; NULL: none did.';
COMMENT ON COLUMN attune.workflow_task_attempt.started_at IS 'When it began to run.';
COMMENT ON COLUMN attune.workflow_task_attempt.completed_at IS 'When it ended.';
COMMENT ON COLUMN attune.workflow_task_attempt.duration_ms IS 'How long it ran, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_attempt.result IS 'What came out.';
COMMENT ON COLUMN attune.workflow_task_attempt.error IS 'What went wrong.';

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP TABLE attune.workflow_task_attempt;

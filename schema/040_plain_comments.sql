-- migrate:up
SET LOCAL lock_timeout = '5s';
COMMENT ON COLUMN attune.action.pack IS 'The pack that it belongs to.';
COMMENT ON COLUMN attune.action.pack_ref IS 'Ref of the pack.';
COMMENT ON COLUMN attune.action.label IS 'Human-readable name.';
COMMENT ON COLUMN attune.action.entrypoint IS 'The code to run, such as a file of the pack.';
COMMENT ON COLUMN attune.action.runtime IS 'The runtime that runs it; NULL if the platform itself does.';
COMMENT ON COLUMN attune.action.param_schema IS 'JSON Schema of the parameters.';
COMMENT ON COLUMN attune.action.out_schema IS 'JSON Schema of the output.';
COMMENT ON COLUMN attune.action.workflow_def IS 'The workflow definition that it runs; NULL if it runs code.';
COMMENT ON TABLE attune.execution IS 'One run of an action. Executions form trees through `parent`.';
COMMENT ON COLUMN attune.execution.action IS 'The action to run; NULL if it was deleted.';
COMMENT ON COLUMN attune.execution.action_ref IS 'Ref of the action; kept if the action is deleted.';
COMMENT ON COLUMN attune.execution.config IS 'Parameters of the run.';
COMMENT ON COLUMN attune.execution.parent IS 'The parent execution; NULL if there is none.';
COMMENT ON COLUMN attune.execution.status IS 'Current status.';
COMMENT ON COLUMN attune.execution.result IS 'The result, as JSON.';
COMMENT ON COLUMN attune.execution.worker IS 'The worker that holds it; NULL if there is none.';
COMMENT ON COLUMN attune.execution.attempt IS
    'Number of the current attempt. Each claim and each release increases it.';
COMMENT ON COLUMN attune.execution.losses IS 'Number of workers that were lost while they held it.';
COMMENT ON COLUMN attune.execution.priority IS 'Executions with a higher priority are claimed first.';
COMMENT ON COLUMN attune.execution.run_at IS 'Earliest time at which it can be claimed; NULL for no limit.';
COMMENT ON COLUMN attune.execution.idempotency_key IS
    'Unique key of the caller, so that a repeated request creates no second execution.';
COMMENT ON COLUMN attune.execution.finished_at IS 'When it ended. Set by a trigger.';
COMMENT ON TABLE attune.pack IS
    'A set of actions, workflow definitions and runtimes that is installed and versioned together.';
COMMENT ON COLUMN attune.pack.label IS 'Human-readable name.';
COMMENT ON COLUMN attune.pack.config IS 'Configuration that is shared by the actions of the pack.';
COMMENT ON COLUMN attune.pack.meta IS 'Other metadata, such as the author.';
COMMENT ON COLUMN attune.pack.tags IS 'Tags to search by.';
COMMENT ON TABLE attune.runtime IS 'An environment that runs actions, such as an interpreter or a container.';
COMMENT ON COLUMN attune.runtime.pack IS 'The pack that it belongs to; NULL if there is none.';
COMMENT ON COLUMN attune.runtime.pack_ref IS 'Ref of the pack.';
COMMENT ON COLUMN attune.runtime.name IS 'Human-readable name.';
COMMENT ON COLUMN attune.runtime.distributions IS 'Supported distributions, and how to detect them.';
COMMENT ON COLUMN attune.runtime.installation IS 'How to install it.';
COMMENT ON TABLE attune.worker IS
    'A process that claims rows, and holds them while it sends heartbeats within its lease.';
COMMENT ON COLUMN attune.worker.name IS 'Human-readable name, such as host and process id. It need not be unique.';
COMMENT ON COLUMN attune.worker.lease_ms IS 'Maximum time between two heartbeats, in milliseconds.';
COMMENT ON COLUMN attune.worker.heartbeat_at IS 'Time of the last heartbeat, by the server''s clock.';
COMMENT ON COLUMN attune.worker.ended_at IS
    'When it retired, or was ended after its lease had expired; NULL while it is active.';
COMMENT ON TABLE attune.workflow_definition IS
    'A graph of tasks, stored as JSON. The action that is linked to it runs it.';
COMMENT ON COLUMN attune.workflow_definition.pack IS 'The pack that it belongs to.';
COMMENT ON COLUMN attune.workflow_definition.pack_ref IS 'Ref of the pack.';
COMMENT ON COLUMN attune.workflow_definition.label IS 'Human-readable name.';
COMMENT ON COLUMN attune.workflow_definition.param_schema IS 'JSON Schema of the parameters.';
COMMENT ON COLUMN attune.workflow_definition.out_schema IS 'JSON Schema of the output.';
COMMENT ON COLUMN attune.workflow_definition.tags IS 'Tags to search by.';
COMMENT ON COLUMN attune.workflow_definition.enabled IS 'Whether it can be started.';
COMMENT ON TABLE attune.workflow_execution IS 'The state of one workflow run, with one row per parent execution.';
COMMENT ON COLUMN attune.workflow_execution.execution IS 'The execution that runs the workflow.';
COMMENT ON COLUMN attune.workflow_execution.workflow_def IS 'The workflow definition of the run.';
COMMENT ON COLUMN attune.workflow_execution.current_tasks IS 'Names of the tasks that have started and not ended.';
COMMENT ON COLUMN attune.workflow_execution.completed_tasks IS 'Names of the tasks that completed.';
COMMENT ON COLUMN attune.workflow_execution.skipped_tasks IS 'Names of the tasks that were skipped.';
COMMENT ON COLUMN attune.workflow_execution.variables IS 'Variables of the workflow, by name.';
COMMENT ON COLUMN attune.workflow_execution.task_graph IS 'The definition at the start of the run.';
COMMENT ON COLUMN attune.workflow_execution.status IS 'Current status.';
COMMENT ON COLUMN attune.workflow_execution.paused IS 'Whether the run is paused. Then no task can be claimed.';
COMMENT ON TABLE attune.workflow_task_attempt IS 'An earlier attempt of a task.';
COMMENT ON COLUMN attune.workflow_task_attempt.attempt IS 'Number of the attempt.';
COMMENT ON COLUMN attune.workflow_task_attempt.status IS
    'Status at the end of the attempt; not terminal if its worker was lost.';
COMMENT ON COLUMN attune.workflow_task_attempt.worker IS
    'Id of the worker that held it, which may have been deleted; NULL if there was none.';
COMMENT ON COLUMN attune.workflow_task_attempt.started_at IS 'When the attempt started.';
COMMENT ON COLUMN attune.workflow_task_attempt.completed_at IS 'When the attempt ended.';
COMMENT ON COLUMN attune.workflow_task_attempt.duration_ms IS 'Duration of the attempt, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_attempt.result IS 'The result, as JSON.';
COMMENT ON COLUMN attune.workflow_task_attempt.error IS 'The error, as JSON.';
COMMENT ON TABLE attune.workflow_task_execution IS
    'A task of a workflow run, with one row per child execution. A task with items has one row per item.';
COMMENT ON COLUMN attune.workflow_task_execution.workflow_execution IS 'The workflow execution that it belongs to.';
COMMENT ON COLUMN attune.workflow_task_execution.execution IS 'The child execution that runs the task.';
COMMENT ON COLUMN attune.workflow_task_execution.task_name IS 'Name of the task in the definition.';
COMMENT ON COLUMN attune.workflow_task_execution.task_index IS
    'Position of the item, from 0; NULL if the task has no items.';
COMMENT ON COLUMN attune.workflow_task_execution.task_batch IS 'Number of the batch of the item, from 0.';
COMMENT ON COLUMN attune.workflow_task_execution.status IS 'Current status.';
COMMENT ON COLUMN attune.workflow_task_execution.started_at IS 'When the current attempt started.';
COMMENT ON COLUMN attune.workflow_task_execution.completed_at IS 'When the current attempt ended.';
COMMENT ON COLUMN attune.workflow_task_execution.duration_ms IS 'Duration of the current attempt, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_execution.result IS 'The result, as JSON.';
COMMENT ON COLUMN attune.workflow_task_execution.error IS 'The error, as JSON.';
COMMENT ON COLUMN attune.workflow_task_execution.retry_count IS 'Number of retries that were claimed.';
COMMENT ON COLUMN attune.workflow_task_execution.max_retries IS 'Maximum number of retries.';
COMMENT ON COLUMN attune.workflow_task_execution.next_retry_at IS
    'When the scheduled retry is due; NULL if none is scheduled.';
COMMENT ON COLUMN attune.workflow_task_execution.timeout_seconds IS
    'Maximum duration of an attempt, in seconds; NULL for no limit.';
COMMENT ON COLUMN attune.workflow_task_execution.timed_out IS 'Whether the last attempt timed out.';
COMMENT ON COLUMN attune.workflow_task_execution.held IS
    'Whether the workflow is paused or has ended, so that claims skip the task. Set by triggers.';
COMMENT ON COLUMN attune.workflow_task_execution.worker IS 'The worker that holds it; NULL if there is none.';
COMMENT ON COLUMN attune.workflow_task_execution.attempt IS
    'Number of the current attempt. Each claim, retry and release increases it.';
COMMENT ON COLUMN attune.workflow_task_execution.losses IS 'Number of workers that were lost while they held it.';
COMMENT ON COLUMN attune.workflow_task_execution.last_worker IS
    'Id of the last worker that held it, which may have been deleted; NULL if there was none.';
COMMENT ON VIEW attune.workflow_execution_summary IS
    'A summary of each workflow run, with the number of tasks in each list.';
COMMENT ON COLUMN attune.workflow_execution_summary.id IS 'Id of the workflow execution.';
COMMENT ON COLUMN attune.workflow_execution_summary.execution IS 'The execution that runs the workflow.';
COMMENT ON COLUMN attune.workflow_execution_summary.workflow_def IS 'The workflow definition of the run.';
COMMENT ON COLUMN attune.workflow_execution_summary.workflow_ref IS 'Ref of the workflow definition.';
COMMENT ON COLUMN attune.workflow_execution_summary.status IS 'Current status.';
COMMENT ON COLUMN attune.workflow_execution_summary.paused IS 'Whether the run is paused. Then no task can be claimed.';
COMMENT ON COLUMN attune.workflow_execution_summary.current_count IS 'Number of tasks that have started and not ended.';
COMMENT ON COLUMN attune.workflow_execution_summary.completed_count IS 'Number of tasks that completed.';
COMMENT ON COLUMN attune.workflow_execution_summary.failed_count IS 'Number of tasks that failed.';
COMMENT ON COLUMN attune.workflow_execution_summary.skipped_count IS 'Number of tasks that were skipped.';
COMMENT ON VIEW attune.workflow_task_detail IS
    'A summary of each task of a workflow run, with its action and its status in the workflow.';
COMMENT ON COLUMN attune.workflow_task_detail.id IS 'Id of the task.';
COMMENT ON COLUMN attune.workflow_task_detail.workflow_execution IS 'The workflow execution that it belongs to.';
COMMENT ON COLUMN attune.workflow_task_detail.execution IS 'The child execution that runs the task.';
COMMENT ON COLUMN attune.workflow_task_detail.action_ref IS 'Ref of the action of the child execution.';
COMMENT ON COLUMN attune.workflow_task_detail.task_name IS 'Name of the task in the definition.';
COMMENT ON COLUMN attune.workflow_task_detail.task_index IS
    'Position of the item, from 0; NULL if the task has no items.';
COMMENT ON COLUMN attune.workflow_task_detail.task_batch IS 'Number of the batch of the item, from 0.';
COMMENT ON COLUMN attune.workflow_task_detail.status IS 'Current status.';
COMMENT ON COLUMN attune.workflow_task_detail.task_status IS 'Status of the task in the workflow.';
COMMENT ON COLUMN attune.workflow_task_detail.started_at IS 'When the current attempt started.';
COMMENT ON COLUMN attune.workflow_task_detail.completed_at IS 'When the current attempt ended.';
COMMENT ON COLUMN attune.workflow_task_detail.duration_ms IS 'Duration of the current attempt, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_detail.retry_count IS 'Number of retries that were claimed.';
COMMENT ON COLUMN attune.workflow_task_detail.max_retries IS 'Maximum number of retries.';
COMMENT ON COLUMN attune.workflow_task_detail.next_retry_at IS
    'When the scheduled retry is due; NULL if none is scheduled.';
COMMENT ON COLUMN attune.workflow_task_detail.timed_out IS 'Whether the last attempt timed out.';

-- migrate:down
SET LOCAL lock_timeout = '5s';
COMMENT ON COLUMN attune.action.pack IS 'The pack that bundles it.';
COMMENT ON COLUMN attune.action.pack_ref IS 'That pack''s ref.';
COMMENT ON COLUMN attune.action.label IS 'Name for people.';
COMMENT ON COLUMN attune.action.entrypoint IS 'What is called to run it, such as a file of its pack.';
COMMENT ON COLUMN attune.action.runtime IS 'What runs it; NULL: the platform itself.';
COMMENT ON COLUMN attune.action.param_schema IS 'JSON Schema of its parameters.';
COMMENT ON COLUMN attune.action.out_schema IS 'JSON Schema of its output.';
COMMENT ON COLUMN attune.action.workflow_def IS 'The workflow that it runs; NULL: it runs code.';
COMMENT ON TABLE attune.execution IS 'One run of an action; executions nest through `parent`.';
COMMENT ON COLUMN attune.execution.action IS 'The action that runs; NULL: it has been deleted since.';
COMMENT ON COLUMN attune.execution.action_ref IS 'That action''s ref, kept when the action goes.';
COMMENT ON COLUMN attune.execution.config IS 'The parameters that it was started with.';
COMMENT ON COLUMN attune.execution.parent IS 'The execution that started it; NULL: none did.';
COMMENT ON COLUMN attune.execution.status IS 'Where it stands.';
COMMENT ON COLUMN attune.execution.result IS 'What came out.';
COMMENT ON COLUMN attune.execution.worker IS
    'The worker that holds it; NULL: none does, or it was claimed without one.';
COMMENT ON COLUMN attune.execution.attempt IS 'Which attempt this is: raised by each claim and each release.';
COMMENT ON COLUMN attune.execution.losses IS 'How many workers were lost that held it.';
COMMENT ON COLUMN attune.execution.priority IS 'The higher, the earlier it is claimed.';
COMMENT ON COLUMN attune.execution.run_at IS 'When it may be claimed; NULL: at once.';
COMMENT ON COLUMN attune.execution.idempotency_key IS 'What the caller knows it by; no two have the same.';
COMMENT ON COLUMN attune.execution.finished_at IS 'When it first became terminal. Set by a trigger.';
COMMENT ON TABLE attune.pack IS
    'A bundle of actions, workflow definitions and runtimes that is installed and versioned as one.';
COMMENT ON COLUMN attune.pack.label IS 'Name for people.';
COMMENT ON COLUMN attune.pack.config IS 'Configuration that the pack''s actions share.';
COMMENT ON COLUMN attune.pack.meta IS 'Further facts about the pack, such as its author.';
COMMENT ON COLUMN attune.pack.tags IS 'Words to find it by.';
COMMENT ON TABLE attune.runtime IS 'What runs an action: an interpreter or a container with its distributions.';
COMMENT ON COLUMN attune.runtime.pack IS 'The pack that brings it; NULL: none does.';
COMMENT ON COLUMN attune.runtime.pack_ref IS 'That pack''s ref.';
COMMENT ON COLUMN attune.runtime.name IS 'Name for people.';
COMMENT ON COLUMN attune.runtime.distributions IS 'The distributions it runs on, and how they are found.';
COMMENT ON COLUMN attune.runtime.installation IS 'How it is installed where it is missing.';
COMMENT ON TABLE attune.worker IS 'A process that claims rows; it keeps them as long as it beats within its lease.';
COMMENT ON COLUMN attune.worker.name IS
    'What people call it, such as a host and a process id; several may have one name.';
COMMENT ON COLUMN attune.worker.lease_ms IS 'How long it may go without a heartbeat, in milliseconds.';
COMMENT ON COLUMN attune.worker.heartbeat_at IS 'When it last said that it lives, by the server''s clock.';
COMMENT ON COLUMN attune.worker.ended_at IS
    'When it retired or its lease was found to have run out; NULL: it lives. It never lives again.';
COMMENT ON TABLE attune.workflow_definition IS 'A graph of tasks, stored as JSON; an action linked to it runs it.';
COMMENT ON COLUMN attune.workflow_definition.pack IS 'The pack that bundles it.';
COMMENT ON COLUMN attune.workflow_definition.pack_ref IS 'That pack''s ref.';
COMMENT ON COLUMN attune.workflow_definition.label IS 'Name for people.';
COMMENT ON COLUMN attune.workflow_definition.param_schema IS 'JSON Schema of its parameters.';
COMMENT ON COLUMN attune.workflow_definition.out_schema IS 'JSON Schema of its output.';
COMMENT ON COLUMN attune.workflow_definition.tags IS 'Words to find it by.';
COMMENT ON COLUMN attune.workflow_definition.enabled IS 'Whether it may be started.';
COMMENT ON TABLE attune.workflow_execution IS
    'The runtime state of one workflow run, attached 1:1 to its parent execution.';
COMMENT ON COLUMN attune.workflow_execution.execution IS 'The parent execution that this is the state of.';
COMMENT ON COLUMN attune.workflow_execution.workflow_def IS 'The definition that runs.';
COMMENT ON COLUMN attune.workflow_execution.current_tasks IS 'Names of the tasks that have begun and not ended.';
COMMENT ON COLUMN attune.workflow_execution.completed_tasks IS 'Names of the tasks that succeeded.';
COMMENT ON COLUMN attune.workflow_execution.skipped_tasks IS 'Names of the tasks that were passed over.';
COMMENT ON COLUMN attune.workflow_execution.variables IS 'The workflow''s variables by name.';
COMMENT ON COLUMN attune.workflow_execution.task_graph IS 'The graph as it was when the run began.';
COMMENT ON COLUMN attune.workflow_execution.status IS 'Where the run stands.';
COMMENT ON COLUMN attune.workflow_execution.paused IS 'Whether no further task is to be claimed for now.';
COMMENT ON TABLE attune.workflow_task_attempt IS
    'What a task''s row held of an attempt, before the next one cleared it.';
COMMENT ON COLUMN attune.workflow_task_attempt.attempt IS 'Which attempt it was.';
COMMENT ON COLUMN attune.workflow_task_attempt.status IS
    'How it ended; in flight: its worker was lost, or gave it back.';
COMMENT ON COLUMN attune.workflow_task_attempt.worker IS 'The worker that held it, who may be gone; NULL: none did.';
COMMENT ON COLUMN attune.workflow_task_attempt.started_at IS 'When it began to run.';
COMMENT ON COLUMN attune.workflow_task_attempt.completed_at IS 'When it ended.';
COMMENT ON COLUMN attune.workflow_task_attempt.duration_ms IS 'How long it ran, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_attempt.result IS 'What came out.';
COMMENT ON COLUMN attune.workflow_task_attempt.error IS 'What went wrong.';
COMMENT ON TABLE attune.workflow_task_execution IS
    'One task of a workflow run, attached 1:1 to its child execution; a with-items task has one row per item.';
COMMENT ON COLUMN attune.workflow_task_execution.workflow_execution IS 'The workflow run that it is part of.';
COMMENT ON COLUMN attune.workflow_task_execution.execution IS 'The child execution that does the task.';
COMMENT ON COLUMN attune.workflow_task_execution.task_name IS 'The task''s name in the definition.';
COMMENT ON COLUMN attune.workflow_task_execution.task_index IS
    'The item''s position, from 0; NULL: not a with-items task.';
COMMENT ON COLUMN attune.workflow_task_execution.task_batch IS 'The batch that the item belongs to, from 0.';
COMMENT ON COLUMN attune.workflow_task_execution.status IS 'Where the task stands.';
COMMENT ON COLUMN attune.workflow_task_execution.started_at IS 'When the current attempt began to run.';
COMMENT ON COLUMN attune.workflow_task_execution.completed_at IS 'When it ended, however it ended.';
COMMENT ON COLUMN attune.workflow_task_execution.duration_ms IS 'How long it ran, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_execution.result IS 'What came out.';
COMMENT ON COLUMN attune.workflow_task_execution.error IS 'What went wrong.';
COMMENT ON COLUMN attune.workflow_task_execution.retry_count IS 'How many retries have been claimed.';
COMMENT ON COLUMN attune.workflow_task_execution.max_retries IS 'How many retries are allowed.';
COMMENT ON COLUMN attune.workflow_task_execution.next_retry_at IS
    'When the retry that it awaits is due; NULL: it awaits none.';
COMMENT ON COLUMN attune.workflow_task_execution.timeout_seconds IS
    'How long an attempt may run, in seconds; NULL: for ever.';
COMMENT ON COLUMN attune.workflow_task_execution.timed_out IS 'Whether the last attempt ran out of time.';
COMMENT ON COLUMN attune.workflow_task_execution.held IS
    'Whether its workflow is paused or has ended, so that claims and sweeps need not read the row. Set by triggers.';
COMMENT ON COLUMN attune.workflow_task_execution.worker IS
    'The worker that holds it; NULL: none does, or it was claimed without one.';
COMMENT ON COLUMN attune.workflow_task_execution.attempt IS
    'Which attempt this is: raised by each claim, retry and release.';
COMMENT ON COLUMN attune.workflow_task_execution.losses IS 'How many workers were lost that held it.';
COMMENT ON COLUMN attune.workflow_task_execution.last_worker IS
    'The worker that held it last, who may be gone; NULL: none did.';
COMMENT ON VIEW attune.workflow_execution_summary IS
    'One line per workflow run: what runs, where it stands, how many tasks are in each list.';
COMMENT ON COLUMN attune.workflow_execution_summary.id IS 'The workflow execution.';
COMMENT ON COLUMN attune.workflow_execution_summary.execution IS 'Its parent execution.';
COMMENT ON COLUMN attune.workflow_execution_summary.workflow_def IS 'The definition that runs.';
COMMENT ON COLUMN attune.workflow_execution_summary.workflow_ref IS 'That definition''s ref.';
COMMENT ON COLUMN attune.workflow_execution_summary.status IS 'Where the run stands.';
COMMENT ON COLUMN attune.workflow_execution_summary.paused IS 'Whether no further task is to be claimed for now.';
COMMENT ON COLUMN attune.workflow_execution_summary.current_count IS 'How many tasks have begun and not ended.';
COMMENT ON COLUMN attune.workflow_execution_summary.completed_count IS 'How many tasks succeeded.';
COMMENT ON COLUMN attune.workflow_execution_summary.failed_count IS 'How many tasks failed.';
COMMENT ON COLUMN attune.workflow_execution_summary.skipped_count IS 'How many tasks were passed over.';
COMMENT ON VIEW attune.workflow_task_detail IS
    'One line per task of a workflow run, with the action that does it and the state that a person thinks in.';
COMMENT ON COLUMN attune.workflow_task_detail.id IS 'The workflow task execution.';
COMMENT ON COLUMN attune.workflow_task_detail.workflow_execution IS 'The workflow run that it is part of.';
COMMENT ON COLUMN attune.workflow_task_detail.execution IS 'The child execution that does the task.';
COMMENT ON COLUMN attune.workflow_task_detail.action_ref IS 'The action that the child execution runs.';
COMMENT ON COLUMN attune.workflow_task_detail.task_name IS 'The task''s name in the definition.';
COMMENT ON COLUMN attune.workflow_task_detail.task_index IS
    'The item''s position, from 0; NULL: not a with-items task.';
COMMENT ON COLUMN attune.workflow_task_detail.task_batch IS 'The batch that the item belongs to, from 0.';
COMMENT ON COLUMN attune.workflow_task_detail.status IS 'Where the task stands.';
COMMENT ON COLUMN attune.workflow_task_detail.task_status IS
    'The same, as a person watching the workflow thinks of it.';
COMMENT ON COLUMN attune.workflow_task_detail.started_at IS 'When the current attempt began to run.';
COMMENT ON COLUMN attune.workflow_task_detail.completed_at IS 'When it ended, however it ended.';
COMMENT ON COLUMN attune.workflow_task_detail.duration_ms IS 'How long it ran, in milliseconds.';
COMMENT ON COLUMN attune.workflow_task_detail.retry_count IS 'How many retries have been claimed.';
COMMENT ON COLUMN attune.workflow_task_detail.max_retries IS 'How many retries are allowed.';
COMMENT ON COLUMN attune.workflow_task_detail.next_retry_at IS
    'When the retry that it awaits is due; NULL: it awaits none.';
COMMENT ON COLUMN attune.workflow_task_detail.timed_out IS 'Whether the last attempt ran out of time.';

-- name: GetAction :one
-- Return the action with this id, or None.
SELECT * FROM attune.action
WHERE id = sqlc.arg(id);

-- name: GetActionByRef :one
-- Return the action with this ref, or None.
SELECT * FROM attune.action
WHERE ref = sqlc.arg(ref);

-- name: GetActionByWorkflowDef :one
-- Return the action that runs this workflow definition, or None.
SELECT * FROM attune.action
WHERE workflow_def = sqlc.arg(workflow_def)::bigint;

-- name: ListActions :many
-- List all actions, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.action
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListActionsByPack :many
-- List a pack's actions, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.action
WHERE pack = sqlc.arg(pack)
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListActionsByRuntime :many
-- List the actions that a runtime runs, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.action
WHERE runtime = sqlc.arg(runtime)::bigint
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowActions :many
-- List the actions that run a workflow, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.action
WHERE is_workflow
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: SearchActions :many
-- List the actions whose ref, label or description contains the text, ignoring case, by ref. A page starts after the ref
-- `after`; a limit of None lists all.
SELECT * FROM attune.action
WHERE id = ANY (ARRAY(
        SELECT a.id FROM attune.action a
        WHERE a.ref ILIKE attune.contains_pattern(sqlc.arg(text)::text)
            OR a.label ILIKE attune.contains_pattern(sqlc.arg(text)::text)
            OR a.description ILIKE attune.contains_pattern(sqlc.arg(text)::text)
    ))
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CreateAction :one
-- Insert an action and return it.
INSERT INTO attune.action (ref, pack, pack_ref, label, description, entrypoint, runtime, param_schema, out_schema, workflow_def)
VALUES (
    sqlc.arg(ref),
    sqlc.arg(pack),
    sqlc.arg(pack_ref),
    sqlc.arg(label),
    sqlc.arg(description),
    sqlc.arg(entrypoint),
    sqlc.narg(runtime),
    sqlc.narg(param_schema),
    sqlc.narg(out_schema),
    sqlc.narg(workflow_def)
)
RETURNING *;

-- name: UpdateActionWorkflowDef :one
-- Link an action to this workflow definition, or to none, and return it, or None if there is no such action.
UPDATE attune.action
SET workflow_def = sqlc.narg(workflow_def)
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: DeleteAction :execrows
-- Delete an action; its executions are kept. Return 0 if there was none.
DELETE FROM attune.action
WHERE id = sqlc.arg(id);

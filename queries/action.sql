-- name: GetAction :one
-- The action with this id; None: there is none.
SELECT * FROM attune.action
WHERE id = sqlc.arg(id);

-- name: GetActionByRef :one
-- The action with this ref; None: there is none.
SELECT * FROM attune.action
WHERE ref = sqlc.arg(ref);

-- name: GetActionByWorkflowDef :one
-- The action that runs this workflow definition; None: there is none.
SELECT * FROM attune.action
WHERE workflow_def = sqlc.arg(workflow_def)::bigint;

-- name: ListActions :many
-- A page of all actions, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.action
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListActionsByPack :many
-- A page of a pack's actions, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.action
WHERE pack = sqlc.arg(pack)
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListActionsByRuntime :many
-- A page of the actions that a runtime runs, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.action
WHERE runtime = sqlc.arg(runtime)::bigint
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowActions :many
-- A page of the actions that run a workflow, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.action
WHERE is_workflow
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: SearchActions :many
-- A page of the actions whose ref, label or description contains the text in either case, by ref, after the ref `after`; a
-- limit of None is no limit.
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
-- Inserts an action and returns it.
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
-- Makes an action run this workflow definition, or none (None); None: there is no such action.
UPDATE attune.action
SET workflow_def = sqlc.narg(workflow_def)
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: DeleteAction :execrows
-- Deletes an action; its executions stay. 0: there was none.
DELETE FROM attune.action
WHERE id = sqlc.arg(id);

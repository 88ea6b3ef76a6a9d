-- name: GetWorkflowDefinition :one
-- The workflow definition with this id; None: there is none.
SELECT * FROM attune.workflow_definition
WHERE id = sqlc.arg(id);

-- name: GetWorkflowDefinitionByRef :one
-- The workflow definition with this ref; None: there is none.
SELECT * FROM attune.workflow_definition
WHERE ref = sqlc.arg(ref);

-- name: ListWorkflowDefinitions :many
-- A page of all workflow definitions, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.workflow_definition
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowDefinitionsByPack :many
-- A page of a pack's workflow definitions, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.workflow_definition
WHERE pack = sqlc.arg(pack)
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowDefinitionsByPackRef :many
-- A page of the workflow definitions of the pack with this ref, by their own ref, after the ref `after`; a limit of
-- None is no limit.
SELECT * FROM attune.workflow_definition
WHERE pack_ref = sqlc.arg(pack_ref)
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CountWorkflowDefinitionsByPackRef :one
-- How many workflow definitions the pack with this ref has.
SELECT count(*) FROM attune.workflow_definition
WHERE pack_ref = sqlc.arg(pack_ref);

-- name: ListEnabledWorkflowDefinitions :many
-- A page of the workflow definitions that may be started, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.workflow_definition
WHERE enabled
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowDefinitionsByTag :many
-- A page of the workflow definitions that carry the tag, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.workflow_definition
WHERE id = ANY (ARRAY(SELECT d.id FROM attune.workflow_definition d WHERE d.tags @> ARRAY[sqlc.arg(tag)::text]))
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: SearchWorkflowDefinitions :many
-- A page of the workflow definitions that meet each condition given, by ref, after the ref `after`: ref, label or
-- description contains the text in either case; of this pack; with all of the tags; enabled or not. A limit of None is no
-- limit.
SELECT * FROM attune.workflow_definition
WHERE (
        sqlc.narg(text)::text IS NULL
        OR ref ILIKE attune.contains_pattern(sqlc.narg(text)::text)
        OR label ILIKE attune.contains_pattern(sqlc.narg(text)::text)
        OR description ILIKE attune.contains_pattern(sqlc.narg(text)::text)
    )
    AND (sqlc.narg(pack_ref)::text IS NULL OR pack_ref = sqlc.narg(pack_ref)::text)
    AND tags @> sqlc.arg(tags)::text[]
    AND (sqlc.narg(enabled)::boolean IS NULL OR enabled = sqlc.narg(enabled)::boolean)
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CreateWorkflowDefinition :one
-- Inserts a workflow definition and returns it.
INSERT INTO attune.workflow_definition (
    ref, pack, pack_ref, label, description, version, param_schema, out_schema, definition, tags, enabled
)
VALUES (
    sqlc.arg(ref),
    sqlc.arg(pack),
    sqlc.arg(pack_ref),
    sqlc.arg(label),
    sqlc.narg(description),
    sqlc.arg(version),
    sqlc.narg(param_schema),
    sqlc.narg(out_schema),
    sqlc.arg(definition),
    sqlc.arg(tags),
    sqlc.arg(enabled)
)
RETURNING *;

-- name: GetWorkflowDefinitionForUpdate :one
-- The workflow definition with this id, locked: nobody links to it or begins a run until the transaction ends. None: there
-- is none.
SELECT * FROM attune.workflow_definition
WHERE id = sqlc.arg(id)
FOR UPDATE;

-- name: DeleteWorkflowDefinition :execrows
-- Deletes a workflow definition that no action links to and that has no runs; 0: there was none.
DELETE FROM attune.workflow_definition
WHERE id = sqlc.arg(id);

-- name: DeleteWorkflowDefinitionWithRuns :execrows
-- Unlinks a workflow definition from its action and deletes it with its workflow executions and their tasks; the
-- executions stay. 0: there was none.
WITH unlinked AS (
    UPDATE attune.action
    SET workflow_def = NULL
    WHERE workflow_def = sqlc.arg(id)::bigint
),
runs AS (
    DELETE FROM attune.workflow_execution
    WHERE workflow_def = sqlc.arg(id)::bigint
)
DELETE FROM attune.workflow_definition
WHERE id = sqlc.arg(id)::bigint;

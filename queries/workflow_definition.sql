-- name: GetWorkflowDefinition :one
-- Return the workflow definition with this id, or None.
SELECT * FROM attune.workflow_definition
WHERE id = sqlc.arg(id);

-- name: GetWorkflowDefinitionByRef :one
-- Return the workflow definition with this ref, or None.
SELECT * FROM attune.workflow_definition
WHERE ref = sqlc.arg(ref);

-- name: ListWorkflowDefinitions :many
-- List all workflow definitions, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.workflow_definition
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowDefinitionsByPack :many
-- List a pack's workflow definitions, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.workflow_definition
WHERE pack = sqlc.arg(pack)
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowDefinitionsByPackRef :many
-- List the workflow definitions of the pack with this ref, by their own ref. A page starts after the ref `after`; a limit
-- of None lists all.
SELECT * FROM attune.workflow_definition
WHERE pack_ref = sqlc.arg(pack_ref)
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CountWorkflowDefinitionsByPackRef :one
-- Count the workflow definitions of the pack with this ref.
SELECT count(*) FROM attune.workflow_definition
WHERE pack_ref = sqlc.arg(pack_ref);

-- name: ListEnabledWorkflowDefinitions :many
-- List the workflow definitions that may be started, by ref. A page starts after the ref `after`; a limit of None lists
-- all.
SELECT * FROM attune.workflow_definition
WHERE enabled
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowDefinitionsByTag :many
-- List the workflow definitions that carry the tag, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.workflow_definition
WHERE id = ANY (ARRAY(SELECT d.id FROM attune.workflow_definition d WHERE d.tags @> ARRAY[sqlc.arg(tag)::text]))
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: SearchWorkflowDefinitions :many
-- List the workflow definitions that meet all conditions that are given, by ref: ref, label or description contains the
-- text, ignoring case; of this pack; with all of the tags; enabled or not. A page starts after the ref `after`; a limit of
-- None lists all.
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
-- Insert a workflow definition and return it.
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
-- Return the workflow definition with this id, or None, and lock it: until the transaction ends, nothing links to it and no
-- run begins.
SELECT * FROM attune.workflow_definition
WHERE id = sqlc.arg(id)
FOR UPDATE;

-- name: DeleteWorkflowDefinition :execrows
-- Delete a workflow definition to which no action is linked and that has no runs. Return 0 if there was none.
DELETE FROM attune.workflow_definition
WHERE id = sqlc.arg(id);

-- name: DeleteWorkflowDefinitionWithRuns :execrows
-- Unlink a workflow definition from its action, and delete it with its workflow executions and their tasks; the executions
-- are kept. Return 0 if there was none.
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

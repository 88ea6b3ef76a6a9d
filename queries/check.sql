-- What `attune-store check` reads of a live database beside its catalog. Whatever decides over our statements there.

-- name: ConfigureCheck :exec
-- Set, for this transaction, what the text of definitions depends on and how long to wait for locks.
SELECT set_config(s.name, s.setting, true) FROM (VALUES
    ('transaction_read_only', 'on'), ('lock_timeout', '2s'), ('statement_timeout', '30s'),
    ('idle_in_transaction_session_timeout', '0'), ('jit', 'off'),
    ('search_path', ''), ('quote_all_identifiers', 'off'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'), ('bytea_output', 'hex'),
    ('standard_conforming_strings', 'on'), ('extra_float_digits', '1'),
    ('row_security', 'on'), ('transaction_timeout', '0')
) AS s (name, setting)
WHERE current_setting(s.name, true) IS NOT NULL;

-- name: ListSessionSettings :many
-- List the settings that the session started with and that affect every statement.
--
-- @sqlc-vet-disable ordered bounded
SELECT coalesce(s.name, '')::text AS name, coalesce(s.reset_val, '')::text AS setting
FROM pg_catalog.pg_settings s
WHERE s.name IN (
    'default_transaction_read_only', 'session_replication_role', 'row_security', 'array_nulls', 'server_encoding',
    'statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout'
)
ORDER BY s.name;

-- name: GetLiveRole :one
-- Get the connected role and what it may see.
SELECT current_user::text AS name, quote_ident(current_user)::text AS identifier,
    -- To which settings belong, as SQL has it.
    concat(quote_ident(session_user), ' IN DATABASE ', quote_ident(current_database()))::text AS session,
    EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = sqlc.arg(schema)::text) AS schema_exists,
    coalesce((
        SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        FROM pg_catalog.pg_namespace n WHERE n.nspname = sqlc.arg(schema)::text
    ), false)::boolean AS usage;

-- name: FindMigrationList :one
-- Find what is called schema_migrations, and whether the role sees what it lists.
--
-- None: there is nothing of this name.
SELECT (
        c.relkind IN ('r', 'p', 'v', 'm', 'f') AND EXISTS (
            SELECT FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'version'
                AND a.atttypid IN ('pg_catalog.varchar'::regtype, 'pg_catalog.text'::regtype)
        )
    )::boolean AS is_list,
    pg_catalog.has_table_privilege(c.oid, 'SELECT')::boolean AS readable,
    pg_catalog.row_security_active(c.oid)::boolean AS secured,
    -- Those that may be the one that lists the versions.
    ARRAY(
        SELECT quote_ident(a.attname) FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'version'
            AND a.atttypid IN ('pg_catalog.varchar'::regtype, 'pg_catalog.text'::regtype)
            AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        ORDER BY a.attnum
    )::text[] AS columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = 'schema_migrations';

-- name: ListLiveRelations :many
-- List the tables and views with these names, as the connected role finds them.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation,
    concat_ws(
        ' of the extension ',
        CASE c.relkind
            WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'f' THEN 'a foreign table' ELSE 'a table'
        END,
        (
            SELECT e.extname
            FROM pg_catalog.pg_depend d
            JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
    )::text AS kind,
    ARRAY(
        SELECT r.name FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r (name)
        WHERE pg_catalog.has_table_privilege(c.oid, r.name)
    )::text[] AS rights,
    concat_ws(
        ', ',
        CASE WHEN c.relrowsecurity THEN 'on' END,
        CASE WHEN c.relforcerowsecurity THEN 'forced' END
    )::text AS row_security,
    pg_catalog.row_security_active(c.oid)::boolean AS secured,
    (SELECT count(*) FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid)::integer AS policies,
    quote_ident(pg_catalog.pg_get_userbyid(c.relowner))::text AS owner
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[])
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY c.relname;

-- name: ListNamesakes :many
-- List the tables, views and enum types of these names in other schemas, with their columns or labels.
--
-- @sqlc-vet-disable ordered bounded
SELECT n.nspname::text AS schema_name, c.relname::text AS name,
    ARRAY(
        SELECT a.attname::text FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
    )::text[] AS parts
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[]) AND c.relkind IN ('r', 'p', 'v')
UNION ALL
SELECT n.nspname::text, t.typname::text,
    ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)::text[]
FROM pg_catalog.pg_type t
JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname <> sqlc.arg(schema)::text AND t.typname = ANY(sqlc.arg(names)::text[]) AND t.typtype = 'e'
ORDER BY schema_name, name;

-- name: ListLackingColumnRights :many
-- List the columns that the role may not read, insert or update, by a right on the table or on the column.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation, r.name::text AS right_name, a.attname::text AS column_name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS r (name)
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[])
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT pg_catalog.has_table_privilege(c.oid, r.name)
    AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, r.name)
ORDER BY c.relname, r.name, a.attnum;

-- name: ListLiveRules :many
-- List the rules on relations of these names, and whether each is enabled.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation, r.rulename::text AS name,
    coalesce(pg_catalog.pg_get_ruledef(r.oid), '')::text AS definition,
    (r.ev_enabled IN ('O', 'A'))::boolean AS enabled
FROM pg_catalog.pg_rewrite r
JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[]) AND r.rulename <> '_RETURN'
ORDER BY c.relname, r.rulename;

-- name: ListLackingOwnerRights :many
-- List rights that an owner lacks, as whom the server reads for a view and enforces foreign keys.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation, l.right_name::text AS right_name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT 'USAGE on schema ' || quote_ident(n.nspname) AS right_name
    WHERE c.relkind IN ('r', 'p') AND NOT pg_catalog.has_schema_privilege(c.relowner, n.oid, 'USAGE')
    UNION
    SELECT r.name || ' on ' || c.oid::regclass::text
    FROM unnest(ARRAY['SELECT', 'UPDATE', 'DELETE']) AS r (name)
    WHERE c.relkind IN ('r', 'p') AND NOT pg_catalog.has_table_privilege(c.relowner, c.oid, r.name)
    UNION
    SELECT 'SELECT on ' || d.refobjid::regclass::text
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d
        ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> c.oid AND d.refobjsubid > 0
    WHERE r.ev_class = c.oid AND c.relkind = 'v'
        AND NOT pg_catalog.has_column_privilege(c.relowner, d.refobjid, d.refobjsubid::int2, 'SELECT')
        AND NOT EXISTS (
            SELECT FROM unnest(c.reloptions) AS o (option)
            WHERE o.option IN (
                'security_invoker=true', 'security_invoker=on', 'security_invoker=yes', 'security_invoker=1'
            )
        )
) AS l
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[])
ORDER BY c.relname, l.right_name;

-- name: ListRefusedFunctions :many
-- List the signatures of the functions that the role may not call.
--
-- @sqlc-vet-disable ordered bounded
SELECT concat(p.proname, '(', pg_catalog.pg_get_function_identity_arguments(p.oid), ')')::text AS signature
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = sqlc.arg(schema)::text AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
ORDER BY signature;

-- name: ListRefusedSequences :many
-- List the sequences of column defaults of these tables that the role may not use.
--
-- @sqlc-vet-disable ordered bounded
SELECT DISTINCT c.relname::text AS relation, w.nspname::text AS schema_name, s.relname::text AS name
FROM pg_catalog.pg_attrdef a
JOIN pg_catalog.pg_class c ON c.oid = a.adrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = a.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_catalog.pg_class s ON s.oid = d.refobjid
JOIN pg_catalog.pg_namespace w ON w.oid = s.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[])
    AND CASE WHEN s.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE') END
ORDER BY relation, schema_name, name;

-- name: ListUnenforcedTables :many
-- List the tables whose foreign keys are switched off.
--
-- @sqlc-vet-disable ordered bounded
SELECT DISTINCT c.relname::text AS name FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
ORDER BY name;

-- name: ListGrowingIndexes :many
-- List the indexes that are being built at this moment, or may be if the role can't see that.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS name FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND NOT i.indisvalid AND EXISTS (
    SELECT FROM pg_catalog.pg_stat_progress_create_index p
    WHERE p.datname = current_database() AND coalesce(nullif(p.index_relid, 0), i.indexrelid) = i.indexrelid
)
ORDER BY c.relname;

-- name: ListSequencesOfIds :many
-- List the sequences of the ids of these tables: how they count, and whether the role may see where they stand.
--
-- @sqlc-vet-disable ordered bounded
WITH used (sequence, relation, number, is_identity) AS (
    SELECT d.objid, d.refobjid, d.refobjsubid, true FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.refclassid = 'pg_catalog.pg_class'::regclass
        AND d.deptype = 'i'
    UNION
    SELECT d.refobjid, f.adrelid, f.adnum, false
    FROM pg_catalog.pg_attrdef f
    JOIN pg_catalog.pg_depend d
        ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass
)
SELECT c.relname::text AS relation, a.attname::text AS column_name,
    w.nspname::text AS schema_name, q.relname::text AS sequence, u.is_identity,
    -- Those that are unusual.
    concat_ws(
        ', ',
        'INCREMENT BY ' || nullif(s.seqincrement, 1)::text,
        'MAXVALUE ' || nullif(s.seqmax, 9223372036854775807)::text,
        CASE WHEN s.seqcycle THEN 'CYCLE' END,
        'CACHE ' || nullif(s.seqcache, 1)::text,
        CASE WHEN q.relpersistence <> c.relpersistence THEN 'UNLOGGED' END
    )::text AS settings,
    s.seqincrement::bigint AS increment, s.seqmin::bigint AS least, s.seqmax::bigint AS greatest, s.seqcycle AS cycles,
    (
        pg_catalog.has_sequence_privilege(q.oid, 'SELECT')
        AND pg_catalog.has_schema_privilege(w.oid, 'USAGE')
        AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
        -- On a standby those that are not logged can't be read.
        AND (q.relpersistence = 'p' AND c.relpersistence = 'p' OR NOT pg_catalog.pg_is_in_recovery())
        -- By which the greatest id is found at once.
        AND EXISTS (
            SELECT FROM pg_catalog.pg_index i
            WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL
        )
    )::boolean AS readable
FROM used u
JOIN pg_catalog.pg_sequence s ON s.seqrelid = u.sequence
JOIN pg_catalog.pg_class q ON q.oid = s.seqrelid
JOIN pg_catalog.pg_namespace w ON w.oid = q.relnamespace
JOIN pg_catalog.pg_class c ON c.oid = u.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[])
    AND a.atttypid = 'pg_catalog.int8'::regtype
ORDER BY q.relname;

-- name: ListForeignHolders :many
-- List the foreign keys in other schemas that keep rows of these tables from being deleted.
--
-- @sqlc-vet-disable ordered bounded
SELECT k.conrelid::regclass::text AS holder, quote_ident(k.conname)::text AS name, c.relname::text AS relation,
    coalesce(pg_catalog.pg_get_constraintdef(k.oid), '')::text AS definition
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class h ON h.oid = k.conrelid
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[])
    AND k.contype = 'f' AND k.conparentid = 0 AND h.relnamespace <> c.relnamespace
    AND (
        k.confdeltype IN ('a', 'r')
        OR k.confdeltype = 'n' AND EXISTS (
            SELECT FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = k.conrelid AND a.attnotnull AND a.attnum = ANY(coalesce(k.confdelsetcols, k.conkey))
        )
    )
ORDER BY holder, name;

-- name: ListPublishedTables :many
-- List the tables that a publication sends UPDATEs or DELETEs of.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation, quote_ident(p.pubname)::text AS publication,
    c.relreplident::text AS identity,
    -- Whether a filter or a list of columns leaves something out.
    EXISTS (
        SELECT FROM pg_catalog.pg_publication_rel r
        WHERE r.prpubid = p.oid AND r.prrelid = c.oid AND (r.prqual IS NOT NULL OR r.prattrs IS NOT NULL)
    )::boolean AS restricted
FROM pg_catalog.pg_publication p
CROSS JOIN pg_catalog.pg_get_publication_tables(p.pubname) AS t
JOIN pg_catalog.pg_class c ON c.oid = t.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND c.relname = ANY(sqlc.arg(names)::text[]) AND (p.pubupdate OR p.pubdelete)
ORDER BY c.relname, p.pubname;

-- name: ListOperatorClasses :many
-- List all operator classes, including those of extensions.
--
-- @sqlc-vet-disable ordered bounded
SELECT DISTINCT n.nspname::text AS schema_name, o.opcname::text AS name
FROM pg_catalog.pg_opclass o
JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace
ORDER BY name, schema_name;

-- name: ListTypeNames :many
-- List the names of types as format_type() writes them.
--
-- @sqlc-vet-disable ordered bounded
SELECT t.oid::bigint AS oid, pg_catalog.format_type(t.oid, NULL)::text AS name
FROM unnest(sqlc.arg(oids)::bigint[]) AS o (oid)
JOIN pg_catalog.pg_type t ON t.oid = o.oid
ORDER BY t.oid;

-- name: ListLocks :many
-- List the tables and views that other sessions have locked or wait to lock, so that the check would wait, and those
-- sessions.
--
-- @sqlc-vet-disable ordered bounded
SELECT DISTINCT c.relname::text AS relation,
    coalesce('process ' || l.pid, 'the prepared transaction ' || quote_literal(p.gid), 'a prepared transaction')::text AS holder
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
-- A prepared transaction has no process, but a lock on its own number.
LEFT JOIN pg_catalog.pg_locks t
    ON l.pid IS NULL AND t.pid IS NULL AND t.locktype = 'transactionid' AND t.virtualtransaction = l.virtualtransaction
LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction = t.transactionid
WHERE n.nspname = sqlc.arg(schema)::text AND c.relkind IN ('r', 'p', 'v')
    AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND l.pid IS DISTINCT FROM pg_backend_pid()
ORDER BY relation, holder;

-- name: ListDomains :many
-- List the domains with their base type and default, and whether they, or a domain that they are based on, refuse values
-- or NULL.
--
-- @sqlc-vet-disable ordered bounded
WITH RECURSIVE domain (oid, base, modifier, refuses, not_null) AS (
    SELECT t.oid, t.typbasetype, t.typtypmod,
        EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), t.typnotnull
    FROM pg_catalog.pg_type t
    WHERE t.typtype = 'd' AND t.typnamespace <> 'information_schema'::regnamespace
    UNION ALL
    SELECT d.oid, t.typbasetype, t.typtypmod,
        d.refuses OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'),
        d.not_null OR t.typnotnull
    FROM domain d
    JOIN pg_catalog.pg_type t ON t.oid = d.base
    WHERE t.typtype = 'd'
)
SELECT pg_catalog.format_type(d.oid, NULL)::text AS name,
    pg_catalog.format_type(d.base, d.modifier)::text AS base,
    d.refuses::boolean AS refuses, d.not_null::boolean AS not_null, own.typdefault AS default_value
FROM domain d
JOIN pg_catalog.pg_type own ON own.oid = d.oid
JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd'
ORDER BY name;

-- name: ListInsertTriggers :many
-- List the triggers that may change a row before it is inserted, with the source of their functions.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation, p.prosrc::text AS source
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
-- The bits say: for each row, before, insert.
WHERE n.nspname = sqlc.arg(schema)::text AND t.tgenabled IN ('O', 'A') AND t.tgtype & 7 = 7
ORDER BY c.relname, t.tgname;

-- name: ListRefusedChecks :many
-- List the constraints and indexes whose expression calls functions that the role may not call, and those functions.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation, coalesce(k.conname, i.relname)::text AS name,
    string_agg(DISTINCT d.refobjid::regprocedure::text, ', ')::text AS functions
FROM pg_catalog.pg_depend d
LEFT JOIN pg_catalog.pg_constraint k
    ON d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid AND k.contype = 'c'
LEFT JOIN pg_catalog.pg_index x ON d.classid = 'pg_catalog.pg_class'::regclass AND x.indexrelid = d.objid
LEFT JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = coalesce(k.conrelid, x.indrelid)
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE d.refclassid = 'pg_catalog.pg_proc'::regclass AND n.nspname = sqlc.arg(schema)::text
    AND NOT pg_catalog.has_function_privilege(d.refobjid, 'EXECUTE')
GROUP BY c.relname, coalesce(k.conname, i.relname)
ORDER BY relation, name;

-- name: ListRefusedDefaults :many
-- List the columns whose default calls a function that the role may not call.
--
-- @sqlc-vet-disable ordered bounded
SELECT DISTINCT c.relname::text AS relation, a.attname::text AS column_name
FROM pg_catalog.pg_attrdef f
JOIN pg_catalog.pg_class c ON c.oid = f.adrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
JOIN pg_catalog.pg_depend d
    ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_proc'::regclass
WHERE n.nspname = sqlc.arg(schema)::text AND NOT pg_catalog.has_function_privilege(d.refobjid, 'EXECUTE')
ORDER BY relation, column_name;

-- name: ListPolicies :many
-- List the policies of row security that concern the role, with expressions and whether each reads a row or a table.
--
-- @sqlc-vet-disable ordered bounded
SELECT c.relname::text AS relation, p.polpermissive::boolean AS permissive,
    (CASE p.polcmd
        WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL'
    END)::text AS command,
    coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true')::text AS lets_see,
    coalesce(
        pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), pg_catalog.pg_get_expr(p.polqual, p.polrelid), 'true'
    )::text AS lets_write,
    coalesce(p.polqual::text ~ '[{](VAR|SUBLINK) ', false)::boolean AS sees_rows,
    coalesce(coalesce(p.polwithcheck, p.polqual)::text ~ '[{](VAR|SUBLINK) ', false)::boolean AS writes_rows
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = sqlc.arg(schema)::text AND EXISTS (
    SELECT FROM unnest(p.polroles) AS o (oid)
    WHERE CASE o.oid WHEN 0 THEN true ELSE pg_catalog.pg_has_role(o.oid, 'USAGE') END
)
ORDER BY c.relname, p.polname;

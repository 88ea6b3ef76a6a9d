WITH ours AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1
        AND c.relname <> 'schema_migrations'
        AND c.relkind IN ('r', 'p', 'v')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
),
columns AS (
    SELECT a.attrelid, jsonb_agg(jsonb_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'not_null', a.attnotnull,
        'default', CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
        'identity', a.attidentity,
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) ELSE '' END,
        'comment', pg_catalog.col_description(a.attrelid, a.attnum)
    ) ORDER BY a.attnum) AS list
    FROM pg_catalog.pg_attribute a
    JOIN ours ON ours.oid = a.attrelid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
),
constraints AS (
    SELECT k.conrelid, jsonb_agg(jsonb_build_object(
        'name', k.conname,
        'kind', CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign_key' WHEN 'c' THEN 'check' ELSE 'exclusion' END,
        'definition', pg_catalog.pg_get_constraintdef(k.oid),
        'columns', coalesce((
            SELECT jsonb_agg(a.attname ORDER BY u.position)
            FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        ), '[]'),
        'references', (SELECT r.relname FROM pg_catalog.pg_class r WHERE r.oid = k.confrelid),
        'validated', k.convalidated
    ) ORDER BY k.conname) AS list
    FROM pg_catalog.pg_constraint k
    JOIN ours ON ours.oid = k.conrelid
    WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
    GROUP BY k.conrelid
),
indexes AS (
    SELECT i.indrelid, jsonb_agg(jsonb_build_object(
        'name', c.relname,
        'definition', pg_catalog.pg_get_indexdef(i.indexrelid),
        'columns', coalesce((
            SELECT jsonb_agg(a.attname ORDER BY u.position)
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u (attnum, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.attnum
        ), '[]'),
        'unique', i.indisunique,
        'valid', i.indisvalid AND i.indisready
    ) ORDER BY c.relname) AS list
    FROM pg_catalog.pg_index i
    JOIN ours ON ours.oid = i.indrelid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    GROUP BY i.indrelid
),
triggers AS (
    SELECT t.tgrelid, jsonb_agg(jsonb_build_object(
        'name', t.tgname,
        'definition', pg_catalog.pg_get_triggerdef(t.oid),
        'enabled', t.tgenabled
    ) ORDER BY t.tgname) AS list
    FROM pg_catalog.pg_trigger t
    JOIN ours ON ours.oid = t.tgrelid
    WHERE NOT t.tgisinternal
    GROUP BY t.tgrelid
)
SELECT jsonb_build_object(
    'schema', $1::text,
    'tables', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'name', o.relname,
            'columns', coalesce((SELECT list FROM columns x WHERE x.attrelid = o.oid), '[]'),
            'constraints', coalesce((SELECT list FROM constraints x WHERE x.conrelid = o.oid), '[]'),
            'indexes', coalesce((SELECT list FROM indexes x WHERE x.indrelid = o.oid), '[]'),
            'triggers', coalesce((SELECT list FROM triggers x WHERE x.tgrelid = o.oid), '[]'),
            'comment', pg_catalog.obj_description(o.oid, 'pg_class')
        ) ORDER BY o.relname)
        FROM ours o WHERE o.relkind IN ('r', 'p')
    ), '[]'),
    'views', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'name', o.relname,
            'definition', pg_catalog.pg_get_viewdef(o.oid),
            'columns', coalesce((SELECT list FROM columns x WHERE x.attrelid = o.oid), '[]'),
            'comment', pg_catalog.obj_description(o.oid, 'pg_class')
        ) ORDER BY o.relname)
        FROM ours o WHERE o.relkind = 'v'
    ), '[]'),
    'enums', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'name', t.typname,
            'labels', coalesce((
                SELECT jsonb_agg(l.enumlabel ORDER BY l.enumsortorder) FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid
            ), '[]'),
            'comment', pg_catalog.obj_description(t.oid, 'pg_type')
        ) ORDER BY t.typname)
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE n.nspname = $1 AND t.typtype = 'e'
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e'
            )
    ), '[]'),
    'functions', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'name', p.proname,
            'arguments', pg_catalog.pg_get_function_identity_arguments(p.oid),
            'definition', pg_catalog.pg_get_functiondef(p.oid),
            'comment', pg_catalog.obj_description(p.oid, 'pg_proc')
        ) ORDER BY p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = $1 AND p.prokind IN ('f', 'p')
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend d
                WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
            )
    ), '[]')
)

WITH ours AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.relnamespace, c.reltoastrelid, c.reltablespace, c.reloptions,
        c.relpersistence, c.relreplident, c.relispartition
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
    SELECT a.attrelid, jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
        'name', a.attname,
        'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
        'not_null', a.attnotnull,
        'default', CASE WHEN a.attgenerated = '' THEN coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), t.typdefault) END,
        'identity', nullif(a.attidentity, ''),
        'generated', CASE WHEN a.attgenerated <> '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
        'virtual', nullif(a.attgenerated = 'v', false),
        'validated', CASE WHEN EXISTS (
            SELECT FROM pg_catalog.pg_constraint k
            WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated
        ) THEN false END,
        'collation', CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
        'options', nullif(array_remove(ARRAY[
            CASE WHEN a.attstorage <> t.typstorage THEN
                'STORAGE ' || CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
            END,
            CASE a.attcompression WHEN 'p' THEN 'COMPRESSION pglz' WHEN 'l' THEN 'COMPRESSION lz4' END,
            'STATISTICS ' || nullif(a.attstattarget, -1)::text
        ] || a.attoptions, NULL), '{}'),
        'comment', pg_catalog.col_description(a.attrelid, a.attnum)
    )) ORDER BY a.attnum) AS list
    FROM pg_catalog.pg_attribute a
    JOIN ours ON ours.oid = a.attrelid
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
    GROUP BY a.attrelid
),
constraints AS (
    SELECT k.conrelid, jsonb_agg(jsonb_build_object(
        'name', k.conname,
        'kind', CASE k.contype WHEN 'p' THEN 'primary_key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign_key' WHEN 'c' THEN 'check' ELSE 'exclusion' END,
        'definition', pg_catalog.pg_get_constraintdef(k.oid) || coalesce((
            SELECT ' WITH (' || array_to_string(c.reloptions, ', ') || ')'
            FROM pg_catalog.pg_class c WHERE c.oid = k.conindid AND k.contype IN ('p', 'u', 'x')
        ), ''),
        'columns', coalesce((
            SELECT jsonb_agg(a.attname ORDER BY u.position)
            FROM unnest(k.conkey) WITH ORDINALITY AS u (attnum, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
        ), '[]'),
        'references', (SELECT r.relname FROM pg_catalog.pg_class r WHERE r.oid = k.confrelid),
        'validated', k.convalidated AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_index i
            WHERE i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x') AND NOT (i.indisvalid AND i.indisready AND i.indislive)
        )
    ) ORDER BY k.conname) AS list
    FROM pg_catalog.pg_constraint k
    JOIN ours ON ours.oid = k.conrelid
    WHERE k.contype IN ('p', 'u', 'f', 'c', 'x')
        -- A foreign key to a partitioned table has another one to each partition.
        AND k.conrelid IS DISTINCT FROM (
            SELECT p.conrelid FROM pg_catalog.pg_constraint p WHERE p.oid = k.conparentid
        )
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
        'valid', i.indisvalid AND i.indisready AND i.indislive
    ) ORDER BY c.relname) AS list
    FROM pg_catalog.pg_index i
    JOIN ours ON ours.oid = i.indrelid
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    GROUP BY i.indrelid
),
options AS (
    SELECT ours.oid, array_remove(
        coalesce(ours.reloptions, '{}')
        || ARRAY(
            SELECT 'toast.' || o.option
            FROM pg_catalog.pg_class t, unnest(t.reloptions) AS o (option)
            WHERE t.oid = ours.reltoastrelid
        )
        || ARRAY[
            CASE ours.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
            CASE ours.relreplident
                WHEN 'f' THEN 'REPLICA IDENTITY FULL' WHEN 'n' THEN 'REPLICA IDENTITY NOTHING' WHEN 'i' THEN 'REPLICA IDENTITY USING INDEX'
            END,
            CASE ours.relkind WHEN 'p' THEN 'PARTITION BY ' || pg_catalog.pg_get_partkeydef(ours.oid) END,
            'TABLESPACE ' || (SELECT t.spcname FROM pg_catalog.pg_tablespace t WHERE t.oid = ours.reltablespace)
        ]
        || ARRAY(
            SELECT CASE WHEN ours.relispartition THEN 'PARTITION OF ' ELSE 'INHERITS ' END || i.inhparent::regclass::text
            FROM pg_catalog.pg_inherits i WHERE i.inhrelid = ours.oid ORDER BY 1
        )
        || ARRAY(
            SELECT 'INHERITED BY ' || i.inhrelid::regclass::text
            FROM pg_catalog.pg_inherits i
            JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid AND c.relnamespace <> ours.relnamespace
            WHERE i.inhparent = ours.oid ORDER BY 1
        ), NULL) AS list
    FROM ours
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
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'name', o.relname,
            'columns', coalesce(columns.list, '[]'),
            'constraints', coalesce(constraints.list, '[]'),
            'indexes', coalesce(indexes.list, '[]'),
            'triggers', coalesce(triggers.list, '[]'),
            'options', nullif(options.list, '{}'),
            'comment', pg_catalog.obj_description(o.oid, 'pg_class')
        )) ORDER BY o.relname)
        FROM ours o
        -- Joined, not looked up for each: as many tables may stand beside ours.
        LEFT JOIN columns ON columns.attrelid = o.oid
        LEFT JOIN constraints ON constraints.conrelid = o.oid
        LEFT JOIN indexes ON indexes.indrelid = o.oid
        LEFT JOIN triggers ON triggers.tgrelid = o.oid
        LEFT JOIN options ON options.oid = o.oid
        WHERE o.relkind IN ('r', 'p')
    ), '[]'),
    'views', coalesce((
        SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
            'name', o.relname,
            'definition', pg_catalog.pg_get_viewdef(o.oid),
            'columns', coalesce(columns.list, '[]'),
            'options', nullif(options.list, '{}'),
            'comment', pg_catalog.obj_description(o.oid, 'pg_class')
        )) ORDER BY o.relname)
        FROM ours o
        LEFT JOIN columns ON columns.attrelid = o.oid
        LEFT JOIN options ON options.oid = o.oid
        WHERE o.relkind = 'v'
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
                WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i')
            )
    ), '[]')
)

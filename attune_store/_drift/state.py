"""What decides over a query beside the definitions: rights, row security, rules, migrations."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view, as the connected role meets it."""

    name: str
    kind: str
    """Such as "a table"."""
    rights: tuple[str, ...]
    lacking: tuple[tuple[str, str], ...]
    """Rights, and the columns that the role lacks them on."""
    row_security: str
    """Empty, or whether it is on, or only prepared."""
    secured: bool
    """Whether row security decides which rows this role sees."""
    policies: int
    closed: tuple[str, ...]
    """What no policy lets this role do."""
    rules: tuple[tuple[str, bool], ...]
    """Rules, and whether they are enabled."""
    owner: str
    owner_lacks: tuple[str, ...]
    """Rights that the owner needs, as whom the server reads for a view and enforces foreign keys."""


@dataclass(frozen=True, slots=True)
class State:
    """The connected role and what it may do."""

    role: str
    exists: bool
    usage: bool
    migrations: bool
    """Whether it may read which migrations were applied."""
    relations: tuple[Relation, ...]
    functions: tuple[str, ...]
    """The signatures of those that it may not call."""
    sequences: tuple[str, ...]
    """Those of column defaults that it may not use."""
    unenforced: tuple[str, ...]
    """Tables whose foreign keys are switched off."""
    building: tuple[str, ...]
    """Indexes that are being built at this moment."""
    sequences_of_ids: tuple[tuple[str, str, str], ...]
    """Tables, the sequences of their ids, and what is unusual about those."""
    operator_classes: tuple[str, ...]
    """All that there are, also those of extensions."""


_STATE = TypeAdapter(State)


def parse_state(document: Any) -> State:
    """The state in a document that READ_STATE returned."""
    return _STATE.validate_python(document)


READ_STATE: Final[LiteralString] = """
SELECT jsonb_build_object(
    'role', current_user,
    'exists', EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = $1),
    'usage', coalesce((
        SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        FROM pg_catalog.pg_namespace n WHERE n.nspname = $1
    ), false),
    'migrations', coalesce((
        SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT')
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relname = 'schema_migrations'
    ), true),
    'relations', coalesce((
        SELECT jsonb_agg(jsonb_build_object(
            'name', c.relname,
            'kind', CASE c.relkind
                WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'f' THEN 'a foreign table'
                ELSE 'a table'
            END,
            'rights', ARRAY(
                SELECT r.name FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r (name)
                WHERE pg_catalog.has_table_privilege(c.oid, r.name)
            ),
            'lacking', coalesce((
                SELECT jsonb_agg(jsonb_build_array(r.name, a.attname) ORDER BY a.attnum)
                FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS r (name)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE NOT pg_catalog.has_table_privilege(c.oid, r.name)
                    AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, r.name)
            ), '[]'),
            'row_security', concat_ws(
                ', ',
                CASE WHEN c.relrowsecurity THEN 'on' END,
                CASE WHEN c.relforcerowsecurity THEN 'forced' END
            ),
            'secured', pg_catalog.row_security_active(c.oid),
            'policies', (SELECT count(*) FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid),
            'closed', ARRAY(
                SELECT r.name
                FROM (VALUES ('SELECT', 'r'), ('INSERT', 'a'), ('UPDATE', 'w'), ('DELETE', 'd')) AS r (name, letter)
                WHERE NOT EXISTS (
                    SELECT FROM pg_catalog.pg_policy p, unnest(p.polroles) AS o (oid)
                    WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd::text IN ('*', r.letter)
                        AND CASE o.oid WHEN 0 THEN true ELSE pg_catalog.pg_has_role(o.oid, 'USAGE') END
                )
            ),
            'rules', coalesce((
                SELECT jsonb_agg(
                    jsonb_build_array(pg_catalog.pg_get_ruledef(r.oid), r.ev_enabled IN ('O', 'A')) ORDER BY r.rulename
                )
                FROM pg_catalog.pg_rewrite r
                WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'
            ), '[]'),
            'owner', pg_catalog.pg_get_userbyid(c.relowner),
            'owner_lacks', ARRAY(
                SELECT 'USAGE on schema ' || quote_ident(n.nspname)
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
                ORDER BY 1
            )
        ) ORDER BY c.relname)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    ), '[]'),
    'functions', ARRAY(
        SELECT p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS signature
        FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = $1 AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
        ORDER BY signature
    ),
    'sequences', ARRAY(
        SELECT s.relname FROM pg_catalog.pg_attrdef a
        JOIN pg_catalog.pg_class c ON c.oid = a.adrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_depend d
            ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = a.oid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass
        JOIN pg_catalog.pg_class s ON s.oid = d.refobjid
        WHERE n.nspname = $1
            AND CASE WHEN s.relkind = 'S'
                THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE') END
        ORDER BY s.relname
    ),
    'unenforced', ARRAY(
        SELECT DISTINCT c.relname FROM pg_catalog.pg_trigger t
        JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
        ORDER BY c.relname
    ),
    'building', ARRAY(
        SELECT c.relname FROM pg_catalog.pg_index i
        JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND NOT i.indisvalid AND EXISTS (
            SELECT FROM pg_catalog.pg_locks l
            JOIN pg_catalog.pg_database d ON d.oid = l.database
            WHERE d.datname = current_database() AND l.relation = i.indrelid
                AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted
        )
        ORDER BY c.relname
    ),
    'sequences_of_ids', coalesce((
        SELECT jsonb_agg(jsonb_build_array(c.relname, q.relname, u.text) ORDER BY q.relname)
        FROM pg_catalog.pg_sequence s
        JOIN pg_catalog.pg_class q ON q.oid = s.seqrelid
        JOIN pg_catalog.pg_depend d
            ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.seqrelid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'i'
        JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
        CROSS JOIN concat_ws(
            ', ',
            'INCREMENT BY ' || nullif(s.seqincrement, 1)::text,
            'MAXVALUE ' || nullif(s.seqmax, 9223372036854775807)::text,
            CASE WHEN s.seqcycle THEN 'CYCLE' END,
            'CACHE ' || nullif(s.seqcache, 1)::text,
            CASE WHEN q.relpersistence <> c.relpersistence THEN 'UNLOGGED' END
        ) AS u (text)
        WHERE n.nspname = $1 AND a.atttypid = 'pg_catalog.int8'::regtype AND u.text <> ''
    ), '[]'),
    'operator_classes', ARRAY(SELECT DISTINCT o.opcname FROM pg_catalog.pg_opclass o ORDER BY 1)
)
"""

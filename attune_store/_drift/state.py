"""What decides over a query beside the definitions: rights, row security, rules, migrations."""

from dataclasses import dataclass
from typing import Any, Final, LiteralString

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view, as the connected role meets it."""

    name: str
    rights: tuple[str, ...]
    row_security: bool
    secured: bool
    """Whether row security decides which rows this role sees."""
    policies: int
    unlogged: bool
    rules: tuple[str, ...]


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
    """Those that it may not call."""
    sequences: tuple[str, ...]
    """Those of column defaults that it may not use."""
    unproved: tuple[tuple[str, str], ...]
    """Tables and columns whose NOT NULL is not yet valid."""
    unenforced: tuple[str, ...]
    """Tables whose foreign keys are switched off."""
    building: tuple[str, ...]
    """Indexes that are being built at this moment."""
    invalid: tuple[tuple[str, str], ...]
    """Tables and constraints whose index is not valid."""
    collations: tuple[tuple[str, str, str], ...]
    """Tables, columns and collations that are not their type's."""
    limited: tuple[tuple[str, str, str], ...]
    """Tables, the sequences of their ids, and where those end before their type does."""
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
            'rights', ARRAY(
                SELECT r.name
                FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r (name)
                WHERE pg_catalog.has_table_privilege(c.oid, r.name)
                    OR r.name <> 'DELETE' AND NOT EXISTS (
                        SELECT FROM pg_catalog.pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                            AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, r.name)
                    )
            ),
            'row_security', c.relrowsecurity,
            'secured', pg_catalog.row_security_active(c.oid),
            'unlogged', c.relpersistence = 'u',
            'policies', (SELECT count(*) FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid),
            'rules', ARRAY(
                SELECT pg_catalog.pg_get_ruledef(r.oid) FROM pg_catalog.pg_rewrite r
                WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN' AND r.ev_enabled <> 'D'
                ORDER BY r.rulename
            )
        ) ORDER BY c.relname)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v')
    ), '[]'),
    'functions', ARRAY(
        SELECT p.proname FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = $1 AND NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
        ORDER BY p.proname
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
    'unproved', coalesce((
        SELECT jsonb_agg(jsonb_build_array(c.relname, a.attname) ORDER BY c.relname, a.attnum)
        FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        WHERE n.nspname = $1 AND k.contype = 'n' AND NOT k.convalidated
    ), '[]'),
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
    'invalid', coalesce((
        SELECT jsonb_agg(jsonb_build_array(c.relname, k.conname) ORDER BY k.conname)
        FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid
        JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = $1 AND k.contype IN ('p', 'u', 'x')
            AND NOT (i.indisvalid AND i.indisready)
    ), '[]'),
    'collations', coalesce((
        SELECT jsonb_agg(jsonb_build_array(c.relname, a.attname, o.collname) ORDER BY c.relname, a.attnum)
        FROM pg_catalog.pg_attribute a
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
        JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
        WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
            AND a.attcollation <> t.typcollation
    ), '[]'),
    'limited', coalesce((
        SELECT jsonb_agg(
            jsonb_build_array(
                c.relname, q.relname,
                'up to ' || s.seqmax || CASE WHEN s.seqcycle THEN ', then from the start' ELSE '' END
            ) ORDER BY q.relname
        )
        FROM pg_catalog.pg_sequence s
        JOIN pg_catalog.pg_class q ON q.oid = s.seqrelid
        JOIN pg_catalog.pg_depend d
            ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = s.seqrelid
            AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'i'
        JOIN pg_catalog.pg_class c ON c.oid = d.refobjid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
        WHERE n.nspname = $1 AND a.atttypid = 'pg_catalog.int8'::regtype
            AND (s.seqmax < 9223372036854775807 OR s.seqcycle)
    ), '[]'),
    'operator_classes', ARRAY(SELECT DISTINCT o.opcname FROM pg_catalog.pg_opclass o ORDER BY 1)
)
"""

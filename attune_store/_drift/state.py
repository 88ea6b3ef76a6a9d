"""What decides over a query beside the definitions: rights, row security, rules, migrations."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, LiteralString

from pydantic import TypeAdapter

from attune_store._drift.difference import Severity
from attune_store._drift.report import Report
from attune_store._migrations import Progress

RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view, as the connected role meets it."""

    name: str
    rights: tuple[str, ...]
    row_security: bool
    secured: bool
    """Whether row security decides which rows this role sees."""
    policies: int
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
    unproved: tuple[str, ...]
    """Columns whose NOT NULL is not yet valid."""
    unenforced: tuple[str, ...]
    """Tables whose foreign keys are switched off."""
    building: tuple[str, ...]
    """Indexes that are being built at this moment."""


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
        SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
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
    'unproved', ARRAY(
        SELECT c.relname || '.' || a.attname FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
        WHERE n.nspname = $1 AND k.contype = 'n' AND NOT k.convalidated
        ORDER BY 1
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
    )
)
"""


def compare_state(
    report: Report, schema: str, tables: set[str], views: set[str], state: State
) -> None:
    """Report what keeps the connected role from what the queries do with these tables and views."""
    role = f"role {state.role}"
    if not state.usage:
        remedy = f"GRANT USAGE ON SCHEMA {schema} TO {state.role}"
        report.add(Severity.BREAKING, role, f"USAGE on schema {schema}", None, remedy)
    ours = [one for one in state.relations if one.name in tables | views]
    lacking = sorted((_lacking(one, one.name in views), one.name) for one in ours)
    for rights, group in groupby(lacking, key=lambda it: it[0]):
        if rights:
            names = [f"{schema}.{name}" for _, name in group]
            remedy = f"GRANT {', '.join(rights)} ON {', '.join(names)} TO {state.role}"
            wanted = f"{', '.join(rights)} on {', '.join(names)}"
            touches = [touched for name in names for touched in report.touched(name)]
            report.add(Severity.BREAKING, role, wanted, None, remedy, touches=touches)
    for function in state.functions:
        if touches := report.touched(f"{schema}.{function}"):
            remedy = f"GRANT EXECUTE ON FUNCTION {schema}.{function} TO {state.role}"
            wanted = f"EXECUTE on {schema}.{function}"
            report.add(Severity.BREAKING, role, wanted, None, remedy, touches=touches)
    for sequence in state.sequences:
        remedy = f"GRANT USAGE ON SEQUENCE {schema}.{sequence} TO {state.role}"
        report.add(Severity.BREAKING, role, f"USAGE on {schema}.{sequence}", None, remedy)
    for column in state.unproved:
        name, _, plain = f"{schema}.{column}".rpartition(".")
        remedy = f"VALIDATE its constraint, once no NULL is left in {name}"
        touches = report.touched(name, plain)
        found = "NOT NULL NOT VALID"
        report.add(
            Severity.RISKY, f"column {name}.{plain}", "NOT NULL", found, remedy, touches=touches
        )
    for table in state.unenforced:
        name = f"{schema}.{table}"
        remedy = f"ALTER TABLE {name} ENABLE TRIGGER ALL, and look for rows that refer to nothing"
        expected, found, touches = "enforced", "switched off", report.touched(name)
        object = f"foreign keys of {name}"
        report.add(Severity.RISKY, object, expected, found, remedy, touches=touches)
    for relation in ours:
        _compare_relation(report, f"{schema}.{relation.name}", relation)


def _lacking(relation: Relation, is_view: bool) -> tuple[str, ...]:
    wanted = RIGHTS[:1] if is_view else RIGHTS
    return tuple(right for right in wanted if right not in relation.rights)


def _compare_relation(report: Report, name: str, relation: Relation) -> None:
    touches = report.touched(name)
    if relation.row_security:
        found = f"on, with {relation.policies} policies" if relation.policies else "on, with none"
        found += "" if relation.secured else ", but not for this role"
        blind = relation.secured and not relation.policies
        severity = Severity.BREAKING if blind else Severity.RISKY
        remedy = "let the role bypass row security, or see that the policies let all rows pass"
        report.add(severity, f"row security of {name}", None, found, remedy, touches=touches)
    for rule in relation.rules:
        severity = Severity.BREAKING if " INSTEAD " in rule else Severity.RISKY
        text = " ".join(rule.split())
        report.add(severity, f"rule on {name}", None, text, "drop it", touches=touches)


def compare_migrations(report: Report, progress: Progress | None, role: str) -> None:
    """Report migrations that are pending or unknown, or that the role does not see them."""
    if progress is None:
        remedy = f"GRANT SELECT ON attune.schema_migrations TO {role}"
        wanted = "SELECT on attune.schema_migrations"
        report.add(Severity.BREAKING, "migrations", wanted, f"not visible to role {role}", remedy)
        return
    if progress.pending:
        names = ", ".join(migration.name for migration in progress.pending)
        found = f"{len(progress.applied)} applied, pending: {names}"
        expected = f"{len(progress.applied) + len(progress.pending)} applied"
        remedy = "run `attune-store migrate`"
        report.add(Severity.BREAKING, "migrations", expected, found, remedy)
    for version in progress.unknown:
        remedy = "nothing, if nothing else differs: the database is newer than the code"
        report.add(Severity.HARMLESS, f"migration {version}", None, "applied", remedy)

"""Single changes to the schema, each with the object and severity that a check has to report.

What is expected here follows from what happens to the queries, not from the code of the check.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from attune_queries.catalog import CATALOG, Column, Table
from attune_queries.manifest import QUERIES

from attune_store._drift import Severity

BREAKING, RISKY, HARMLESS = Severity
SCHEMA: Final = CATALOG.schema


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change, and the one line that a check has to say about it."""

    kind: str
    statement: str
    object: str
    severity: Severity


Kind = Callable[[random.Random], Mutation]
KINDS: Final[list[Kind]] = []


def mutations(seed: int) -> Iterator[Mutation]:
    """An endless stream of different ones, of every kind in turn; the server may refuse some."""
    chance = random.Random(seed)
    seen: set[Mutation] = set()
    while True:
        kinds = list(KINDS)
        chance.shuffle(kinds)
        for kind in kinds:
            mutation = kind(chance)
            if mutation not in seen:
                seen.add(mutation)
                yield mutation


def kind(function: Callable[[random.Random], tuple[str, str, Severity]]) -> Kind:
    def named(chance: random.Random) -> Mutation:
        return Mutation(function.__name__, *function(chance))

    KINDS.append(named)
    return named


def _table(chance: random.Random) -> tuple[Table, str]:
    table = chance.choice(CATALOG.tables)
    return table, f"{SCHEMA}.{table.name}"


def _column(
    chance: random.Random, suits: Callable[[Column], object] = lambda _: True
) -> tuple[str, Column]:
    pairs = [(t, c) for t in CATALOG.tables for c in t.columns if suits(c)]
    table, column = chance.choice(pairs)
    return f"{SCHEMA}.{table.name}", column


def _constraint(chance: random.Random, *kinds: str) -> tuple[str, str, str]:
    """A table, a constraint's name and its definition."""
    table, one = chance.choice(
        [(t, c) for t in CATALOG.tables for c in t.constraints if c.kind in kinds]
    )
    return f"{SCHEMA}.{table.name}", one.name, one.definition


def _called(function: str) -> bool:
    return any(f"{SCHEMA}.{function}(" in query.sql for query in QUERIES)


def _arbitrates(table: str, definition: str) -> bool:
    """Whether an ON CONFLICT names the columns of this unique constraint."""
    columns = definition[definition.index("(") :]
    return any(
        f"INSERT INTO {table} " in query.sql and f"ON CONFLICT {columns}" in query.sql
        for query in QUERIES
    )


# --- tables


@kind
def drop_table(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = _table(chance)
    return f"DROP TABLE {name} CASCADE", f"table {name}", BREAKING


@kind
def rename_table(chance: random.Random) -> tuple[str, str, Severity]:
    table, name = _table(chance)
    return f"ALTER TABLE {name} RENAME TO {table.name}_old", f"table {name}", BREAKING


@kind
def add_table(chance: random.Random) -> tuple[str, str, Severity]:
    name = f"{SCHEMA}.extra_{chance.randrange(100)}"
    columns = chance.choice(["id int PRIMARY KEY", "id bigint, label text", "status text UNIQUE"])
    return f"CREATE TABLE {name} ({columns})", f"table {name}", HARMLESS


# --- columns


@kind
def drop_column(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance)
    statement = f"ALTER TABLE {table} DROP COLUMN {column.name} CASCADE"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def rename_column(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance)
    statement = f"ALTER TABLE {table} RENAME COLUMN {column.name} TO {column.name}_new"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def add_nullable_column(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = _table(chance)
    rest = chance.choice(["text", "jsonb", "bigint DEFAULT 7", "text[] NOT NULL DEFAULT '{}'"])
    return f"ALTER TABLE {name} ADD COLUMN extra {rest}", f"column {name}.extra", HARMLESS


@kind
def add_required_column(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = _table(chance)
    rest = chance.choice(["text", "boolean", "timestamptz"])
    statement = f"ALTER TABLE {name} ADD COLUMN extra {rest} NOT NULL"
    return statement, f"column {name}.extra", BREAKING


@kind
def retype_column(chance: random.Random) -> tuple[str, str, Severity]:
    types = {
        "text": ["varchar(300)", "varchar", "char(300)"],
        "bigint": ["integer", "numeric"],
        "integer": ["bigint", "smallint"],
        "timestamp with time zone": ["timestamp", "timestamptz(3)"],
        "text[]": ["varchar(50)[]"],
    }
    table, column = _column(chance, lambda column: column.type in types)
    new = chance.choice(types[column.type])
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} TYPE {new}"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def drop_not_null(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance, lambda column: column.not_null and not column.identity)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP NOT NULL"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def set_not_null(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance, lambda column: not column.not_null)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} SET NOT NULL"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def drop_default(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance, lambda column: column.default)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP DEFAULT"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def change_default(chance: random.Random) -> tuple[str, str, Severity]:
    values = {
        "timestamp with time zone": "clock_timestamp()",
        "text[]": "'{a}'",
        "jsonb": """'{"a": 1}'""",
        "boolean": "NULL",
        "integer": "3",
        "text": "'a'",
    }
    table, column = _column(
        chance, lambda column: column.default and column.type in values and column.type != "boolean"
    )
    value = values[column.type]
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} SET DEFAULT {value}"
    return statement, f"column {table}.{column.name}", RISKY


@kind
def drop_identity(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance, lambda column: column.identity)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP IDENTITY"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def always_identity(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance, lambda column: column.identity)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} SET GENERATED ALWAYS"
    return statement, f"column {table}.{column.name}", RISKY


@kind
def drop_expression(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = _column(chance, lambda column: column.generated)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP EXPRESSION"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def limit_sequence(chance: random.Random) -> tuple[str, str, Severity]:
    table, _ = _table(chance)
    how = chance.choice(["AS integer", "MAXVALUE 99999999", "CYCLE"])
    sequence = f"{SCHEMA}.{table.name}_id_seq"
    return f"ALTER SEQUENCE {sequence} {how}", f"sequence {sequence}", RISKY


# --- enums


@kind
def add_label(chance: random.Random) -> tuple[str, str, Severity]:
    enum = chance.choice(CATALOG.enums)
    place = f"{chance.choice(['BEFORE', 'AFTER'])} '{chance.choice(enum.labels)}'"
    statement = f"ALTER TYPE {SCHEMA}.{enum.name} ADD VALUE 'extra' {place}"
    return statement, f"enum {SCHEMA}.{enum.name}", BREAKING


@kind
def rename_label(chance: random.Random) -> tuple[str, str, Severity]:
    enum = chance.choice(CATALOG.enums)
    label = chance.choice(enum.labels)
    statement = f"ALTER TYPE {SCHEMA}.{enum.name} RENAME VALUE '{label}' TO '{label}_new'"
    return statement, f"enum {SCHEMA}.{enum.name}", BREAKING


@kind
def reorder_labels(chance: random.Random) -> tuple[str, str, Severity]:
    enum = chance.choice(CATALOG.enums)
    label = chance.choice(enum.labels[:-1])
    statement = f"""
        UPDATE pg_enum SET enumsortorder = 99
        WHERE enumtypid = '{SCHEMA}.{enum.name}'::regtype AND enumlabel = '{label}'"""
    return statement, f"enum {SCHEMA}.{enum.name}", RISKY


@kind
def rename_enum(chance: random.Random) -> tuple[str, str, Severity]:
    name = f"{SCHEMA}.{chance.choice(CATALOG.enums).name}"
    return f"ALTER TYPE {name} RENAME TO extra", f"enum {name}", BREAKING


@kind
def drop_enum(chance: random.Random) -> tuple[str, str, Severity]:
    name = f"{SCHEMA}.{chance.choice(CATALOG.enums).name}"
    return f"DROP TYPE {name} CASCADE", f"enum {name}", BREAKING


# --- constraints


@kind
def drop_key(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, definition = _constraint(chance, "primary_key", "unique")
    severity = BREAKING if _arbitrates(table, definition) else RISKY
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"
    return statement, f"constraint {table}.{name}", severity


@kind
def drop_foreign_key(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = _constraint(chance, "foreign_key")
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}", f"constraint {table}.{name}", RISKY


@kind
def drop_check(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = _constraint(chance, "check")
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}", f"constraint {table}.{name}", RISKY


@kind
def rename_constraint(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = _constraint(chance, "primary_key", "unique", "foreign_key", "check")
    statement = f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {name}_new"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def change_on_delete(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, definition = _constraint(chance, "foreign_key")
    bare = definition.replace(" ON DELETE CASCADE", "").replace(" ON DELETE SET NULL", "")
    actions = ["", " ON DELETE CASCADE", " ON DELETE RESTRICT", " ON DELETE SET NULL"]
    new = chance.choice([bare + action for action in actions if bare + action != definition])
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {new}"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def unvalidated(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, definition = _constraint(chance, "foreign_key", "check")
    new = f"ADD CONSTRAINT {name} {definition} NOT VALID"
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name}, {new}"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def change_check(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = _constraint(chance, "check")
    new = f"ADD CONSTRAINT {name} CHECK (id > {chance.randrange(100)})"
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name}, {new}"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def add_constraint(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = _table(chance)
    rest = chance.choice(["CHECK (id > 0)", "UNIQUE (created)", "UNIQUE (id, updated)"])
    statement = f"ALTER TABLE {table} ADD CONSTRAINT extra {rest}"
    return statement, f"constraint {table}.extra", RISKY


# --- indexes


def _index(chance: random.Random) -> tuple[str, str, str]:
    """An index, the object that a report names, and its definition."""
    table, index = chance.choice([(t, i) for t in CATALOG.tables for i in t.indexes])
    return index.name, f"index {SCHEMA}.{table.name}.{index.name}", index.definition


@kind
def drop_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, _ = _index(chance)
    return f"DROP INDEX {SCHEMA}.{name}", object, RISKY


@kind
def invalidate_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, _ = _index(chance)
    statement = f"""
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{SCHEMA}.{name}'::regclass"""
    return statement, object, RISKY


@kind
def change_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, definition = _index(chance)
    head, _, _ = definition.partition(" USING ")
    column = chance.choice(["updated", "(created, id)"]).strip("()")
    return f"DROP INDEX {SCHEMA}.{name}; {head} ({column})", object, RISKY


@kind
def rename_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, _ = _index(chance)
    return f"ALTER INDEX {SCHEMA}.{name} RENAME TO {name}_new", object, HARMLESS


@kind
def add_index(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = _table(chance)
    return f"CREATE INDEX extra ON {table} (created)", f"index {table}.extra", HARMLESS


@kind
def add_unique_index(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = _table(chance)
    return f"CREATE UNIQUE INDEX extra ON {table} (created)", f"index {table}.extra", RISKY


# --- views


@kind
def drop_view(chance: random.Random) -> tuple[str, str, Severity]:
    name = f"{SCHEMA}.{chance.choice(CATALOG.views).name}"
    return f"DROP VIEW {name}", f"view {name}", BREAKING


@kind
def rename_view_column(chance: random.Random) -> tuple[str, str, Severity]:
    view = chance.choice(CATALOG.views)
    column = chance.choice(view.columns).name
    statement = f"ALTER VIEW {SCHEMA}.{view.name} RENAME COLUMN {column} TO {column}_new"
    return statement, f"view {SCHEMA}.{view.name}", BREAKING


@kind
def replace_view(chance: random.Random) -> tuple[str, str, Severity]:
    view = chance.choice(CATALOG.views)
    definition = view.definition.rstrip().rstrip(";")
    rest = chance.choice(["LIMIT 1000", f"OFFSET {chance.randrange(1, 9)}"])
    statement = f"CREATE OR REPLACE VIEW {SCHEMA}.{view.name} AS {definition} {rest}"
    return statement, f"view {SCHEMA}.{view.name}", RISKY


@kind
def retype_view(chance: random.Random) -> tuple[str, str, Severity]:
    view = chance.choice(CATALOG.views)
    name = f"{SCHEMA}.{view.name}"
    target = chance.choice([column.name for column in view.columns if column.type == "bigint"])
    columns = ", ".join(
        f"{c.name}::text AS {c.name}" if c.name == target else c.name for c in view.columns
    )
    definition = view.definition.rstrip().rstrip(";")
    statement = f"DROP VIEW {name}; CREATE VIEW {name} AS SELECT {columns} FROM ({definition}) v"
    return statement, f"view {name}", BREAKING


# --- functions and triggers


@kind
def drop_function(chance: random.Random) -> tuple[str, str, Severity]:
    function = chance.choice(CATALOG.functions)
    name = f"{SCHEMA}.{function.name}"
    used = _called(function.name) or any(f"{name}(" in view.definition for view in CATALOG.views)
    object = f"function {name}({function.arguments})"
    return f"DROP FUNCTION {name} CASCADE", object, BREAKING if used else RISKY


@kind
def replace_function(chance: random.Random) -> tuple[str, str, Severity]:
    function = chance.choice(CATALOG.functions)
    name = f"{SCHEMA}.{function.name}"
    change = chance.choice(["COST 7", "STABLE", "SECURITY DEFINER", "SET work_mem = '8MB'"])
    return f"ALTER FUNCTION {name} {change}", f"function {name}({function.arguments})", RISKY


@kind
def replace_trigger_function(chance: random.Random) -> tuple[str, str, Severity]:
    body = chance.choice(["RETURN NULL", "RETURN NEW", "NEW.updated := now(); RETURN NEW"])
    statement = f"""
        CREATE OR REPLACE FUNCTION {SCHEMA}.set_updated() RETURNS trigger LANGUAGE plpgsql
        AS 'BEGIN {body}; END'"""
    return statement, f"function {SCHEMA}.set_updated()", RISKY


@kind
def add_function(chance: random.Random) -> tuple[str, str, Severity]:
    body = f"LANGUAGE sql RETURN {chance.randrange(100)}"
    statement = f"CREATE FUNCTION {SCHEMA}.extra() RETURNS integer {body}"
    return statement, f"function {SCHEMA}.extra()", HARMLESS


def _trigger(chance: random.Random) -> tuple[str, str]:
    table, trigger = chance.choice([(t, x) for t in CATALOG.tables for x in t.triggers])
    return f"{SCHEMA}.{table.name}", trigger.name


@kind
def disable_trigger(chance: random.Random) -> tuple[str, str, Severity]:
    table, name = _trigger(chance)
    how = chance.choice(["DISABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
    return f"ALTER TABLE {table} {how} {name}", f"trigger {table}.{name}", RISKY


@kind
def drop_trigger(chance: random.Random) -> tuple[str, str, Severity]:
    table, name = _trigger(chance)
    return f"DROP TRIGGER {name} ON {table}", f"trigger {table}.{name}", RISKY


@kind
def change_trigger(chance: random.Random) -> tuple[str, str, Severity]:
    table, name = _trigger(chance)
    when = chance.choice(["AFTER UPDATE", "BEFORE INSERT", "BEFORE UPDATE OF created"])
    statement = f"""
        CREATE OR REPLACE TRIGGER {name} {when} ON {table}
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.set_updated()"""
    return statement, f"trigger {table}.{name}", RISKY


@kind
def add_trigger(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = _table(chance)
    when = chance.choice(["BEFORE INSERT", "BEFORE UPDATE", "AFTER DELETE"])
    statement = f"""
        CREATE TRIGGER extra {when} ON {table}
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.set_updated()"""
    return statement, f"trigger {table}.extra", RISKY


# --- what decides beside the definitions


@kind
def revoke(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = _table(chance)
    right = chance.choice(["SELECT", "INSERT", "UPDATE", "DELETE"])
    statement = f"""
        CREATE ROLE attune_test_service;
        GRANT USAGE ON SCHEMA {SCHEMA} TO attune_test_service;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO attune_test_service;
        REVOKE {right} ON {table} FROM attune_test_service;
        SET ROLE attune_test_service"""
    return statement, "role attune_test_service", BREAKING


@kind
def row_security(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = _table(chance)
    statement = f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    return statement, f"row security of {table}", RISKY  # its owner and superusers pass


@kind
def add_rule(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = _table(chance)
    event = chance.choice(["INSERT", "UPDATE", "DELETE"])
    statement = f"CREATE RULE extra AS ON {event} TO {table} DO INSTEAD NOTHING"
    return statement, f"rule on {table}", BREAKING


@kind
def forget_migration(chance: random.Random) -> tuple[str, str, Severity]:
    statement = f"""
        DELETE FROM {SCHEMA}.schema_migrations WHERE version = (
            SELECT version FROM {SCHEMA}.schema_migrations
            ORDER BY version DESC OFFSET {chance.randrange(3)} LIMIT 1
        )"""
    return statement, "migrations", BREAKING


@kind
def unknown_migration(chance: random.Random) -> tuple[str, str, Severity]:
    version = f"9{chance.randrange(100):02}"
    statement = f"INSERT INTO {SCHEMA}.schema_migrations VALUES ('{version}')"
    return statement, f"migration {version}", HARMLESS

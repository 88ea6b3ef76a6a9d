"""Changes to enums, views, functions and triggers, and to rights, settings and the like."""

import random

from attune_queries.catalog import CATALOG

from attune_store.errors import Severity
from tests.drift.mutations.base import BREAKING, HARMLESS, RISKY, SCHEMA, any_table, is_called, kind
from tests.names import SERVICE


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


@kind
def drop_function(chance: random.Random) -> tuple[str, str, Severity]:
    function = chance.choice(CATALOG.functions)
    name = f"{SCHEMA}.{function.name}"
    used = is_called(function.name) or any(f"{name}(" in view.definition for view in CATALOG.views)
    object = f"function {name}({function.arguments})"
    return f"DROP FUNCTION {name} CASCADE", object, BREAKING if used else RISKY


@kind
def replace_function(chance: random.Random) -> tuple[str, str, Severity]:
    function = chance.choice(CATALOG.functions)
    name = f"{SCHEMA}.{function.name}"
    changes = ["COST 7", "STABLE", "SECURITY DEFINER", "SET work_mem = '8MB'"]
    change = chance.choice([one for one in changes if one not in function.definition])
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
    _, table = any_table(chance)
    when = chance.choice(["BEFORE INSERT", "BEFORE UPDATE", "AFTER DELETE"])
    statement = f"""
        CREATE TRIGGER extra {when} ON {table}
        FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.set_updated()"""
    return statement, f"trigger {table}.extra", RISKY


@kind
def revoke(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = any_table(chance)
    right = chance.choice(["SELECT", "INSERT", "UPDATE", "DELETE"])
    statement = f"""
        CREATE ROLE {SERVICE};
        GRANT USAGE ON SCHEMA {SCHEMA} TO {SERVICE};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO {SERVICE};
        REVOKE {right} ON {table} FROM {SERVICE};
        SET ROLE {SERVICE}"""
    return statement, f"role {SERVICE}", BREAKING


@kind
def row_security(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = any_table(chance)
    statement = f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    return statement, f"row security of {table}", RISKY  # its owner and superusers are not affected


@kind
def add_rule(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = any_table(chance)
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
    return statement, "migrations", RISKY  # its changes are applied


@kind
def unknown_migration(chance: random.Random) -> tuple[str, str, Severity]:
    version = f"9{chance.randrange(100):02}"
    statement = f"INSERT INTO {SCHEMA}.schema_migrations VALUES ('{version}')"
    return statement, f"migration {version}", HARMLESS


@kind
def set_view(chance: random.Random) -> tuple[str, str, Severity]:
    name = f"{SCHEMA}.{chance.choice(CATALOG.views).name}"
    option = chance.choice(["security_barrier", "security_invoker"])
    return f"ALTER VIEW {name} SET ({option} = true)", f"view {name}", RISKY


@kind
def add_policy(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = any_table(chance)
    return f"CREATE POLICY extra ON {table} USING (false)", f"row security of {table}", HARMLESS

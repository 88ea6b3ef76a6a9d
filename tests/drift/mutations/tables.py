"""Changes to tables and their columns."""

import random

from attune_store.errors import Severity
from tests.drift.mutations.base import (
    BREAKING,
    HARMLESS,
    RISKY,
    SCHEMA,
    any_column,
    any_table,
    is_copied_into,
    is_given,
    kind,
)
from tests.names import SERVICE


@kind
def drop_table(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = any_table(chance)
    return f"DROP TABLE {name} CASCADE", f"table {name}", BREAKING


@kind
def rename_table(chance: random.Random) -> tuple[str, str, Severity]:
    table, name = any_table(chance)
    return f"ALTER TABLE {name} RENAME TO {table.name}_old", f"table {name}", BREAKING


@kind
def add_table(chance: random.Random) -> tuple[str, str, Severity]:
    name = f"{SCHEMA}.extra_{chance.randrange(100)}"
    columns = chance.choice(["id int PRIMARY KEY", "id bigint, label text", "status text UNIQUE"])
    return f"CREATE TABLE {name} ({columns})", f"table {name}", HARMLESS


@kind
def drop_column(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance)
    statement = f"ALTER TABLE {table} DROP COLUMN {column.name} CASCADE"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def rename_column(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance)
    statement = f"ALTER TABLE {table} RENAME COLUMN {column.name} TO {column.name}_new"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def add_nullable_column(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = any_table(chance)
    rest = chance.choice(["text", "jsonb", "bigint DEFAULT 7", "text[] NOT NULL DEFAULT '{}'"])
    return f"ALTER TABLE {name} ADD COLUMN extra {rest}", f"column {name}.extra", HARMLESS


@kind
def add_required_column(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = any_table(chance)
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
    # These accept all values, and return the annotated types.
    wide = {"varchar", "bigint", "timestamptz(3)"}
    table, column = any_column(chance, lambda column: column.type in types)
    new = chance.choice(types[column.type])
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} TYPE {new}"
    return statement, f"column {table}.{column.name}", RISKY if new in wide else BREAKING


@kind
def drop_not_null(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance, lambda column: column.not_null and not column.identity)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP NOT NULL"
    return statement, f"column {table}.{column.name}", RISKY  # no row has a NULL there


@kind
def set_not_null(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance, lambda column: not column.not_null)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} SET NOT NULL"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def drop_default(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance, lambda column: column.default)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP DEFAULT"
    severity = HARMLESS if is_given(table, column.name) else BREAKING
    return statement, f"column {table}.{column.name}", severity


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
    table, column = any_column(
        chance, lambda column: column.default and column.type in values and column.type != "boolean"
    )
    value = values[column.type]
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} SET DEFAULT {value}"
    severity = HARMLESS if is_given(table, column.name) else RISKY
    return statement, f"column {table}.{column.name}", severity


@kind
def drop_identity(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance, lambda column: column.identity)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP IDENTITY"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def always_identity(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance, lambda column: column.identity)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} SET GENERATED ALWAYS"
    return statement, f"column {table}.{column.name}", HARMLESS  # no statement sets an id


@kind
def drop_expression(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance, lambda column: column.generated)
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} DROP EXPRESSION"
    return statement, f"column {table}.{column.name}", BREAKING


@kind
def limit_sequence(chance: random.Random) -> tuple[str, str, Severity]:
    table, _ = any_table(chance)
    how = chance.choice(["AS integer", "MAXVALUE 99999999", "CYCLE"])
    sequence = f"{SCHEMA}.{table.name}_id_seq"
    return f"ALTER SEQUENCE {sequence} {how}", f"sequence {sequence}", RISKY


@kind
def set_table(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = any_table(chance)
    setting, severity = chance.choice(
        [
            ("SET (fillfactor = 42)", HARMLESS),
            ("SET (autovacuum_enabled = off)", RISKY),
            ("SET (autovacuum_vacuum_scale_factor = 0.01)", HARMLESS),
            ("REPLICA IDENTITY FULL", HARMLESS),
        ]
    )
    return f"ALTER TABLE {name} {setting}", f"table {name}", severity


@kind
def inherit_table(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = any_table(chance)
    return f"CREATE TABLE {SCHEMA}.heir () INHERITS ({name})", f"table {SCHEMA}.heir", RISKY


@kind
def give_table_away(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = any_table(chance)
    statement = f"CREATE ROLE {SERVICE}; ALTER TABLE {name} OWNER TO {SERVICE}"
    return statement, f"table {name}", BREAKING


@kind
def view_for_table(chance: random.Random) -> tuple[str, str, Severity]:
    table, name = any_table(chance)
    old = f"{SCHEMA}.{table.name}_old"
    rename = f"ALTER TABLE {name} RENAME TO {table.name}_old"
    severity = BREAKING if is_copied_into(name) else RISKY
    return f"{rename}; CREATE VIEW {name} AS SELECT * FROM {old}", f"table {name}", severity


@kind
def add_refusing_column(chance: random.Random) -> tuple[str, str, Severity]:
    _, name = any_table(chance)
    domain, column = chance.choice(
        [
            ("text NOT NULL", f"{SCHEMA}.strict"),
            ("text CHECK (VALUE <> 'a')", f"{SCHEMA}.strict DEFAULT 'b' CHECK (extra <> 'b')"),
            ("int", "int CHECK (extra IS NOT NULL)"),
            ("int", "int DEFAULT 1 UNIQUE"),
        ]
    )
    statement = f"CREATE DOMAIN {SCHEMA}.strict AS {domain}; ALTER TABLE {name} ADD extra {column}"
    return statement, f"column {name}.extra", BREAKING


@kind
def tune_column(chance: random.Random) -> tuple[str, str, Severity]:
    table, column = any_column(chance, lambda column: column.type == "text")
    setting, severity = chance.choice(
        [
            ("SET STATISTICS 0", RISKY),
            ("SET STATISTICS 500", HARMLESS),
            ("SET STORAGE EXTERNAL", HARMLESS),
            ("SET (n_distinct = 3)", RISKY),
            ('TYPE text COLLATE "C"', RISKY),
        ]
    )
    statement = f"ALTER TABLE {table} ALTER COLUMN {column.name} {setting}"
    return statement, f"column {table}.{column.name}", severity

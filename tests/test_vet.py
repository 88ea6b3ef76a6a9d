"""What `make lint` refuses in schema/ and queries/."""

import re
import shutil
import sys
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools"))
generate, vet = import_module("generate"), import_module("vet")

LOCK = "SET LOCAL lock_timeout = '5s';\n"

MIGRATIONS = [
    (f"{LOCK}ALTER TABLE attune.pack ADD COLUMN note text;", None),
    ("ALTER TABLE attune.pack ADD COLUMN note text;", "require-lock-timeout"),
    (f"{LOCK}DROP TABLE attune.pack;", "ban-drop-table"),
    (
        f"{LOCK}CREATE INDEX note ON attune.pack (label);",
        "require-concurrent-index-creation",
    ),
    (
        f"{LOCK}ALTER TABLE attune.pack ADD CONSTRAINT note CHECK (label <> '');",
        "constraint-missing-not-valid",
    ),
    (
        f"{LOCK}ALTER TABLE attune.pack ALTER label TYPE varchar(9);",
        "changing-column-type",
    ),
]


@pytest.mark.parametrize(("up", "rule"), MIGRATIONS)
def test_migrations(tmp_path: Path, up: str, rule: str | None) -> None:
    down = f"{LOCK}DROP TABLE attune.note;"
    (tmp_path / "011_note.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n")
    said = "\n".join(vet.vet_migrations(tmp_path))
    assert f": {rule} " in said if rule else not said, said


QUERIES = [
    (":many\nSELECT * FROM attune.pack ORDER BY label, id LIMIT 3", None),
    (":many\nSELECT * FROM attune.pack ORDER BY label LIMIT 3", "A: ordered"),
    (":many\nSELECT * FROM attune.pack LIMIT 3", "A: ordered"),
    (":many\nSELECT * FROM attune.pack ORDER BY id", "A: bounded"),
    (":one\nSELECT id FROM pack WHERE id = 1", 'relation "pack" does not exist'),
    (":exec\nUPDATE pack SET label = ''", 'relation "pack" does not exist'),
    (":one\nSELECT is_terminal('running')", "function is_terminal(unknown) does not exist"),
    (":one\nSELECT name FROM attune.pack WHERE id = 1", 'column "name" does not exist'),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_queries(
    tmp_path: Path, shared_database_url: str, query: str, expected: str | None
) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries/a.sql").write_text(f"-- name: A {query};\n")
    (tmp_path / "schema").symlink_to(ROOT / "schema")
    shutil.copy(ROOT / "sqlc.yaml", tmp_path)
    with (
        nullcontext() if expected is None else pytest.raises(SystemExit, match=re.escape(expected))
    ):
        vet.vet_queries(tmp_path, generate.as_url(shared_database_url))

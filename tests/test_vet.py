"""The checks of `make lint` for schema/ and queries/."""

import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
generate, vet = import_module("generate"), import_module("vet")

LOCK = "SET LOCAL lock_timeout = '5s';\n"

MIGRATIONS = [
    (f"{LOCK}ALTER TABLE attune.pack ADD COLUMN note text;", None),
    (
        "-- migrate:up transaction:false\n"
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS note ON attune.pack (label);",
        None,
    ),
    (
        f"{LOCK}ALTER TABLE attune.pack ADD CONSTRAINT note CHECK (label <> '') NOT VALID;",
        None,
    ),
    (f"{LOCK}ALTER TABLE attune.pack VALIDATE CONSTRAINT note;", None),
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
    up = up if up.startswith("--") else f"-- migrate:up\n{up}"
    (tmp_path / "011_note.sql").write_text(f"{up}\n-- migrate:down\n{down}\n")
    said = "\n".join(vet.vet_migrations(tmp_path))
    assert f": {rule} " in said if rule else not said, said


def refusal(root: Path, url: str, *queries: str) -> str:
    """Return sqlc's message about the queries, which are named A, B and so on."""
    (root / "queries").mkdir()
    named = (f"-- name: {chr(ord('A') + n)} {query};\n" for n, query in enumerate(queries))
    (root / "queries/a.sql").write_text("".join(named))
    (root / "schema").symlink_to(ROOT / "schema")
    shutil.copy(ROOT / "sqlc.yaml", root)
    with pytest.raises(SystemExit) as refused:
        vet.vet_queries(root, generate.as_url(url))
    return str(refused.value)


def test_lists_are_ordered_and_bounded(tmp_path: Path, shared_database_url: str) -> None:
    said = refusal(
        tmp_path,
        shared_database_url,
        ":many\nSELECT * FROM attune.pack ORDER BY label, id LIMIT 3",
        ":many\nSELECT * FROM attune.pack ORDER BY label LIMIT 3",
        ":many\nSELECT * FROM attune.pack LIMIT 3",
        ":many\nSELECT * FROM attune.pack ORDER BY id",
        ":many\nSELECT * FROM attune.pack ORDER BY lower(label), ref DESC\nLIMIT 3",
    )
    assert re.findall(r"([A-Z]): (\w+): ", said) == [
        ("B", "ordered"),
        ("C", "ordered"),
        ("D", "bounded"),
    ]


def test_names_are_qualified_and_queries_prepared(tmp_path: Path, shared_database_url: str) -> None:
    said = refusal(
        tmp_path,
        shared_database_url,
        ":one\nSELECT id FROM pack WHERE id = 1",
        ":exec\nUPDATE action SET label = ''",
        ":one\nSELECT is_terminal('running')",
        ":one\nSELECT name FROM attune.pack WHERE id = 1",
    )
    assert re.findall(r"(\S+ \S+) does not exist", said) == [
        'relation "pack"',
        'relation "action"',
        "function is_terminal(unknown)",
        'column "name"',
    ]

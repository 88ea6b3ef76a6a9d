"""SQL that can't be generated, and the messages."""

from pathlib import Path

import pytest
from run_sqlc import generate

REFUSED = Path(__file__).with_name("refused")


@pytest.mark.parametrize("name", sorted(path.stem for path in REFUSED.glob("*.sql")))
def test_the_message_says_what_to_do(name: str, tmp_path: Path) -> None:
    text = (REFUSED / f"{name}.sql").read_text()
    schema, _, query = text.partition("-- queries\n")
    expected = [
        line.removeprefix("-- expect: ")
        for line in schema.splitlines()
        if line.startswith("-- expect: ")
    ]
    errors = generate(tmp_path, schema, query)
    assert expected
    for line in expected:
        assert line in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "library").exists()

"""The documentation: its links lead somewhere, and the reference leaves nothing out."""

import re
from pathlib import Path

import pytest

import attune_store.inputs

ROOT = Path(__file__).parent.parent
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *sorted(ROOT.glob("examples/**/*.md")),
    *sorted(ROOT.glob("sqlc-gen-psycopg/*.md")),
    *sorted(ROOT.glob("sqlc-gen-psycopg/docs/*.md")),
]
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    code = r"^```.*?^```|`[^`\n]+`"
    text = re.sub(code, "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    assert not missing


def test_the_reference_names_everything_public() -> None:
    pages = {path.stem: path.read_text() for path in ROOT.glob("docs/reference/*.md")}
    documented = set(re.findall(r"^::: [\w.]+\.(\w+)$", "\n".join(pages.values()), re.MULTILINE))
    inputs = {name for name in attune_store.__all__ if hasattr(attune_store.inputs, name)}
    twins = {name for name in attune_store.__all__ if name.startswith("Async")}
    left = set(attune_store.__all__) - documented - inputs - twins - {"MISSING", "errors"}
    assert not left

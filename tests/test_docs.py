"""The documentation: its links work, and the reference is complete."""

import inspect
import re
from pathlib import Path

import pytest
from attune_queries.manifest import QUERIES

import attune_store.inputs
from attune_store import pytest_plugin, testing

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
    fixtures = {name for name in vars(pytest_plugin) if name.startswith("attune_")}
    assert {*testing.__all__, *fixtures} <= documented
    left = set(attune_store.__all__) - documented - inputs - twins - {"MISSING", "errors"}
    assert not left


REPOSITORIES = [
    name for name in attune_store.__all__ if re.fullmatch(r"(?!Async)\w+Repository", name)
]
EXPLAINED = {
    *("after", "attempt", "delay", "expected", "expected_updated", "lease", "limit", "max_losses"),
    *("now", "retry_delay", "statuses", "wait", "with_runs", "worker"),
}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_docstrings_explain_parameters_and_name_the_query(name: str) -> None:
    repository = getattr(attune_store, name)
    for method in dir(repository):
        if method.startswith("_"):
            continue
        function = getattr(repository, method)
        text = inspect.getdoc(function) or ""
        given = EXPLAINED & set(inspect.signature(function).parameters)
        assert [one for one in sorted(given) if f"`{one}`" not in text] == [], method
        if method not in {"get_by_id", "get_by_ref", "update", "stream"}:  # of all repositories
            queries = re.findall(r"\(([A-Z]\w+)\)|Quer(?:y|ies):\s([\w, \n]+)\.", text)
            named = set(re.findall(r"\w+", " ".join(map("".join, queries))))
            assert named and named <= {query.name for query in QUERIES}, method

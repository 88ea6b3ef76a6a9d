"""The text of support.py: the definitions from `templates/support` that a package needs."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

_PARTS = ("cursors", "copies", "streams", "arguments", "results", "codecs", "structures")
_DOC = '''"""What the generated functions need of psycopg: cursors with adapters of their own.

Nothing is registered globally and nothing is changed on a connection, and what a caller
registered there changes nothing here. Arguments are sent without a type, as literals
are, so that the server gives a parameter the type that it has by the statement.
"""

'''


@dataclass(frozen=True, slots=True)
class _Definition:
    """A class, function or constant."""

    text: str
    names: frozenset[str]
    """The names that it defines."""
    uses: frozenset[str]
    """The names that it uses."""


def support(texts: Iterable[str]) -> str:
    """Return the definitions that modules with these texts use, directly or indirectly.

    ruff removes unused imports.
    """
    wanted = {name for text in texts for name in re.findall(r"(?<![\w.])support\.(\w+)", text)}
    imports, definitions = _parts()
    by_name = {name: definition for definition in definitions for name in definition.names}
    needed: set[str] = set()
    while wanted:
        needed |= wanted
        wanted = {
            used for name in wanted & by_name.keys() for used in by_name[name].uses & by_name.keys()
        } - needed
    kept = (definition.text for definition in definitions if definition.names & needed)
    return _DOC + "\n".join(imports) + "\n\n\n" + "\n\n".join(kept) + "\n"


def _parts() -> tuple[list[str], list[_Definition]]:
    """Return the imports of all parts, except those of each other, and the definitions."""
    imports: dict[str, None] = {}
    definitions: list[_Definition] = []
    folder = files("sqlc_gen_psycopg") / "templates" / "support"
    for part in _PARTS:
        text = folder.joinpath(f"{part}.py").read_text()
        for statement, source in _statements(text):
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
                definitions.append(_Definition(source, _defined(statement), frozenset(names)))
            elif isinstance(statement, ast.Import) or not statement.level:
                imports[source] = None
    return [*imports], definitions


def _statements(text: str) -> Iterator[tuple[ast.stmt, str]]:
    """Return the statements of a module after its docstring, with comments above and docstrings below."""
    lines = text.splitlines()
    _, *body = ast.parse(text).body
    ends = [statement.lineno - 1 for statement in body[:1]]
    for number, statement in enumerate(body):
        if isinstance(statement, ast.Expr):
            continue
        following = body[number + 1] if number + 1 < len(body) else None
        end = following.end_lineno if isinstance(following, ast.Expr) else statement.end_lineno
        yield statement, "\n".join(lines[ends[-1] : end]).strip("\n")
        assert end is not None
        ends.append(end)


def _defined(statement: ast.stmt) -> frozenset[str]:
    """Return the names that a statement defines."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return frozenset({statement.name})
        case ast.Assign(targets=targets):
            nodes = [node for target in targets for node in ast.walk(target)]
        case ast.AnnAssign(target=target):
            nodes = [target]
        case _:
            raise TypeError(f"a part of support.py defines nothing: {ast.unparse(statement)}")
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))

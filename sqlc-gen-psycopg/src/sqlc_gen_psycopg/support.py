"""The text of support.py: the definitions from `templates/support` that a package needs."""

import ast
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

_PARTS = ("cursors", "copies", "streams", "arguments", "results", "codecs", "structures")
# The classes of these parts are included without the methods that nothing calls.
_CODECS = ("codecs", "structures")
_DOC = '''"""The cursors, adapters and types of the generated functions.

Nothing is registered globally or changed on a connection, and what a caller has
registered there is not used. Arguments are sent without a type, like literals, so that
the server chooses the type of a parameter by the statement.
"""

'''


@dataclass(frozen=True, slots=True)
class _Definition:
    """A class, function or constant; in a codec, each method."""

    text: str
    names: frozenset[str]
    """The names that it defines; a method's begins with a point."""
    uses: frozenset[str]
    """The names that it uses."""
    owner: str | None = None
    """The class of a part of a codec."""


def support(texts: Iterable[str]) -> str:
    """Return the definitions that modules with these texts use, directly or indirectly.

    ruff removes unused imports.
    """
    needed = {name for text in texts for used in _USED for name in used.findall(text)}
    imports, definitions = _parts()
    kept: list[_Definition] = []
    while more := [each for each in definitions if _is_needed(each, needed) and each not in kept]:
        kept += more
        needed.update(*(each.uses for each in more))
    ordered = (each.text for each in definitions if each in kept)
    return _DOC + "\n".join(imports) + "\n\n\n" + "\n\n".join(ordered) + "\n"


# A name of support.py, and `.load` of `codecs.MOOD.load`. A word that comes first is found quickly.
_USED = (
    re.compile(r"support(?<![\w.]support)\.(\w+)"),
    re.compile(r"codecs(?<![\w.]codecs)\.\w+(\.\w+)"),
)


def _is_needed(definition: _Definition, needed: set[str]) -> bool:
    names, owner = definition.names, definition.owner
    return not names.isdisjoint(needed) and (owner is None or owner in needed)


def _parts() -> tuple[list[str], list[_Definition]]:
    """Return the imports of all parts, except those of each other, and the definitions."""
    imports: dict[str, None] = {}
    definitions: list[_Definition] = []
    folder = files("sqlc_gen_psycopg") / "templates" / "support"
    for part in _PARTS:
        text = folder.joinpath(f"{part}.py").read_text()
        lines = text.splitlines()
        for statement, source in _statements(lines, ast.parse(text).body):
            match statement:
                case ast.ClassDef() if part in _CODECS:
                    definitions += _members(statement, lines)
                case ast.Import() | ast.ImportFrom(level=0):
                    imports[source] = None
                case ast.ImportFrom():
                    pass
                case _:
                    definitions.append(_Definition(source, _defined(statement), _uses(statement)))
    return [*imports], definitions


def _members(owner: ast.ClassDef, lines: list[str]) -> Iterator[_Definition]:
    """Return the head of a class, and each part of its body; special methods belong to the head."""
    head = "\n".join(lines[owner.lineno - 1 : owner.body[0].end_lineno])
    bases = frozenset[str]().union(*map(_uses, owner.bases))
    yield _Definition(head, frozenset({owner.name}), bases)
    for statement, source in _statements(lines, owner.body):
        method = statement.name if isinstance(statement, ast.FunctionDef) else "__"
        name = owner.name if method.startswith("__") else f".{method}"
        yield _Definition(source, frozenset({name}), _uses(statement), owner.name)


def _statements(lines: list[str], body: list[ast.stmt]) -> Iterator[tuple[ast.stmt, str]]:
    """Return the statements after a docstring, with comments above and docstrings below."""
    _, *statements = body
    start = statements[0].lineno - 1 if statements else 0
    for statement, following in itertools.zip_longest(statements, statements[1:]):
        if isinstance(statement, ast.Expr):
            continue
        last = following if isinstance(following, ast.Expr) else statement
        yield statement, "\n".join(lines[start : last.end_lineno]).strip("\n")
        start = last.end_lineno or 0


def _uses(node: ast.AST) -> frozenset[str]:
    """Return the names that code uses; an attribute's begins with a point."""
    nodes = list(ast.walk(node))
    names = {each.id for each in nodes if isinstance(each, ast.Name)}
    return frozenset(names | {f".{each.attr}" for each in nodes if isinstance(each, ast.Attribute)})


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

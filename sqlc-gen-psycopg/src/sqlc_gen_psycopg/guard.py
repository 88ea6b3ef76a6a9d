"""Check the generated code: no name may be defined twice in a scope."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping


class BoundTwiceError(Exception):
    """A module or class defines a name twice, so that one definition is lost."""


def check_names(texts: Mapping[str, str]) -> None:
    """Raise BoundTwiceError if a name is defined twice."""
    for path, text in texts.items():
        if path.endswith(".py"):
            _check(path, ast.parse(_FUNCTION.sub(r"def \1(): ...\n", text)))


# A function with its body: only its name counts, and the rest takes long to parse.
_FUNCTION = re.compile(
    r"^(?:async )?def (\w+)(?:.*(?<!:)\n(?=[ )]))*.*:\n(?:(?: .*)?\n)+", re.MULTILINE
)


def _check(where: str, scope: ast.Module | ast.ClassDef) -> None:
    # A set, because two imports of one module define the same thing.
    counts = Counter(name for name, _ in set(_bound(scope)))
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise BoundTwiceError(f"{where} binds {', '.join(sorted(twice))} twice")
    for item in scope.body:
        if isinstance(item, ast.ClassDef):
            _check(f"{where}: class {item.name}", item)


def _bound(scope: ast.Module | ast.ClassDef) -> Iterator[tuple[str, object]]:
    """Yield the names that the statements of a scope define, with what they mean."""
    for item in scope.body:
        match item:
            case ast.Import(names=names):
                for name in names:
                    root = name.name.partition(".")[0]
                    yield name.asname or root, name.name if name.asname else root
            case ast.ImportFrom(names=names):
                for name in names:
                    yield name.asname or name.name, (item.level, item.module, name.name)
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield item.name, item
            case ast.Assign(targets=targets):
                for target in targets:
                    if isinstance(target, ast.Name):
                        yield target.id, item
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name, item
            case _:
                pass

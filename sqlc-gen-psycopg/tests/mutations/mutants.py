"""The mutants of a module. Each differs from it in one condition, constant, operand or statement."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from .edits import Edit, edits, names, statement_edits

_WIDTH = 120
_SHORT = 12


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change to a module."""

    path: Path
    name: str
    """The place and the change, as in the list of survivors. Line numbers may change."""
    line: int | None
    """The line of the changed statement, None for one that an import runs."""
    number: int
    """The number of the node in the module."""
    edit: Edit

    @property
    def module(self) -> str:
        """Return the name of the module."""
        return self.path.stem

    def rank(self, seed: int) -> bytes:
        """Return its place in a random order that does not depend on other mutants."""
        return sha256(f"{seed} {self.name}".encode()).digest()

    def tree(self) -> ast.Module:
        """Return the module with the mutation."""
        tree = ast.parse(self.path.read_text())
        node = _nodes(tree)[self.number]
        # An edit may change the node itself, and a list may become empty.
        changed = self.edit(node)
        if changed is not node:
            tree = _Replaced(node, changed).visit(tree)
        return ast.fix_missing_locations(tree)


def mutants(path: Path) -> Iterator[Mutant]:
    """Return all mutants of a module."""
    tree = ast.parse(path.read_text())
    numbers = {id(node): number for number, node in enumerate(_nodes(tree))}
    finder = _Finder()
    finder.visit(tree)
    seen = Counter[str]()
    for where, change, node, line, edit in finder.found:
        name = f"{path.stem}.{where}: {change}"
        seen[name] += 1
        if seen[name] > 1:
            name = f"{name} ({seen[name]})"
        yield Mutant(path, name, line, numbers[id(node)], edit)


def _nodes(tree: ast.AST) -> list[ast.AST]:
    return list(ast.walk(tree))


class _Replaced(ast.NodeTransformer):
    def __init__(self, node: ast.AST, changed: ast.AST | None) -> None:
        self.node, self.changed = node, changed

    def visit(self, node: ast.AST) -> Any:
        return self.changed if node is self.node else self.generic_visit(node)


class _Finder(ast.NodeVisitor):
    """Finds the nodes that can be changed, and their places."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, ast.AST, int | None, Edit]] = []
        self.path: list[str] = []
        self.bound: set[str] | None = None
        """The names that a function has defined so far, None outside of functions."""
        self.around: list[ast.AST] = []
        """The nodes around the current one."""

    def visit(self, node: ast.AST) -> None:
        self.around.append(node)
        if isinstance(node, ast.stmt) and self.bound is not None:
            self.add(node, statement_edits(node, self.bound))
        self.add(node, edits(node))
        super().visit(node)
        self.around.pop()

    def add(self, node: ast.AST, found: Iterable[Edit]) -> None:
        where = ".".join(self.path)
        for edit in found:
            statement = next(one for one in reversed(self.around) if isinstance(one, ast.stmt))
            line = None if self.bound is None else statement.lineno
            self.found.append((where, _described(node, edit, self.around), node, line, edit))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer, self.path = self.path, [*self.path, node.name]
        bound, self.bound = self.bound, None
        self.all([item for item in (*node.args.defaults, *node.args.kw_defaults) if item])
        self.bound = {item.arg for item in ast.walk(node.args) if isinstance(item, ast.arg)}
        self.all(node.body)
        self.path, self.bound = outer, bound

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, self.path = self.path, [*self.path, node.name]
        self.all(node.body)
        self.path = outer

    def visit_Assign(self, node: ast.Assign) -> None:
        self.assignment(node, node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.assignment(node, [node.target])

    def assignment(self, node: ast.Assign | ast.AnnAssign, targets: list[ast.expr]) -> None:
        outer = self.path
        if self.bound is None:
            self.path = [*outer, ast.unparse(targets[0])]
        else:
            self.bound |= set[str]().union(*map(names, targets))
        self.all([node.value] if node.value else [])
        self.path = outer

    def all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg != "strict":  # The operands of zip() have equal length in every statement.
            self.generic_visit(node)

    def _left_alone(self, node: Any) -> None:
        """Return whether to skip the node: importing less is an error, which proves nothing."""

    visit_Import = visit_ImportFrom = visit_Raise = visit_Assert = _left_alone


def _described(node: ast.AST, edit: Edit, around: list[ast.AST]) -> str:
    """Describe the change as text. A short one is shown with its context."""
    shown = next(one for one in reversed(around) if _says_enough(one))
    before, after = copy.deepcopy(shown), copy.deepcopy(shown)
    target = _nodes(after)[_nodes(shown).index(node)]
    changed = edit(target)
    if (words := _words(node)) and (left := _words(changed)):
        return f"without {next((Counter(words) - Counter(left)).elements())}"
    if changed is not target:
        after = _Replaced(target, changed).visit(after)
    return f"{_text(before)} -> {_text(after)}"


def _says_enough(node: ast.AST) -> bool:
    if isinstance(node, ast.expr):
        return len(ast.unparse(node)) > _SHORT
    return isinstance(node, ast.stmt | ast.match_case | ast.comprehension)


def _words(node: ast.AST | None) -> list[str]:
    """Return the members of a collection, or the words of a text that is split into them."""
    match node:
        case ast.Set(elts=items) | ast.List(elts=items) | ast.Tuple(elts=items):
            return [ast.unparse(item) for item in items]
        case ast.Dict(keys=keys):
            return [ast.unparse(key) for key in keys if key]
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)))):
            return text.split()
        case _:
            return []


def _text(node: ast.AST | None) -> str:
    """Return a node on one line; for a statement with others in it, only its head."""
    if node is None or isinstance(node, ast.Pass):
        return "nothing"
    lines = [line.strip() for line in ast.unparse(node).splitlines()]
    text = lines[0] if hasattr(node, "body") and not isinstance(node, ast.expr) else " ".join(lines)
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."

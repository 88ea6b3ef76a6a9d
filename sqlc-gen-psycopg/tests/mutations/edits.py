"""The ways in which a piece of Python can be changed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

Edit = Callable[[Any], ast.AST | None]
"""Return a replacement of a node. It may change the node that it gets."""

_OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
_COUNTERPARTS = {"any": "all", "all": "any", "min": "max", "max": "min"}
_METHODS = {"union": "intersection", "intersection": "union"}
# Of a longer list of names only this many are left out, one at a time.
_MEMBERS = 4


def edits(node: ast.AST) -> Iterator[Edit]:
    """Return the changes of a node that is not a statement."""
    match node:
        case ast.BoolOp():
            yield _opposite("op")
            yield from (_left_out("values", number) for number in range(len(node.values)))
        case ast.Compare(ops=[_]):
            yield _opposite_comparison
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.Add() | ast.Sub()):
            yield _opposite("op")
        case ast.UnaryOp(op=ast.Not()):
            yield lambda node: node.operand
        case ast.IfExp():
            yield lambda node: node.body
            yield lambda node: node.orelse
        case ast.comprehension(ifs=[_, *_]):
            yield from (_left_out("ifs", number) for number in range(len(node.ifs)))
        case ast.Name(id=name, ctx=ast.Load()) if name in _COUNTERPARTS:
            yield _with("id", _COUNTERPARTS[name])
        case ast.Attribute(attr=name) if name in _METHODS:
            yield _with("attr", _METHODS[name])
        case ast.Constant(value=bool(value)):
            yield _with("value", not value)
        case ast.Constant(value=int(value)):
            yield _with("value", value + 1)
        case ast.Set(elts=items) | ast.List(elts=items) | ast.Tuple(elts=items):
            if len(items) > 1 and all(isinstance(item, ast.Constant) for item in items):
                yield from (_left_out("elts", number) for number in _some(len(items)))
        case ast.Dict(keys=keys):
            if len(keys) > 1 and all(isinstance(key, ast.Constant) for key in keys):
                yield from (_left_out("keys", number) for number in _some(len(keys)))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="split")):
            yield from (_word_left_out(number) for number in _some(len(text.split())))
        case ast.MatchOr():
            yield from (_left_out("patterns", number) for number in range(len(node.patterns)))
        case ast.match_case():
            yield lambda _: None
            if node.guard is not None:
                yield _with("guard", None)
        case _:
            pass


def statement_edits(node: ast.stmt, bound: set[str]) -> Iterator[Edit]:
    """Return the changes of a statement, in a function that has defined these names so far."""
    match node:
        case ast.If() | ast.While():
            yield _with("test", ast.Constant(False))
            if isinstance(node, ast.If):
                yield _with("test", ast.Constant(True))
        case ast.With():
            yield _without_context
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield _passed
        case ast.AugAssign() | ast.Delete() | ast.Continue() | ast.Break():
            yield _passed
        case ast.Assign(targets=targets):
            # Without its first assignment a name is an error, which proves nothing.
            if all(names(target) <= bound for target in targets):
                yield _passed
        case _:
            pass


def names(target: ast.AST) -> set[str]:
    """Return the names that an assignment defines."""
    return {
        node.id
        for node in ast.walk(target)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _some(count: int) -> Iterator[int]:
    return iter(range(0, count, -(-count // _MEMBERS)))


def _passed(_: Any) -> ast.AST:
    return ast.Pass()


def _with(field: str, value: Any) -> Edit:
    def edit(node: Any) -> Any:
        setattr(node, field, value)
        return node

    return edit


def _opposite(field: str) -> Edit:
    def edit(node: Any) -> Any:
        setattr(node, field, _OPPOSITE[type(getattr(node, field))]())
        return node

    return edit


def _opposite_comparison(node: Any) -> Any:
    node.ops = [_OPPOSITE[type(node.ops[0])]()]
    return node


def _left_out(field: str, number: int) -> Edit:
    """Leave out one of the items. An operator with one operand becomes the operand."""

    def edit(node: Any) -> Any:
        items = getattr(node, field)
        del items[number]
        if isinstance(node, ast.Dict):
            del node.values[number]
        return items[0] if isinstance(node, ast.BoolOp | ast.MatchOr) and len(items) == 1 else node

    return edit


def _word_left_out(number: int) -> Edit:
    def edit(node: Any) -> Any:
        words = node.func.value.value.split()
        del words[number]
        node.func.value.value = " ".join(words)
        return node

    return edit


def _without_context(node: Any) -> ast.AST:
    return ast.If(ast.Constant(True), node.body, [])

"""The expressions of a definition: `{{ result.image }}`, `when: failed and attempts > 2`.

A small part of Python's own syntax: names, attributes, indices, literals, comparisons, `and`, `or`,
`not`, `+ - * / %`, `x if y else z`, and the functions below. An attribute of a list is the list of
its elements' attributes, so that `sum(result.amount)` adds up what the items of a task returned.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import JsonValue

Names = Mapping[str, JsonValue]

_EXPRESSION = re.compile(r"\{\{\s*((?:(?!\}\}).)*?)\s*\}\}", re.DOTALL)

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda one, other: one / other,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "len": len,
    "max": max,
    "min": min,
    "range": lambda *bounds: list(range(*bounds)),
    "round": round,
    "sum": sum,
}


class ExpressionError(ValueError):
    """An expression is invalid, or names something that does not exist."""


def evaluate(expression: str, names: Names) -> JsonValue:
    """Return the value of an expression."""
    try:
        value: JsonValue = _value(ast.parse(expression.strip(), mode="eval").body, names)
    except ExpressionError as exc:
        raise ExpressionError(f"{expression!r}: {exc}") from exc
    except (SyntaxError, TypeError, ValueError, ArithmeticError, LookupError) as exc:
        raise ExpressionError(f"{expression!r}: {exc or type(exc).__name__}") from exc
    return value


def render(template: JsonValue, names: Names) -> JsonValue:
    """Return the template with every `{{ expression }}` in it replaced.

    A text that consists of one expression becomes its value, of any type.
    """
    if isinstance(template, dict):
        return {key: render(value, names) for key, value in template.items()}
    if isinstance(template, list):
        return [render(value, names) for value in template]
    if not isinstance(template, str):
        return template
    if whole := _EXPRESSION.fullmatch(template.strip()):
        return evaluate(whole[1], names)
    return _EXPRESSION.sub(lambda found: str(evaluate(found[1], names)), template)


def _value(node: ast.AST, names: Names) -> Any:
    match node:
        case ast.Constant(value=str() | int() | float() | bool() | None):
            return node.value
        case ast.Name(id="true" | "false" | "null"):
            return {"true": True, "false": False, "null": None}[node.id]
        case ast.Name() if node.id in names:
            return names[node.id]
        case ast.Name():
            raise ExpressionError(f"there is no {node.id!r}")
        case ast.Attribute():
            return _attribute(_value(node.value, names), node.attr)
        case ast.Subscript():
            return _value(node.value, names)[_value(node.slice, names)]
        case ast.List():
            return [_value(element, names) for element in node.elts]
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, names)
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, names)
        case ast.BoolOp(op=ast.And()):
            return all(_value(part, names) for part in node.values)
        case ast.BoolOp():
            return any(_value(part, names) for part in node.values)
        case ast.IfExp():
            return _value(node.body if _value(node.test, names) else node.orelse, names)
        case ast.BinOp() if type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](_value(node.left, names), _value(node.right, names))
        case ast.Compare(ops=[operation], comparators=[right]) if type(operation) in _OPERATORS:
            return _OPERATORS[type(operation)](_value(node.left, names), _value(right, names))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(argument, names) for argument in arguments))
        case _:
            raise ExpressionError(f"{ast.unparse(node)} is not part of the language")


def _attribute(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_attribute(element, name) for element in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict) and name in value:
        return value[name]  # pyright: ignore[reportUnknownVariableType]
    raise ExpressionError(f"there is no {name!r}")

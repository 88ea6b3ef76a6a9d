"""Take annotations apart: unions, rows and their fields, the positions in which None is allowed."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Union, get_args, get_origin

from pydantic import MISSING, BaseModel, JsonValue
from typing_extensions import is_typeddict

STREAMS = {
    "Generator",
    "AsyncGenerator",
    "AsyncIterator",
    "Iterator",
    "AbstractContextManager",
    "AbstractAsyncContextManager",
    "AsyncIterable",
    "Coroutine",
}


def unwrap(annotation: Any) -> Any:
    """Return the annotation behind `type` aliases, Annotated and Final."""
    while True:
        origin = get_origin(annotation)
        if origin is typing.Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(
            annotation, typing.TypeAliasType if hasattr(typing, "TypeAliasType") else ()
        ):
            if annotation is JsonValue:
                return annotation
            annotation = annotation.__value__
        else:
            return annotation


def members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the annotation itself."""
    annotation = unwrap(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(part for arg in get_args(annotation) for part in members(arg))
    return (annotation,)


def optional(annotation: Any) -> bool:
    """Return whether None is a member."""
    return any(part in (None, types.NoneType) for part in members(annotation))


def bare(annotation: Any) -> tuple[Any, ...]:
    """Return the members except None and MISSING."""
    return tuple(
        part
        for part in members(annotation)
        if part not in (None, types.NoneType) and part is not MISSING
    )


def is_model(annotation: Any) -> bool:
    """Return whether it is a row class: a pydantic model, a dataclass or a NamedTuple."""
    return isinstance(annotation, type) and (
        issubclass(annotation, BaseModel)
        or dataclasses.is_dataclass(annotation)
        or (issubclass(annotation, tuple) and hasattr(annotation, "_fields"))
    )


def is_foreign(annotation: Any) -> bool:
    """Return whether it is a class of the user, named by an override."""
    module = getattr(annotation, "__module__", "")
    return is_row(annotation) and not module.startswith(("xs_", "xd_"))


def is_row(annotation: Any) -> bool:
    """Return whether it holds the values of several columns or parameters."""
    return is_model(annotation) or is_typeddict(annotation)


def fields(model: Any) -> dict[str, Any]:
    """Return the annotation of each field, in the order of the columns."""
    hints = typing.get_type_hints(model)
    if is_typeddict(model):
        return hints
    if issubclass(model, BaseModel):
        return {name: hints[name] for name in model.model_fields}
    if dataclasses.is_dataclass(model):
        return {item.name: hints[item.name] for item in dataclasses.fields(model)}
    return {name: hints[name] for name in model._fields}


def positions(annotation: Any, path: str, found: set[str], depth: int = 0) -> None:
    """Collect the positions of the annotation in which None is allowed."""
    if optional(annotation):
        found.add(path)
    for part in bare(annotation):
        if part is JsonValue or depth > 6:
            continue
        if is_model(part):
            for name, inner in fields(part).items():
                positions(inner, f"{path}.{name}", found, depth + 1)
        elif get_origin(part) in (list, Sequence, Iterator, Iterable) or (
            getattr(get_origin(part), "__name__", "") in STREAMS
        ):
            positions(get_args(part)[0], f"{path}[]", found, depth + 1)

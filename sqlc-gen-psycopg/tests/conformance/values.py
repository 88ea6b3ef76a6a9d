"""Check values against their annotations."""

from __future__ import annotations

import datetime
import typing
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import GenericAlias
from typing import Any, Literal, get_args, get_origin

import psycopg
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from pydantic import JsonValue
from typing_extensions import is_typeddict

from .annotations import STREAMS, bare, fields, is_model, optional


class Unfit(Exception):
    """A value that its annotation does not allow."""


def check(value: Any, annotation: Any, path: str, seen: set[str]) -> None:
    """Raise Unfit if the annotation does not allow the value. Note the NULLs."""
    if value is None:
        if optional(annotation):
            seen.add(path)
        elif JsonValue not in bare(annotation):
            raise Unfit(f"{path} is None, annotated {annotation}")
        return
    parts = bare(annotation)
    reasons: list[str] = []
    for part in parts:
        inner: set[str] = set()
        try:
            _check(value, part, path, inner)
        except Unfit as error:
            reasons.append(str(error))
        else:
            seen |= inner
            return
    raise Unfit("; ".join(reasons) or f"{path}: {value!r} for {annotation}")


def _check(value: Any, part: Any, path: str, seen: set[str]) -> None:
    origin = get_origin(part)
    arguments = get_args(part)
    wrong = Unfit(f"{path}: {value!r} ({type(value).__name__}) for {part}")
    if part is JsonValue:
        _check_json(value, wrong)
    elif part is Any or part is object:
        raise Unfit(f"{path} is annotated {part}")
    elif is_model(part):
        if not isinstance(value, part):
            raise wrong
        for name, inner in fields(part).items():
            check(getattr(value, name), inner, f"{path}.{name}", seen)
    elif origin in (list, Sequence, Collection, Iterable, Iterator) or (
        getattr(origin, "__name__", "") in STREAMS
    ):
        if origin is list and type(value) is not list:
            raise wrong
        if not isinstance(value, Iterable) or isinstance(value, str | bytes):
            raise wrong
        for item in value:
            check(item, arguments[0], f"{path}[]", seen)
    elif origin is tuple:
        if not isinstance(value, tuple):
            raise wrong
        for n, item in enumerate(value):
            check(item, arguments[0 if arguments[-1] is ... else n], f"{path}[{n}]", seen)
    elif origin in (dict, Mapping):
        if not isinstance(value, dict):
            raise wrong
        for key, item in value.items():
            check(key, arguments[0], f"{path}.keys", seen)
            check(item, arguments[1], f"{path}.values", seen)
    elif origin is Range:
        if not isinstance(value, Range):
            raise wrong
        for bound in (value.lower, value.upper):
            if bound is not None:
                check(bound, arguments[0], f"{path}.bound", seen)
    elif origin is Multirange:
        if not isinstance(value, Multirange):
            raise wrong
        for item in value:
            check(item, GenericAlias(Range, arguments[:1]), path, seen)
    elif is_typeddict(part):
        if not isinstance(value, dict):
            raise wrong
        for key, inner in typing.get_type_hints(part).items():
            if key in value:
                check(value[key], inner, f"{path}.{key}", seen)
    elif isinstance(origin, type) and issubclass(origin, psycopg.Cursor | psycopg.AsyncCursor):
        if not isinstance(value, origin):
            raise wrong
    elif origin is Literal:
        if value not in arguments:
            raise wrong
    elif isinstance(part, type):
        exact = part in (int, float, bool, str, bytes, datetime.date, list, dict)
        if not (type(value) is part if exact else isinstance(value, part)):
            raise wrong
    else:
        raise Unfit(f"{path}: cannot check {part}")


def _check_json(value: Any, wrong: Unfit) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise wrong
            _check_json(item, wrong)
    elif isinstance(value, list):
        for item in value:
            _check_json(item, wrong)
    elif value is not None and type(value) not in (str, int, float, bool):
        raise wrong

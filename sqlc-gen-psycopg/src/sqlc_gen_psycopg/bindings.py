"""Unique names for everything that the module of a query file defines."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from .model import Function
from .names import Names, constant, free


def bind(functions: Iterable[Function], reserved: Collection[str]) -> Iterator[Function]:
    """Return the functions with unique names for everything that belongs to them.

    Functions are named first, because callers use them. What belongs to a function is named after it, and has
    the same number.
    """
    listed = list(functions)
    wanted = [free(item.name, reserved) for item in listed]
    names = Names(reserved)
    first: dict[str, str] = {}
    for item, alike, name in zip(listed, wanted, names.give_all(wanted), strict=True):
        namesake = first.setdefault(alike, item.query)
        other = namesake if namesake != item.query else ""
        yield _bound(replace(item, name=name, namesake=other), names)


def _bound(item: Function, names: Names) -> Function:
    # In the function, the name would mean the parameter.
    hidden = set[str]() if item.bundle else {each.field.name for each in item.keywords}
    stem, model = item.name.rstrip("_"), item.model
    sql = names.give(constant(item.name), hidden)
    factory = names.give(f"{stem}_row", hidden)
    if model is not None and item.own_model:
        model = replace(model, name=names.give(model.name), factory=factory)
    return replace(
        item,
        constant=sql,
        copy_constant=names.give(f"{sql}_COPY") if item.copy else "",
        model=model,
        factory=factory,
        bundle=names.give(item.bundle) if item.bundle else None,
    )

"""A name of its own for everything that the module of a query file binds."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from .model import Function
from .names import Names, constant, free


def bind(functions: Iterable[Function], reserved: Collection[str]) -> Iterator[Function]:
    """The functions with names for all that belongs to them.

    Functions choose first, as they are what callers know. What belongs to a function is called
    after it, and so has its number.
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
    # Within the function, a parameter of that name would be meant.
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

"""A name of its own for everything that the module of a query file binds."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from .model import Function
from .names import Names, constant


def bind(functions: Iterable[Function], reserved: Collection[str]) -> Iterator[Function]:
    """The functions with names for all that belongs to them.

    Functions choose first, as they are what callers know. What belongs to a function is called
    after it, and so has its number.
    """
    listed = list(functions)
    names = Names(reserved)
    called = names.give_all(item.name for item in listed)
    for item, name in zip(listed, called, strict=True):
        yield _bound(replace(item, name=name), names)


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

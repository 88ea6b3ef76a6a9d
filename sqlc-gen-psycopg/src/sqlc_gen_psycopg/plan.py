"""Resolve the request and the facts about the database to terms of Python."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from .bindings import bind
from .model import Field, Function, Model, Module, Package
from .planner import Key, Planner
from .problems import Problem, Problems
from .queries import function
from .request import Request
from .unmatched import unmatched

MODULES = frozenset(
    {
        *("__init__", "aio", "catalog", "codecs", "constraints", "enums", "manifest"),
        *("models", "rows", "support"),
    }
)


def plan(request: Request, database_url: str | None) -> Package:
    """Resolve everything, or raise all problems at once."""
    planner = Planner(request, database_url)
    modules = tuple(_modules(planner))
    for problem in unmatched(planner):
        planner.refuse("sqlc.yaml: options", problem)
    if planner.problems:
        raise Problems(planner.problems)
    return replace(_package(planner, modules), warnings=tuple(_warnings(modules)))


def _warnings(modules: Iterable[Module]) -> Iterator[str]:
    for module in modules:
        for item in module.functions:
            if item.namesake:
                yield (
                    f"{module.name}.sql: {item.namesake} and {item.query} have the same"
                    f" name in Python; the function of {item.query} is {item.name}. Rename one, in the"
                    " SQL or under `rename`"
                )


def _modules(planner: Planner) -> Iterator[Module]:
    """Return the modules of the query files."""
    stems = sorted({query.stem for query in planner.request.queries})
    for stem in stems:
        name = planner.snake_case(stem)
        if name in MODULES:
            planner.refuse(
                f"{stem}.sql",
                Problem("its module would overwrite a module of the package; rename the file"),
            )
        if [planner.snake_case(other) for other in stems].count(name) > 1:
            planner.refuse(
                f"{stem}.sql",
                Problem(f"another file also generates the module {name}; rename one of them"),
            )
        functions: list[Function] = []
        for query in planner.request.queries:
            if query.stem != stem:
                continue
            try:
                functions.append(function(planner, query))
            except Problem as problem:
                planner.refuse(f"{query.filename}: {query.name}", problem)
        yield Module(name, tuple(bind(functions, planner.reserved)))


def _package(planner: Planner, modules: tuple[Module, ...]) -> Package:
    """Return the whole package."""
    enums, models = tuple(planner.enums()), dict(planner.models)
    composites = dict(planner.composites)
    constants = planner.types.codecs
    rows = {
        constants.of_row(key): planner.models[key]
        for key in sorted(planner.types.used_rows & models.keys())
    }
    planner.used |= planner.types.used_rows
    if planner.options.omit_unused_models:
        models = {key: model for key, model in models.items() if key in planner.used}
    codecs = {constants.of_row(key): model.name for key, model in composites.items()}
    package = Package(enums, tuple(models.values()), _sorted(composites), codecs, rows, modules)
    if planner.options.omit_unused_models:
        package = _without_unused(package)
    return replace(package, python_types=planner.options.python_types)


def _sorted(composites: dict[Key, Model]) -> tuple[Model, ...]:
    """Sort the composite types so that each comes after those that it contains."""
    done: list[Model] = []

    def add(model: Model) -> None:
        if model in done:
            return
        for field in model.fields:
            for other in composites.values():
                is_part = isinstance(field, Field) and f"models.{other.name}" in field.annotation
                if is_part and other is not model:
                    add(other)
        if model not in done:
            done.append(model)

    for model in composites.values():
        add(model)
    return tuple(done)


def _without_unused(package: Package) -> Package:
    """Return the package without enums and composite types that no annotation uses."""
    annotations = " ".join(_annotations(package))

    def is_used(name: str) -> bool:
        return re.search(rf"\b{name}\b", annotations) is not None

    composites = tuple(model for model in package.composites if is_used(f"models\\.{model.name}"))
    kept = {model.name for model in composites}
    return replace(
        package,
        enums=tuple(enum for enum in package.enums if is_used(f"enums\\.{enum.name}")),
        composites=composites,
        codecs={name: model for name, model in package.codecs.items() if model in kept},
    )


def _annotations(package: Package) -> Iterator[str]:
    for model in (*package.models, *package.composites):
        yield from (field.annotation for field in model.fields)
    for module in package.modules:
        for item in module.functions:
            yield from (parameter.field.annotation for parameter in item.parameters)
            if item.scalar is not None:
                yield item.scalar.annotation
            if item.model is not None:
                yield from (field.annotation for field in item.model.fields)

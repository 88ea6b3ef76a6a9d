"""What a case is: a schema, queries, options, and a script that calls the generated functions.

A script is a generator. It yields calls and gets their results back, so that one script runs the
sync functions and the async ones::

    @case(schema=SCHEMA, queries=QUERIES)
    def authors(q: Q) -> Script:
        author = yield q.create_author(name="Ann", bio=None)
        assert author.bio is None
"""

from __future__ import annotations

import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

Mode = Literal["static", "database"]
MODES: tuple[Mode, ...] = ("static", "database")
OLDEST = 15
_EXTENSION = re.compile(r'CREATE EXTENSION (?:IF NOT EXISTS )?"?([\w-]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a generated function, or a statement of the script."""

    name: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sql: str | None = None
    target: Any = None


Script = Generator[Call, Any, None]


class Q:
    """The generated package as a script sees it: `q.<function>(...)` returns a call to yield."""

    def __init__(self, package: ModuleType, modules: Mapping[str, ModuleType], conn: Any) -> None:
        self.package = package
        self.modules = modules
        self.conn = conn

    def __getattr__(self, name: str) -> Callable[..., Call]:
        def make(*arguments: Any, **keywords: Any) -> Call:
            return Call(name, arguments, keywords)

        return make

    def sql(self, statement: str) -> Call:
        """Return a statement of the script, for what no query of the case can set up."""
        return Call("sql", sql=statement)

    def on(self, target: Any, name: str, /, *arguments: Any, **keywords: Any) -> Call:
        """Return a method of an object of the package, such as a Querier."""
        return Call(name, arguments, keywords, target=target)

    def rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
        """Return rows of parameters for a batch or a COPY, made of dictionaries."""
        function = self.function(name)
        bundle = typing.get_args(typing.get_type_hints(function)["params"])[0]
        return (bundle(**row) for row in rows)

    def module(self, name: str) -> Any:
        """Return a module of the package, such as `models` or `enums`."""
        return getattr(self.package, name)

    @property
    def models(self) -> Any:
        return self.module("models")

    @property
    def enums(self) -> Any:
        return self.module("enums")

    def function(self, name: str) -> Any:
        """Return the function itself, to look at its signature or docstring."""
        for module in self.modules.values():
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"no generated function {name!r}")

    def signature(self, name: str) -> dict[str, str]:
        """Return the annotation of each parameter (and `return`) as written, without the connection."""
        signature = inspect.signature(self.function(name))
        written = {
            parameter.name: _written(parameter.annotation)
            for parameter in list(signature.parameters.values())[1:]
        }
        return written | {"return": _written(signature.return_annotation)}

    def annotation(self, position: str) -> str:
        """Return the annotation of `function`, or of `function.field` of its row, as written."""
        name, _, field = position.partition(".")
        if not field:
            return self.signature(name)["return"]
        row = re.findall(r"\w+", self.signature(name)["return"].removesuffix(" | None"))[-1]
        module = inspect.getmodule(self.function(name))
        model = getattr(module, row, None) or getattr(self.models, row)
        return _written(inspect.get_annotations(model)[field])


def _written(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    text = re.sub(r"\b(?:[A-Za-z_0-9]+\.)+(?=[A-Za-z])", "", text)
    if union := re.fullmatch(r"(Union|Optional)\[(.+)\]", text):
        text = union[2].replace(", ", " | ").replace("NoneType", "None")
        text = f"{text} | None" if union[1] == "Optional" else text
    return text


@dataclass(frozen=True, slots=True)
class Case:
    """A schema with queries, its options, and the script."""

    area: str
    name: str
    schema: str
    queries: Mapping[str, str]
    options: Mapping[str, Any]
    script: Callable[[Q], Script]
    annotations: Mapping[str, str]
    """Annotations of functions, or of fields of their rows (`function.field`), as written."""
    loose: frozenset[str]
    """Positions that are annotated `| None` on purpose, although no row can show a NULL."""
    modes: tuple[Mode, ...]
    """Without a database, only if sqlc itself does not refuse the SQL."""
    files: Mapping[str, str]
    """Modules of the user that an option imports."""
    since: int
    """The first major version of PostgreSQL that accepts the SQL."""

    @property
    def id(self) -> str:
        return f"{self.area}_{self.name}"

    @property
    def extensions(self) -> set[str]:
        """Return the extensions that its schema creates."""
        return set(_EXTENSION.findall(self.schema))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A schema with queries that the plugin must refuse, and parts of its message."""

    area: str
    name: str
    schema: str
    queries: Mapping[str, str]
    options: Mapping[str, Any]
    says: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.area}_{self.name}"

    def problem(self, message: str | None) -> str | None:
        """Return what is wrong with the message."""
        if message is None:
            return "generated without a complaint"
        if "Traceback" in message:
            return f"a traceback: {message}"
        missing = [text for text in self.says if text not in message]
        return f"{missing} not in: {message}" if missing else None


CASES: dict[str, Case] = {}
REFUSALS: dict[str, Refusal] = {}


def _area() -> str:
    frame = inspect.stack()[2]
    return str(frame.frame.f_globals["__name__"]).rpartition(".")[2].rstrip("_")


def _files(queries: str | Mapping[str, str]) -> dict[str, str]:
    files = {"query": queries} if isinstance(queries, str) else dict(queries)
    return {name: textwrap.dedent(text).strip() + "\n" for name, text in files.items()}


def case(
    *,
    schema: str,
    queries: str | Mapping[str, str],
    options: Mapping[str, Any] | None = None,
    annotations: Mapping[str, str] | None = None,
    loose: tuple[str, ...] = (),
    files: Mapping[str, str] | None = None,
    modes: tuple[Mode, ...] = MODES,
    since: int = OLDEST,
    name: str | None = None,
    area: str | None = None,
) -> Callable[[Callable[[Q], Script]], Callable[[Q], Script]]:
    """Register the decorated script as a case with its name."""
    found = area or _area()

    def register(script: Callable[[Q], Script]) -> Callable[[Q], Script]:
        made = Case(
            area=found,
            name=name or script.__name__.rstrip("_"),
            schema=textwrap.dedent(schema).strip() + "\n",
            queries=_files(queries),
            options=options or {},
            script=script,
            annotations=annotations or {},
            loose=frozenset(loose),
            modes=modes,
            files=files or {},
            since=since,
        )
        if made.id in CASES:
            raise ValueError(f"two cases are named {made.id}")
        CASES[made.id] = made
        return script

    return register


def refusal(
    name: str,
    *,
    schema: str,
    queries: str | Mapping[str, str],
    says: tuple[str, ...],
    options: Mapping[str, Any] | None = None,
) -> None:
    """Register a schema with queries that must be refused with a message that contains each of `says`."""
    made = Refusal(
        _area(),
        name,
        textwrap.dedent(schema).strip() + "\n",
        _files(queries),
        options or {},
        says,
    )
    if made.id in REFUSALS:
        raise ValueError(f"two refusals are named {made.id}")
    REFUSALS[made.id] = made

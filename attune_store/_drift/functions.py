"""Compare functions."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from attune_queries.catalog import Catalog, Function

from attune_store._drift.matching import match
from attune_store._drift.names import names
from attune_store._drift.remedies import moved, renaming, restoring
from attune_store._drift.renames import with_moved
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.wording import ADOPT, IGNORE, excerpts, in_sql, quoted
from attune_store.errors import Severity


def compare_functions(report: Report, sides: Sides) -> None:
    """Report the differences, renames first."""
    schema, signature = sides.schema, partial(_shown, sides.schema)
    _compare_renamed(report, sides)
    for expected, there in match(
        sides.expected.functions,
        sides.live.functions,
        key=lambda it: signature(it) if _is_overloaded(it, sides) else it.name,
        content=lambda it: (it.name, it.definition),
    ):
        if expected is None:
            assert there is not None
            drop = f"DROP FUNCTION {schema}.{in_sql(there.name)}({there.arguments})"
            refusal = _ambiguity(report, sides, there)
            report.add(
                Severity.BREAKING if refusal else Severity.HARMLESS,
                f"function {signature(there)}",
                None,
                f"{_returns(there)}: {refusal}" if refusal else _returns(there),
                drop if refusal else IGNORE,
                if_worse=drop,
                touches=report.touched(f"{schema}.{there.name}") if refusal else (),
                mentioned=[(f"{schema}.{there.name}",)],
            )
        elif there is None:
            _missing(report, sides, expected, f"function {signature(expected)}")
        elif signature(there) != signature(expected):
            report.add(
                Severity.RISKY,
                f"function {signature(expected)}",
                _returns(expected),
                f"altered to {signature(there)}",
                ADOPT,
                touches=report.touched(f"{schema}.{expected.name}"),
                mentioned=[(f"{schema}.{expected.name}",)],
            )
            sides.drop(("function", expected.name))
        elif there.definition != expected.definition:
            before, found = excerpts(expected.definition, there.definition)
            report.add(
                Severity.RISKY,
                f"function {signature(expected)}",
                before,
                found,
                _replacing(expected, there),
                touches=report.touched(f"{schema}.{expected.name}"),
                mentioned=[
                    (f"{schema}.{expected.name}",),
                    *((f"{schema}.{expected.name}", column) for column in _result(expected)),
                ],
            )


def _compare_renamed(report: Report, sides: Sides) -> None:
    schema, renamed = sides.schema, _renamed(sides)
    if not renamed:
        return
    old = {_signature(live): _signature(one) for one, live in renamed}
    there = {_signature(it): it for it in sides.live.functions}
    arguments = {live.name: live.arguments for _, live in renamed}

    def rename(name: str, new: str) -> str:
        arguments[new] = arguments[name]
        return f"ALTER FUNCTION {schema}.{in_sql(name)}({arguments[name]}) RENAME TO {new}"

    names = {one.name: live.name for one, live in renamed}
    remedies = renaming(names, rename, f"function {schema}.")
    for one, live in renamed:
        own = _signature(one)
        successor = None if own in old else there.get(own)
        touches, remedy = report.touched(f"{schema}.{one.name}"), remedies[one.name]
        found, is_missed = f"renamed to {_shown(schema, live)}", bool(touches)
        if successor is not None:
            found += ", and another function has its name"
            remedy = f"DROP FUNCTION {_shown(schema, one)}; {remedy}"
            is_missed = successor.definition != one.definition
        report.add(
            Severity.BREAKING if is_missed else Severity.RISKY,
            f"function {_shown(schema, one)}",
            _returns(one),
            found,
            remedy,
            touches=touches,
            mentioned=[(f"{schema}.{one.name}",)],
        )
    # While names are replaced, the functions have none.
    back = {_signature(one): replace(one, definition=_nameless(live)) for one, live in renamed}
    others = {it: function for it, function in there.items() if it not in old}
    sides.renamed_functions |= old
    sides.live = replace(sides.live, functions=tuple((others | back).values()))
    sides.undo_renames({live: name for name, live in names.items()})
    functions = (
        replace(it, definition=it.definition.replace("\0", it.name)) for it in sides.live.functions
    )
    sides.live = replace(sides.live, functions=tuple(functions))


def _shown(schema: str, function: Function) -> str:
    return f"{schema}.{quoted(function.name)}({function.arguments})"


def _result(function: Function) -> list[str]:
    """Return the names of the columns of its result."""
    _, _, columns = _returns(function).partition("TABLE(")
    return [column.partition(" ")[0] for column in columns.removesuffix(")").split(", ") if column]


def _replacing(expected: Function, live: Function) -> str:
    """Return the statement that replaces a function with the same arguments and result, or an advice."""
    heads = (one.definition.splitlines()[:2] for one in (expected, live))
    return expected.definition.strip() if next(heads) == next(heads) else ADOPT


def _ambiguity(report: Report, sides: Sides, extra: Function) -> str | None:
    """Return the server's message if calls of ours are ambiguous because of another function."""
    name = f"{sides.schema}.{extra.name}"
    for one in sides.expected.functions:
        if one.name == extra.name and report.touched(name):
            types = (argument.partition(" ")[2] for argument in one.arguments.split(", "))
            call = f"{name}({', '.join(f'CAST(NULL AS {type})' for type in types)})"
            answer = report.ask(f"SELECT FROM (SELECT) AS nothing WHERE false AND {call} IS NULL")
            if answer.sqlstate == "42725":
                return answer.message
    return None


def _missing(report: Report, sides: Sides, one: Function, object: str) -> None:
    touches = report.touched(f"{sides.schema}.{one.name}")
    found, remedy = None, restoring(sides, ("function", one.name))
    if (schema := _moved_to(sides, one)) is not None:
        found, remedy = moved(f"FUNCTION {_signature(one)}", schema, sides.schema)
        sides.live = with_moved(sides.live, schema, one.name)
    gone = sides.drop(("function", one.name))
    severity = Severity.BREAKING if touches else Severity.RISKY
    report.add(severity, object, _returns(one), found, remedy, touches=touches, mentioned=gone)


def _moved_to(sides: Sides, function: Function) -> str | None:
    """Return the schema of the function that the database calls instead of the missing one."""
    called = {
        name[0]
        for text in _definitions(sides.live)
        if function.name in text
        for name, match in names(text)
        if len(name) == 2
        and name[0] != sides.schema
        and name[1] == function.name
        and text.startswith("(", match.end())
    }
    return called.pop() if len(called) == 1 else None


def _signature(function: Function) -> str:
    return f"{function.name}({function.arguments})"


def _renamed(sides: Sides) -> list[tuple[Function, Function]]:
    """Return the functions that were renamed, also if another one has their name now."""
    expected, live = (
        {_signature(one): one for one in side.functions} for side in (sides.expected, sides.live)
    )
    pairs = match(expected.values(), live.values(), key=_signature, content=_nameless)
    renamed = [(one, it) for one, it in pairs if one and it and one.name != it.name]
    known = {*expected, *(_signature(it) for _, it in renamed)}
    extra = {_nameless(it): it for key, it in live.items() if key not in known}
    for one, successor in pairs:
        if one is None or successor is None or one.name != successor.name:
            continue
        other = extra.get(_nameless(one))
        if other is not None and (
            successor.definition != one.definition or sides.is_used_for(other.name, one.name)
        ):
            renamed.append((one, other))
            del extra[_nameless(one)]
    there = {one.name for one in (*live.values(), *(one for one, _ in renamed))}
    for one in expected.values():
        like = [it for it in extra.values() if one.name not in there and _is_that(sides, one, it)]
        if like:
            renamed.append((one, like[0]))
            del extra[_nameless(like[0])]
    return renamed


def _is_that(sides: Sides, one: Function, other: Function) -> bool:
    """Return whether a function with another name does the same, or is called in its place."""
    return one.arguments == other.arguments and (
        _body(one) == _body(other) or sides.is_used_for(other.name, one.name)
    )


def _body(function: Function) -> str:
    return re.split(r"^(?:AS |RETURN |BEGIN ATOMIC)", _nameless(function), flags=re.MULTILINE)[-1]


def _definitions(catalog: Catalog) -> Iterable[str]:
    for table in catalog.tables:
        yield from (f"{column.default} {column.generated}" for column in table.columns)
        for members in (table.constraints, table.indexes, table.triggers):
            yield from (one.definition for one in members)
    yield from (view.definition for view in catalog.views)


def _nameless(function: Function) -> str:
    in_quotes = '"' + function.name.replace('"', '""') + '"'
    name = f"(?:{re.escape(in_quotes)}|(?<!\\w){re.escape(function.name)})(?!\\w)"
    return re.sub(name, "\0", function.definition)


def _is_overloaded(function: Function, sides: Sides) -> bool:
    def count(functions: Sequence[Function]) -> int:
        return sum(one.name == function.name for one in functions)

    return count(sides.expected.functions) > 1 or count(sides.live.functions) > 1


def _returns(function: Function) -> str:
    lines = function.definition.splitlines()
    return next((line.strip() for line in lines if "RETURNS" in line), "a procedure")

"""The text of row factories."""

from collections.abc import Iterator

from .model import Embed, Field, Model
from .options import Options
from .text import docstring, literal


def row_factory(model: Model, name: str, options: Options) -> str:
    """Return a psycopg row factory that makes the model by position."""
    lines = [
        f"make_{field.name} = rows.{field.model.factory}(cursor)"
        for field in model.fields
        if isinstance(field, Embed)
    ]
    values = list(_values(model))
    if options.pydantic and options.base_class is None:
        body = [
            f"made, {'values' if values else '_'} = support.blank({name})",
            *(f"values[{literal(field)}] = {value}" for field, value in values),
            "return made",
        ]
    else:
        construct = ".model_construct" if options.pydantic else ""
        keywords = ", ".join(f"{field}={value}" for field, value in values)
        body = [f"return {name}{construct}({keywords})"]
    return (
        f"\n\ndef {model.factory}(cursor: Cursor[Any] | AsyncCursor[Any]) -> RowMaker[{name}]:\n"
        + docstring(f"Make {name} of each row.", 1)
        + "".join(f"    {line}\n" for line in lines)
        + f"\n    def make(row: Sequence[Any]) -> {name}:\n"
        + "".join(f"        {line}\n" for line in body)
        + f"\n    return {_maker(model)}\n"
    )


def _values(model: Model) -> Iterator[tuple[str, str]]:
    """Yield the fields of a model, each with the expression of its value."""
    for at, field in _placed(model):
        if isinstance(field, Field):
            yield field.name, load(field, f"row[{at}]")
            continue
        end = at + len(field.model.fields)
        made = f"make_{field.name}(row[{at}:{end}])"
        if field.nullable:
            columns = [at + field.witness] if field.witness is not None else range(at, end)
            missing = " and ".join(f"row[{number}] is None" for number in columns)
            made = f"None if {missing} else {made}"
        yield field.name, made


def _placed(model: Model) -> Iterator[tuple[int, Field | Embed]]:
    """Return the fields with their positions in a row."""
    at = 0
    for field in model.fields:
        yield at, field
        at += len(field.model.fields) if isinstance(field, Embed) else 1


def _maker(model: Model) -> str:
    """Return the function that makes models of rows, with times in UTC."""
    instants = {
        at: field.type.nesting
        for at, field in _placed(model)
        if isinstance(field, Field) and field.type.is_instant and not field.type.is_coded
    }
    if not instants:
        return "make"
    # What converts ranges converts lists, too.
    nesting = max(instants.values())
    convert = f", convert=support.utc{nesting}" if nesting else ""
    return f"support.in_utc(cursor, make, {', '.join(map(str, instants))}{convert})"


def load(field: Field, value: str) -> str:
    """Return the expression that converts a value to its annotated type."""
    type_, nullable = field.type, field.nullable
    if type_.python == "None":
        return "None"  # The server sends void as an empty text.
    if not type_.is_coded:
        return value
    codec = f"codecs.{type_.constant}"
    if type_.enum and not type_.dimensions and not type_.typed:
        loaded = f"{codec}[{value}]"
    else:
        loaded = f"{codec}.load({value})"
    return f"None if {value} is None else {loaded}" if nullable else loaded

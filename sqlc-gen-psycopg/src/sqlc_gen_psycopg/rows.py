"""The text of row factories."""

from collections.abc import Iterator

from .model import Embed, Field, Model
from .options import Options
from .text import docstring, literal


def row_factory(model: Model, name: str, options: Options) -> str:
    """A psycopg row factory that makes the model by position."""
    in_utc = any(_is_scalar_instant(field) for field in _columns(model))
    sets: list[str] = []
    body = _built(model, name, 0, options, sets)
    fields = "".join(sets)
    return (
        f"\n\ndef {model.factory}(cursor: Cursor[Any] | AsyncCursor[Any]) -> RowMaker[{name}]:\n"
        + docstring(f"Make {name} of each row.", 1)
        + ("    in_utc = support.is_utc(cursor)\n" if in_utc else "")
        + fields
        + f"\n    def make(row: Sequence[Any]) -> {name}:\n"
        f"        return {body}\n\n    return make\n"
    )


def _columns(model: Model) -> Iterator[Field]:
    for field in model.fields:
        if isinstance(field, Embed):
            yield from _columns(field.model)
        else:
            yield field


def _is_scalar_instant(field: Field) -> bool:
    type_ = field.type
    return type_.is_instant and not type_.dimensions and not type_.is_text and not type_.typed


def _built(model: Model, name: str, at: int, options: Options, sets: list[str]) -> str:
    items: list[str] = []
    plain = options.pydantic and options.base_class is None
    for field in model.fields:
        if isinstance(field, Embed):
            width = len(field.model.fields)
            built = _built(field.model, f"models.{field.model.name}", at, options, sets)
            if field.nullable:
                columns = (
                    [at + field.witness] if field.witness is not None else range(at, at + width)
                )
                missing = " and ".join(f"row[{number}] is None" for number in columns)
                built = f"(None if {missing} else {built})"
            items.append((f"{literal(field.name)}: " if plain else f"{field.name}=") + built)
            at += width
        else:
            loaded = load(field, f"row[{at}]")
            items.append((f"{literal(field.name)}: " if plain else f"{field.name}=") + loaded)
            at += 1
    if not options.pydantic:
        return f"{name}({', '.join(items)})"
    if options.base_class is not None:
        return f"{name}.model_construct({', '.join(items)})"
    variable = f"fields_{len(sets)}" if sets else "fields"
    listed = ", ".join(literal(field.name) for field in model.fields)
    sets.append(
        f"    {variable}: set[str] = {{{listed}}}\n" if listed else f"    {variable} = set[str]()\n"
    )
    return f"support.build({name}, {{{', '.join(items)}}}, {variable})"


def load(field: Field, value: str) -> str:
    """The expression that makes of a value what the annotation says."""
    type_, nullable = field.type, field.nullable
    if type_.python == "None":
        return "None"  # The server sends an empty text for what is void.
    if _is_scalar_instant(field):
        if nullable:
            return f"({value} if in_utc or {value} is None else {value}.astimezone(datetime.UTC))"
        return f"({value} if in_utc else {value}.astimezone(datetime.UTC))"
    if type_.is_coded:
        loaded = f"codecs.{type_.constant}.load({value})"
    elif type_.is_instant:
        return f"support.utc({value})"
    else:
        return value
    return f"(None if {value} is None else {loaded})" if nullable else loaded

"""What is generated, in Python's terms."""

from dataclasses import dataclass, field

from .types import Type


@dataclass(frozen=True, slots=True)
class Description:
    """The types of parameters and result columns, by name.

    As the manifest has them: a domain is its base type, a type of an extension has no schema.
    """

    parameters: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """What the server says of a statement."""

    parameters: tuple[str, ...]
    """The types of the parameters as format_type() writes them, unquoted: domains by their names."""
    columns: tuple[str, ...]
    """The types of the columns."""
    description: Description


@dataclass(slots=True)
class Live:
    """What was read from a live database; empty without one."""

    views: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    """The type of each view's column."""
    json_objects: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """The columns of which a CHECK says that they hold a JSON object."""
    enum_functions: dict[tuple[str, str], dict[str, tuple[str, dict[str, object]]]] = field(
        default_factory=dict[tuple[str, str], dict[str, tuple[str, dict[str, object]]]]
    )
    """By enum and function: the result's type, and the result for each label."""


@dataclass(frozen=True, slots=True)
class Member:
    """A label of an enum."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """A function of an enum as a property: its type, and its value for each label."""

    name: str
    function: str
    constant: str
    """The name of the dictionary with its values."""
    type: Type
    values: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class EnumClass:
    """An enum type."""

    name: str
    doc: str
    members: tuple[Member, ...]
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a row, or a parameter."""

    name: str
    type: Type
    nullable: bool
    annotation: str
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query by its number, and the keyword that it comes from."""

    field: Field
    is_flag: bool = False
    """Whether it says that its keyword was given: the `set_x` of a pair."""
    is_optional: bool = False
    """Whether the keyword may be left out: the `x` of a pair."""


@dataclass(frozen=True, slots=True)
class Embed:
    """A table's model within a row."""

    name: str
    model: "Model"
    nullable: bool
    witness: int | None
    """The column that is NULL only where the whole is missing."""

    @property
    def annotation(self) -> str:
        """The model, or None."""
        return f"models.{self.model.name}{' | None' if self.nullable else ''}"


@dataclass(frozen=True, slots=True)
class Model:
    """A row of a table or view, of one query, or a composite type."""

    name: str
    factory: str
    doc: str
    fields: tuple[Field | Embed, ...]
    is_composite: bool = False

    @property
    def columns(self) -> tuple[Field, ...]:
        """The columns of a row, with those of the models within it."""
        parts = (
            (field,) if isinstance(field, Field) else field.model.columns for field in self.fields
        )
        return tuple(column for part in parts for column in part)


@dataclass(frozen=True, slots=True)
class Function:
    """A query."""

    name: str
    query: str
    command: str
    sql: str
    doc: str
    parameters: tuple[Parameter, ...]
    model: Model | None
    """What its rows are made into; a scalar, or nothing, without one."""
    own_model: bool
    scalar: Field | None
    certain: bool
    description: Description
    is_stream: bool = False
    bundle: str | None = None
    """The class of its parameters, where they come as one argument or as rows."""
    copy: str = ""
    """The COPY statement of a :copyfrom."""
    constant: str = ""
    """The name of the constant that holds its SQL."""
    copy_constant: str = ""
    factory: str = ""
    """The name of the row factory that it has, or would have."""
    namesake: str = ""
    """The query that has the name which it would have, but for a number."""

    @property
    def columns(self) -> tuple[Field, ...]:
        """The columns of its rows."""
        if self.scalar is not None:
            return (self.scalar,)
        return self.model.columns if self.model is not None else ()

    @property
    def returns_binary(self) -> bool:
        """Whether its rows are asked for in binary."""
        return bool(self.columns) and all(column.type.is_binary for column in self.columns)

    @property
    def keywords(self) -> tuple[Parameter, ...]:
        """The parameters that a caller gives."""
        return tuple(parameter for parameter in self.parameters if not parameter.is_flag)

    @property
    def is_batch(self) -> bool:
        """Whether it runs once for each of many rows of parameters."""
        return self.command.startswith(":batch") or self.command == ":copyfrom"


@dataclass(frozen=True, slots=True)
class Module:
    """A query file."""

    name: str
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """All that is generated."""

    enums: tuple[EnumClass, ...]
    models: tuple[Model, ...]
    composites: tuple[Model, ...]
    codecs: dict[str, str]
    """The composites' codecs: the constant, and the class's name."""
    row_codecs: dict[str, Model]
    """The codecs of tables whose rows are values: the constant, and the class."""
    modules: tuple[Module, ...]
    python_types: frozenset[str] = frozenset()
    """The import paths of the user's own types."""
    warnings: tuple[str, ...] = ()
    """What is not wrong, and yet may not be meant."""

"""The generated package, in terms of Python."""

from dataclasses import dataclass, field

from .types import Type


@dataclass(frozen=True, slots=True)
class Description:
    """The types of parameters and result columns, by name, as in the manifest.

    A domain is its base type, and a type of an extension has no schema.
    """

    parameters: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A statement as the server describes it."""

    parameters: tuple[str, ...]
    """The types of the parameters as format_type() writes them, unquoted. Domains have their own names."""
    columns: tuple[str, ...]
    """The types of the columns."""
    description: Description


@dataclass(slots=True)
class Live:
    """Facts from a live database; empty without one."""

    views: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    """The type of each column of a view."""
    json_objects: set[tuple[str, str, str]] = field(default_factory=set[tuple[str, str, str]])
    """The columns for which a CHECK requires a JSON object."""
    enum_functions: dict[tuple[str, str], dict[str, tuple[str, dict[str, object]]]] = field(
        default_factory=dict[tuple[str, str], dict[str, tuple[str, dict[str, object]]]]
    )
    """By enum and function: the type of the result, and the result for each label."""


@dataclass(frozen=True, slots=True)
class Member:
    """A label of an enum."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """A function of an enum as a property, with its type and its value for each label."""

    name: str
    function: str
    constant: str
    """The name of the dictionary that holds its values."""
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
    """A parameter of a query, by number, and the keyword that sets it."""

    field: Field
    is_flag: bool = False
    """Whether it says that its keyword was given: the `set_x` of a pair."""
    is_optional: bool = False
    """Whether the keyword is optional: the `x` of a pair."""


@dataclass(frozen=True, slots=True)
class Embed:
    """The model of a table, within a row."""

    name: str
    model: "Model"
    nullable: bool
    witness: int | None
    """A column that is NULL only if the whole row is missing."""

    @property
    def annotation(self) -> str:
        """The model, or the model and None."""
        return f"models.{self.model.name}{' | None' if self.nullable else ''}"


@dataclass(frozen=True, slots=True)
class Model:
    """A row of a table or view, a row of one query, or a composite type."""

    name: str
    factory: str
    doc: str
    fields: tuple[Field | Embed, ...]
    is_composite: bool = False

    @property
    def columns(self) -> tuple[Field, ...]:
        """Return the columns of a row, including those of embedded models."""
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
    """The model of its rows; None for a scalar or no result."""
    own_model: bool
    scalar: Field | None
    certain: bool
    description: Description
    is_stream: bool = False
    bundle: str | None = None
    """The class of its parameters, if they are one argument or rows."""
    copy: str = ""
    """The COPY statement of a :copyfrom."""
    constant: str = ""
    """The name of the constant that holds its SQL."""
    copy_constant: str = ""
    factory: str = ""
    """The name of its row factory, even if it needs none."""
    namesake: str = ""
    """The query that already has its name, so that it got a number."""

    @property
    def columns(self) -> tuple[Field, ...]:
        """Return the columns of its rows."""
        if self.scalar is not None:
            return (self.scalar,)
        return self.model.columns if self.model is not None else ()

    @property
    def returns_binary(self) -> bool:
        """Return whether its rows are requested in binary."""
        return bool(self.columns) and all(column.type.is_binary for column in self.columns)

    @property
    def keywords(self) -> tuple[Parameter, ...]:
        """Return the parameters that a caller passes."""
        return tuple(parameter for parameter in self.parameters if not parameter.is_flag)

    @property
    def is_batch(self) -> bool:
        """Return whether it runs once for each of many rows of parameters."""
        return self.command.startswith(":batch") or self.command == ":copyfrom"


@dataclass(frozen=True, slots=True)
class Module:
    """A query file."""

    name: str
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """All generated modules."""

    enums: tuple[EnumClass, ...]
    models: tuple[Model, ...]
    composites: tuple[Model, ...]
    codecs: dict[str, str]
    """The codecs of composite types: the constant and the name of the class."""
    row_codecs: dict[str, Model]
    """The codecs of tables whose rows are values: the constant and the class."""
    modules: tuple[Module, ...]
    python_types: frozenset[str] = frozenset()
    """The import paths of the user's own types."""
    warnings: tuple[str, ...] = ()
    """Messages about what is not wrong, but may not be intended."""

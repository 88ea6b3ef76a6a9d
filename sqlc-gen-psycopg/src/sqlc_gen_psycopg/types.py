"""From PostgreSQL's types to Python's, and what it takes to get from the one to the other."""

from collections.abc import Collection
from dataclasses import dataclass

from .names import class_name
from .problems import Problem

# By the names of format_type(); the other spellings that sqlc reports follow below.
_SCALARS = {
    "smallint": "int",
    "integer": "int",
    "bigint": "int",
    "oid": "int",
    "real": "float",
    "double precision": "float",
    "numeric": "decimal.Decimal",
    "text": "str",
    "character varying": "str",
    "character": "str",
    "name": "str",
    "boolean": "bool",
    "bytea": "bytes",
    "uuid": "uuid.UUID",
    "date": "datetime.date",
    "time without time zone": "datetime.time",
    "time with time zone": "datetime.time",
    "timestamp without time zone": "datetime.datetime",
    "timestamp with time zone": "datetime.datetime",
    "interval": "datetime.timedelta",
    "json": "JsonValue",
    "jsonb": "JsonValue",
}

_ALIASES = {
    "int2": "smallint",
    "smallserial": "smallint",
    "serial2": "smallint",
    "int": "integer",
    "int4": "integer",
    "serial": "integer",
    "serial4": "integer",
    "int8": "bigint",
    "bigserial": "bigint",
    "serial8": "bigint",
    "float4": "real",
    "float": "double precision",
    "float8": "double precision",
    "decimal": "numeric",
    "varchar": "character varying",
    "char": "character",
    "bpchar": "character",
    "bool": "boolean",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}


@dataclass(frozen=True, slots=True)
class Type:
    """A PostgreSQL type as Python sees it."""

    name: str
    """As format_type() writes it, without its brackets."""
    dimensions: int
    python: str
    enum: str | None = None
    """The name of the enum's class, if it is one."""

    @property
    def sql(self) -> str:
        """As format_type() writes it; it knows no dimensions."""
        return f"{self.name}[]" if self.dimensions else self.name

    @property
    def is_json(self) -> bool:
        """Whether its values are JSON."""
        return self.name in ("json", "jsonb")

    @property
    def is_instant(self) -> bool:
        """Whether its values are points in time, which are given back in UTC."""
        return self.name == "timestamp with time zone"

    def annotation(self, *, nullable: bool) -> str:
        """The Python type; JsonValue has None in it already."""
        text = self.python
        for _ in range(self.dimensions):
            text = f"list[{text}]"
        return f"{text} | None" if nullable and text != "JsonValue" else text

    def load(self, value: str, *, nullable: bool) -> str:
        """The expression that makes of a value what the annotation says."""
        if self.enum is not None:
            loaded = f"enums.{self.enum}({value})"
            if self.dimensions:
                loaded = f"support.enum_list(enums.{self.enum}, {value})"
        elif self.is_instant and not self.dimensions:
            as_it_is = f"in_utc or {value} is None" if nullable else "in_utc"
            return f"{value} if {as_it_is} else {value}.astimezone(datetime.UTC)"
        else:
            return value
        return f"None if {value} is None else {loaded}" if nullable else loaded

    def dump(self, value: str) -> str:
        """The expression that makes of an argument what psycopg is given."""
        if self.dimensions:
            return value
        if self.is_json:
            return f"support.{self.name}({value})"
        if self.is_instant:
            return f'support.aware({value}, "{value}")'
        return value


class Types:
    """The types of one database."""

    def __init__(self, enums: Collection[tuple[str, str]]) -> None:
        self._enums = enums

    def resolve(self, name: str, *, dimensions: int = 0) -> Type:
        """The type with the name that sqlc or format_type() gives it."""
        schema, _, bare = name.rpartition(".")
        if bare.endswith("[]"):
            bare, dimensions = bare.removesuffix("[]"), max(dimensions, 1)
        bare = bare.strip('"')
        for enum_schema, enum in self._enums:
            if bare == enum and schema in ("", enum_schema):
                python = class_name(enum)
                return Type(f"{enum_schema}.{enum}", dimensions, f"enums.{python}", python)
        canonical = _ALIASES.get(bare, bare)
        if canonical in _SCALARS and schema in ("", "pg_catalog"):
            return Type(canonical, dimensions, _SCALARS[canonical])
        raise Problem(f"there is no Python type for PostgreSQL's {name!r}; cast it to one that has")

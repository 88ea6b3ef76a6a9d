"""Convert PostgreSQL's types to Python's, and find the codecs that this needs."""

from dataclasses import dataclass, field, replace

from .analysis import Database, is_multirange, range_of
from .imports import imported_name, reserved
from .names import Names, constant, identifier
from .problems import Problem

_SCALARS = {
    "int2": "int",
    "int4": "int",
    "int8": "int",
    "oid": "int",
    "float4": "float",
    "float8": "float",
    "numeric": "decimal.Decimal",
    "bool": "bool",
    "bytea": "bytes",
    "uuid": "uuid.UUID",
    "date": "datetime.date",
    "time": "datetime.time",
    "timetz": "datetime.time",
    "timestamp": "datetime.datetime",
    "timestamptz": "datetime.datetime",
    "interval": "datetime.timedelta",
    "json": "JsonValue",
    "jsonb": "JsonValue",
    "inet": "ipaddress.IPv4Address | ipaddress.IPv6Address"
    " | ipaddress.IPv4Interface | ipaddress.IPv6Interface",
    "cidr": "ipaddress.IPv4Network | ipaddress.IPv6Network",
    "hstore": "dict[str, str | None]",
    "void": "None",
}
# Read and written as text, as psycopg does, or because Python has no better type.
_TEXTS = frozenset(
    [
        "text",
        "varchar",
        "bpchar",
        "char",
        "name",
        "xml",
        "bit",
        "varbit",
        "money",
        "macaddr",
        "macaddr8",
        "point",
        "line",
        "lseg",
        "box",
        "path",
        "polygon",
        "circle",
        "tsvector",
        "tsquery",
        "tid",
        "xid",
        "xid8",
        "cid",
        "pg_lsn",
        "pg_snapshot",
        "txid_snapshot",
        "jsonpath",
        "regclass",
        "regtype",
        "regproc",
        "regprocedure",
        "regoper",
        "regoperator",
        "regrole",
        "regnamespace",
        "regconfig",
        "regdictionary",
        "regcollation",
        "refcursor",
        "aclitem",
        "unknown",
        "int2vector",
        "oidvector",
        "pg_node_tree",
        "pg_ndistinct",
        "pg_dependencies",
        "pg_mcv_list",
        "cstring",
    ]
)
# Types of extensions. Their arrays have the usual delimiter and form.
_EXTENSION_TEXTS = frozenset(
    [
        "citext",
        "ltree",
        "lquery",
        "ltxtquery",
        "vector",
        "halfvec",
        "sparsevec",
        "cube",
        "seg",
        "ean13",
        "isbn",
        "isbn13",
        "ismn",
        "ismn13",
        "issn",
        "issn13",
        "upc",
        "geometry",
        "geography",
        "box2d",
        "box3d",
        "raster",
        "query_int",
        "semver",
        "uint1",
        "uint2",
        "uint4",
        "uint8",
    ]
)
# Types for which psycopg makes the same values in both formats. Binary takes less time on both sides.
BINARY = frozenset(
    [
        *("int2", "int4", "int8", "oid", "float8", "numeric", "bool", "bytea", "uuid"),
        *("date", "timestamp", "timestamptz", "json", "jsonb", "inet", "cidr"),
        *("text", "varchar", "bpchar", "name"),
    ]
)
_LONG_NAMES = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "varbit": "bit varying",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "char": '"char"',
}
_SHORT_NAMES = {long: short for short, long in _LONG_NAMES.items()}


class Codecs:
    """The names of the constants in codecs.py."""

    def __init__(self) -> None:
        self._names = Names(reserved())
        self._given: dict[tuple[str, str], str] = {}

    def constant(self, wanted: str, codec: str) -> str:
        """Return the name of the constant that holds the codec."""
        key = (wanted, codec)
        if key not in self._given:
            self._given[key] = self._names.give(wanted)
        return self._given[key]

    def of_row(self, key: tuple[str, str]) -> str:
        """Return the name of the constant for a composite type, or the rows of a table."""
        name = ".".join(key)
        return self.constant(constant_of(name), name)


@dataclass(frozen=True, slots=True)
class Type:
    """A PostgreSQL type, as Python sees it."""

    name: str
    """Its short name (`int4`), qualified if a user created it (`public.mood`), without brackets."""
    dimensions: int
    python: str
    codec: str
    """The expression of the codec for the text of one element."""
    is_native: bool = True
    """Whether psycopg reads it without registration."""
    enum: str | None = None
    """The name of the enum's class, if it is an enum."""
    is_instant: bool = False
    is_text: bool = False
    """Whether arguments must be written as text, because psycopg would choose another type."""
    typed: str | None = None
    """The import path of a user's type."""
    null_elements: bool = False
    """Whether the elements of the array may be NULL."""
    refuses_str: bool = False
    """Whether a str is refused for JSON."""
    of_array: bool = False
    """Whether a user's type replaces the whole array."""
    codecs: Codecs = field(default_factory=Codecs, compare=False, repr=False)

    @property
    def sql(self) -> str:
        """Return the type as format_type() writes it, unquoted, without dimensions."""
        name = _LONG_NAMES.get(self.name, self.name)
        return f"{name}[]" if self.dimensions or self.of_array else name

    @property
    def nesting(self) -> str:
        """Return the suffix of functions for times, by where in a value the times are."""
        if "ange[" in self.python:
            return "_range"
        return "_list" if self.dimensions else ""

    @property
    def is_json(self) -> bool:
        """Return whether its values are JSON."""
        return self.name in ("json", "jsonb")

    @property
    def full_codec(self) -> str:
        """Return the expression of the codec for the text of a whole value."""
        if not self.dimensions or self.typed:
            return self.codec
        more = ', ";"' if self.name == "box" else ""
        if self.is_json:
            more = f", dimensions={self.dimensions}"
        return f"support.Array({self.codec}{more})"

    @property
    def constant(self) -> str:
        """Return the name of the constant in codecs.py that holds the codec of a whole value."""
        if not self.full_codec.startswith("support."):
            return self.full_codec.removeprefix("codecs.")
        own = f"{self.typed.rpartition('.')[2]}_" if self.typed else ""
        array = "_ARRAY" if self.dimensions else ""
        if self.is_json and self.dimensions > 1:
            array = f"_ARRAY_{self.dimensions}"
        return self.codecs.constant(
            f"{own.upper()}{constant_of(self.name)}{array}", self.full_codec
        )

    @property
    def is_coded(self) -> bool:
        """Return whether results must be decoded by the codec."""
        return bool(self.typed) or not self.is_native

    @property
    def is_binary(self) -> bool:
        """Return whether results may be binary, because the values are the same."""
        if self.enum:
            return not self.dimensions and not self.of_array
        return self.name in BINARY and self.is_native

    @property
    def is_dumped(self) -> bool:
        """Return whether arguments must be encoded by the codec."""
        if self.typed or self.is_text:
            return True
        return bool(self.dimensions) and (self.is_json or self.name == "box")

    def annotation(self, *, nullable: bool) -> str:
        """Return the Python type."""
        text = self.python
        if self.refuses_str and text == "JsonValue":
            text = "support.JsonExceptStr"
        if self.null_elements and self.dimensions:
            text = f"{text} | None"
        for _ in range(self.dimensions):
            text = f"list[{text}]"
        return f"{text} | None" if nullable and text != "None" else text


class Types:
    """The types of one database."""

    def __init__(
        self,
        database: Database,
        enums: dict[tuple[str, str], str],
        composites: dict[tuple[str, str], str],
        rows: dict[tuple[str, str], str],
        overrides: dict[str, str],
    ) -> None:
        self.database = database
        self.enums = enums
        self.composites = composites
        self.rows = rows
        """The classes of tables whose rows may be values."""
        self.used_rows: set[tuple[str, str]] = set()
        self._written = {self._canonical(name.replace('"', "")): name for name in overrides}
        self.overrides = {name: overrides[written] for name, written in self._written.items()}
        self._resolved: dict[tuple[str, int], Type] = {}
        self.codecs = Codecs()

    def _canonical(self, name: str) -> str:
        schema, bare = self.database.key(name.removeprefix("pg_catalog."))
        return self.database.type(schema, _SHORT_NAMES.get(bare, bare))

    def names(self) -> set[str]:
        """Return the names of types that have values."""
        return {self._canonical(name.removesuffix("[]")) for name, _ in self._resolved}

    def unmatched(self) -> list[str]:
        """Return the overridden types that have no values."""
        return [self._written[name] for name in sorted(self.overrides.keys() - self.names())]

    def resolve(self, name: str, *, dimensions: int = 0) -> Type:
        """Return the type with the name that sqlc, the analysis or format_type() uses."""
        key = (name, dimensions)
        if key not in self._resolved:
            self._resolved[key] = self._resolve(name, dimensions)
        return self._resolved[key]

    def _resolve(self, name: str, dimensions: int) -> Type:
        if name.endswith("[]"):
            name, dimensions = name.removesuffix("[]"), max(dimensions, 1)
        canonical = self._canonical(name)
        found = self._element(canonical, name)
        if (path := self.overrides.get(canonical)) is not None:
            found = own_type(found, path)
        elif found.dimensions and dimensions and not found.typed:
            # An array of a domain over an array.
            raise Problem(_hint(name))
        is_domain = self.database.base(canonical) != canonical
        native = found.is_native and not (is_domain and dimensions)
        return replace(
            found,
            dimensions=dimensions or found.dimensions,
            is_native=native,
            codecs=self.codecs,
        )

    def _element(self, canonical: str, written: str) -> Type:
        base = self.database.base(canonical) or canonical
        if base.endswith("[]"):
            return replace(self._element(base.removesuffix("[]"), written), dimensions=1)
        key = self.database.key(base)
        if key in self.enums:
            python = f"enums.{self.enums[key]}"
            return Type(base, 0, python, f"support.Enum({python})", False, enum=self.enums[key])
        if key in self.rows:
            self.used_rows.add(key)
        if (name := self.composites.get(key) or self.rows.get(key)) is not None:
            python = f"models.{name}"
            codec = f"codecs.{self.codecs.of_row(key)}"
            return Type(base, 0, python, codec, False, is_text=True)
        subtype = range_of(self.database, base)
        if subtype is not None:
            bound = self.resolve(subtype)
            kind = "Multirange" if is_multirange(self.database, base) else "Range"
            return Type(
                base,
                0,
                f"{kind}[{bound.python}]",
                f"support.{kind}({bound.codec})",
                "." not in base,  # of PostgreSQL itself
                is_instant=bound.is_instant,
                is_text=True,
            )
        bare = key[1]
        if base == "timestamptz":
            return Type(base, 0, _SCALARS[base], "support.Instant()", is_instant=True)
        if base in ("json", "jsonb"):
            return Type(base, 0, _SCALARS[base], "support.Json()")
        if bare == "hstore":
            return Type(base, 0, _SCALARS["hstore"], "support.Hstore()", False, is_text=True)
        if base in _SCALARS:
            return Type(base, 0, _SCALARS[base], f'support.Builtin("{base}")')
        if base in _TEXTS:
            return Type(base, 0, "str", "support.Text()")
        if bare in _EXTENSION_TEXTS:
            return Type(base, 0, "str", "support.Text()", False)
        raise Problem(_hint(written))


def own_type(type_: Type, path: str) -> Type:
    """Return the type with a user's class instead of its own."""
    path = imported_name(path)
    coded = type_.is_json or not type_.is_native or type_.is_text or type_.dimensions
    plain = type_.full_codec if coded else ""
    inner = f", {plain}" if plain else ""
    return replace(
        type_,
        dimensions=0,
        of_array=bool(type_.dimensions),
        python=path,
        codec=f"support.Typed[{path}]({path}{inner})",
        typed=path,
        is_instant=False,
    )


def constant_of(name: str) -> str:
    """Return the name of a type's codec, which is public whatever the name of the type."""
    found = constant(identifier(name.removeprefix("public.").replace(".", "_")))
    return f"TYPE{found}" if found.startswith("_") else found


def _hint(name: str) -> str:
    return (
        f"no Python type for PostgreSQL's {name!r}; cast it to a type that has one, or name a"
        " type of your own under `overrides` (db_type, python_type)"
    )

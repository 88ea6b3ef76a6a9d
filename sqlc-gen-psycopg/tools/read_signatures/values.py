"""The grid: values of each type to try functions with, as text in PostgreSQL's input syntax."""

from collections.abc import Iterator, Mapping, Sequence

_TEXTS = (
    *("", "a", "abc", "A,b,,c", "1", "-1.5", "NaN", "infinity", "null", "{}", "[]", "{1,NULL}"),
    *(
        '{"a": null}',
        "$.a",
        "a.b",
        "%",
        "(b)?c",
        "month",
        "epoch",
        "UTC",
        "<a/>",
        "pg_class",
        "YYYY",
    ),
    *("SELECT", "utf8", "english", "é", "9", "a=>NULL"),
)
_NUMBERS = ("0", "1", "-1", "3")
_FLOATS = (*_NUMBERS, "0.5", "1e300", "-1e300", "infinity", "-infinity", "NaN")
_OIDS = ("0", "1259", "2249", "23", "1255", "10", "99999999", "4294967295")
_TIMES = ("00:00", "12:30:15.123456", "24:00")
_SHAPES = (
    "((0,0),(1,1))",
    "((0,0),(0,0))",
    "((-1,2),(3,-4))",
    "((0,0),(infinity,1))",
    "((NaN,0),(1,1))",
)
_RANGES = {
    "int4": ("empty", "(,)", "[1,5)", "[3,)", "(,2]", "[5,9)"),
    "numeric": ("empty", "(,)", "[1,5)", "[0,NaN]", "(,infinity]", "[-1.5,2]"),
    "date": ("empty", "(,)", "[2024-01-01,2024-02-01)", "[2024-01-15,infinity]", "(,2020-01-01)"),
}
_ALIKE = {"int8": "int4", "ts": "date", "tstz": "date"}


def _ranges() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in ("int4", "int8", "num", "ts", "tstz", "date"):
        values = _RANGES["numeric" if name == "num" else _ALIKE.get(name, name)]
        found[f"{name}range"] = values
        found[f"{name}multirange"] = (
            "{}",
            *(f"{{{value}}}" for value in values),
            f"{{{values[2]},{values[-1]}}}",
        )
    return found


_SCALARS: Mapping[str, Sequence[str]] = {
    "text": _TEXTS,
    "varchar": _TEXTS,
    "bpchar": ("", "a", "abc", "1"),
    "name": ("", "a", "pg_class", "utf8", "postgres", "pg_catalog"),
    "char": ("", "a", "r"),
    "citext": ("", "a", "B", "(c)?d"),
    "xml": ("", "<a/>", "<a><b>1</b></a>", "text"),
    "bool": ("t", "f"),
    "int2": (*_NUMBERS, "32767", "-32768"),
    "int4": (*_NUMBERS, "2", "2147483647", "-2147483648"),
    "int8": (*_NUMBERS, "9223372036854775807", "-9223372036854775808"),
    "numeric": (*_FLOATS, "0.000", "123456789012345678901234567890.5"),
    "float4": tuple(value.replace("e300", "e30") for value in _FLOATS),
    "float8": _FLOATS,
    "money": ("0", "1.5", "-92233720368547758.08"),
    "date": ("2024-02-29", "4713-01-01 BC", "5874897-12-31", "infinity", "-infinity"),
    "time": _TIMES,
    "timetz": tuple(f"{value}+02" for value in _TIMES),
    "timestamp": ("2024-02-29 12:00", "4714-11-24 BC", "294276-12-31", "infinity", "-infinity"),
    "timestamptz": (
        "2024-02-29 12:00+02",
        "4714-11-24+00 BC",
        "294276-12-31",
        "infinity",
        "-infinity",
    ),
    "interval": ("0", "1 month -3 days 04:05:06", "-178000000 years", "infinity", "-infinity"),
    "uuid": (
        "00000000-0000-0000-0000-000000000000",
        "41db1265-8bc1-4ab3-992f-885799a4af1d",
        "019535d9-3df7-79fb-b466-fa907fa17f9e",
        "a6cc5730-2261-11ee-9c43-2eb5a363657c",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ),
    "json": (
        "null",
        "{}",
        "[]",
        '{"a": null, "b": {"c": [1, null]}}',
        "[1, null]",
        '"a"',
        "1.5",
        "true",
    ),
    "jsonb": (
        "null",
        "{}",
        "[]",
        '{"a": null, "b": {"c": [1, null]}}',
        "[1, null]",
        '"a"',
        "1.5",
        "true",
    ),
    "jsonpath": (
        "$",
        "$.a",
        "$.b.c[*]",
        "lax $.a == 1",
        "strict $.a",
        "$ > 1",
        "$[*] ? (@ == null)",
    ),
    "bytea": ("", "\\x00", "abc", "\\xffffffffffffffffffffffffffffffff"),
    "bit": ("", "0", "101"),
    "varbit": ("", "0", "101"),
    "inet": ("0.0.0.0/0", "10.0.0.1", "10.0.0.0/8", "::", "fe80::1/64"),
    "cidr": ("0.0.0.0/0", "10.0.0.0/8", "::/0"),
    "macaddr": ("00:00:00:00:00:00", "08:00:2b:01:02:03"),
    "macaddr8": ("00:00:00:00:00:00:00:00", "08:00:2b:ff:fe:01:02:03"),
    "point": ("(0,0)", "(1,2)", "(infinity,0)", "(NaN,NaN)"),
    "lseg": (*_SHAPES, "((0,2),(2,0))"),
    "box": _SHAPES,
    "path": (*(f"[{shape[1:-1]}]" for shape in _SHAPES), *_SHAPES, "((0,0))"),
    "polygon": (*_SHAPES, "((0,0))", "((0,0),(4,0),(0,3))"),
    "line": ("{1,2,3}", "{1,0,0}", "{0,1,0}", "{0,1,5}", "{infinity,1,0}"),
    "circle": ("<(0,0),0>", "<(1,2),3>", "<(0,0),infinity>", "<(NaN,0),1>"),
    "tsvector": ("", "a b", "'a':1A 'b':2", "fat:2,4 cat:3"),
    "tsquery": ("", "a", "a & !b", "fat <-> cat", "!x"),
    "pg_lsn": ("0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"),
    "tid": ("(0,0)", "(0,1)", "(4294967295,65535)"),
    "oid": _OIDS,
    "regclass": (
        "0",
        "pg_class",
        "grid",
        "grid_id_seq",
        "pg_class_oid_index",
        "pg_stats",
        "99999999",
    ),
    "regproc": ("0", "now", "99999999"),
    "regprocedure": ("0", "now()", "count(int4)", "99999999"),
    "regoper": ("0", "99999999"),
    "regoperator": ("0", "+(int4,int4)", "99999999"),
    "regtype": ("0", "int4", "numeric", "99999999"),
    "regcollation": ("0", '"C"', "99999999"),
    "regconfig": ("simple", "english"),
    "regdictionary": ("simple", "english_stem"),
    "regnamespace": ("0", "pg_catalog", "99999999"),
    "regrole": ("0", "postgres", "99999999"),
    "xid": ("0", "3", "4294967295"),
    "xid8": ("0", "3", "18446744073709551615"),
    "cid": ("0", "1"),
    "txid_snapshot": ("10:20:10,14,15", "10:10:"),
    "pg_snapshot": ("10:20:10,14,15", "10:10:"),
    "aclitem": ("postgres=r/postgres", "=rw*/postgres"),
    "refcursor": ("", "a"),
    "int2vector": ("", "1 2"),
    "oidvector": ("", "23 25"),
    # -- extensions
    "hstore": ("", "a=>1", "a=>NULL, b=>2"),
    "ltree": ("", "a", "a.b.c"),
    "lquery": ("a", "*", "a.*.c", "*{2}"),
    "ltxtquery": ("a", "a & !b"),
    "cube": ("()", "(0)", "(1,2,3)", "(0,0),(1,1)", "(infinity)", "(NaN)"),
    "earth": ("(6378168,0,0)", "(0,6378168,0)"),
    "seg": ("0", "1 .. 2", ".. 3", "4 ..", "~5"),
    "query_int": ("1", "1&!2", "1|2"),
    "ean13": ("978-0-306-40615-7", "4006381333931"),
    "isbn": ("0-306-40615-2",),
    "isbn13": ("978-0-306-40615-7",),
    "ismn": ("979-0-060-11561-5",),
    "ismn13": ("979-0-060-11561-5",),
    "issn": ("0317-8471",),
    "issn13": ("977-0-317-84700-1",),
    "upc": ("036000291452",),
    "vector": ("[0,0,0]", "[1,2,3]", "[-1,0.5,3e38]", "[1]"),
    "halfvec": ("[0,0,0]", "[1,2,3]", "[1]"),
    "sparsevec": ("{}/3", "{1:1,3:2}/3", "{1:1}/1"),
    "geometry": (
        *(
            "POINT EMPTY",
            "POINT(0 0)",
            "POINT Z (1 2 3)",
            "POINT M (1 2 3)",
            "SRID=4326;POINT(10 50)",
        ),
        *(
            "LINESTRING EMPTY",
            "LINESTRING(0 0,1 1,2 0)",
            "LINESTRING(0 0,0 0)",
            "LINESTRING M (0 0 1,1 1 5)",
        ),
        *("POLYGON EMPTY", "POLYGON((0 0,4 0,4 4,0 4,0 0))", "POLYGON((0 0,1 1,0 1,1 0,0 0))"),
        *(
            "MULTIPOINT(0 0,1 1)",
            "MULTILINESTRING((0 0,1 1),(3 3,4 4))",
            "GEOMETRYCOLLECTION EMPTY",
        ),
        *("GEOMETRYCOLLECTION(POINT(0 0),LINESTRING(0 0,1 1))", "CIRCULARSTRING(0 0,1 1,2 0)"),
        "LINESTRING(0 0 0,1 1 1)",
    ),
    "geography": (
        "POINT EMPTY",
        "POINT(10 50)",
        "LINESTRING(0 0,1 1)",
        "POLYGON((0 0,4 0,4 4,0 0))",
    ),
    "box2d": ("BOX(0 0,1 1)", "BOX(0 0,0 0)"),
    "box3d": ("BOX3D(0 0 0,1 1 1)",),
    **_ranges(),
}
ENUM = "pg_temp.mood"
PAIR = "pg_temp.pair"
ROW = "ROW"
_MANY_DIMENSIONS = {"int2", "int4", "int8", "numeric", "float4", "float8", "text"}

# PostGIS does not check all of its arguments: large ones crash the server.
_TAME: Mapping[str, Sequence[str]] = {
    "int4": (*_NUMBERS, "2"),
    "float8": (*_NUMBERS, "0.5", "10"),
}
# The arguments of the transition functions of aggregates, and of some others.
_ARRAYS: Mapping[str, list[str]] = {
    "float4[]": ["{0.1,0.2,0.4,1}"],
    "float8[]": ["{0,0,0}", "{0,0,0,0,0,0}", "{3,6,2}", "{3,6,2,1,4,2}"],
    "int8[]": ["{0,0}", "{2,6}"],
}
# The types for a polymorphic type. Those at the same position belong together.
POLYMORPHIC: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("anyelement", "anycompatible", "anynonarray", "anycompatiblenonarray"),
        ("int4", "text", "timestamptz", PAIR),
    ),
    **dict.fromkeys(
        ("anyarray", "anycompatiblearray"), ("int4[]", "text[]", "timestamptz[]", f"{PAIR}[]")
    ),
    **dict.fromkeys(("anyrange", "anycompatiblerange"), ("int4range", "numrange", "tstzrange")),
    **dict.fromkeys(
        ("anymultirange", "anycompatiblemultirange"),
        ("int4multirange", "nummultirange", "tstzmultirange"),
    ),
    "anyenum": (ENUM,),
    "any": ("int4", "text", "jsonb", PAIR),
    "record": (ROW,),
}

# The meaning of text for some functions.
_WORDS: Mapping[str, Sequence[str]] = {
    "has_any_column_": ("grid", "SELECT"),
    "has_column_": ("grid", "id", "SELECT"),
    "has_database_": ("postgres", "CONNECT"),
    "has_function_": ("now()", "EXECUTE"),
    "has_language_": ("sql", "USAGE"),
    "has_parameter_": ("work_mem", "SET"),
    "has_schema_": ("public", "USAGE"),
    "has_sequence_": ("grid_id_seq", "USAGE"),
    "has_table_": ("grid", "SELECT"),
    "has_tablespace_": ("pg_default", "CREATE"),
    "has_type_": ("int4", "USAGE"),
    "has_": ("SELECT", "USAGE"),
    "string_to_": ("", "a", "b", "a,b", ","),
    "pg_has_role": ("MEMBER", "USAGE"),
    "extract": (
        *("century", "day", "decade", "dow", "doy", "epoch", "hour", "isodow", "isoyear", "julian"),
        *("microseconds", "millennium", "milliseconds", "minute", "month", "quarter", "second"),
        *("timezone", "timezone_hour", "timezone_minute", "week", "year"),
    ),
    "date_trunc": ("year", "day", "UTC"),
    "generate_series": ("UTC",),
    "regexp_": ("", "a", "abc", "(b)?c", "x.y", "i"),
    "is_normalized": ("NFC", "a"),
    "pg_get_serial_sequence": ("grid", "id", "plain"),
    "pg_stat_file": ("PG_VERSION", "none"),
    "pg_read_": ("PG_VERSION", "none"),
    "pg_ls_dir": ("base", "none"),
    "ts_parse": ("default", "a b"),
    "ts_token_type": ("default",),
    "ts_stat": ("SELECT 'a b'::tsvector", "a"),
    "query_to_xml": ("SELECT 1", "SELECT NULL", ""),
    "pgp_sym": ("a",),
    "to_ascii": ("", "a"),
    "subltree": ("a",),
    "to_number": ("", "9", "999.99"),
    "to_char": ("", "YYYY-MM-DD", "999.99"),
    "to_timestamp": ("", "2024", "YYYY"),
    "to_date": ("", "2024", "YYYY"),
    "pg_input": ("int4", "1", "x"),
    "normalize": ("NFC", "a", ""),
    "current_setting": ("work_mem", "a.b", "a"),
    "set_config": ("grid.a", "", "b"),
    "st_": (
        *("POINT(0 0)", "SRID=4326;POINT EMPTY", '{"type":"Point","coordinates":[0,0]}', ""),
        *("EPSG:4326", "quad_segs=2", "T*F**FFF*", "NDR"),
    ),
    "encode": ("hex", "base64", "escape"),
    "decode": ("hex", "base64", "escape", "", "00"),
    "digest": ("md5", "a"),
    "hmac": ("md5", "a"),
    "encrypt": ("aes",),
    "decrypt": ("aes",),
    "crypt": ("", "a", "$1$abcdefgh"),
    "gen_salt": ("md5", "bf"),
}
_WORDS_ALIKE = {"date_part": "extract"}


def concrete(types: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the types to call a function with, for each choice of its polymorphic types."""
    polymorphic = [type_ for type_ in types if type_ in POLYMORPHIC]
    has_range = any("range" in type_ for type_ in polymorphic)
    for way in range(max((len(POLYMORPHIC[type_]) for type_ in polymorphic), default=1)):
        chosen: list[str] = []
        for type_ in types:
            ways = POLYMORPHIC.get(type_, (type_,))
            if has_range and ways[0] == "int4":
                ways = ("int4", "numeric", "timestamptz")
            chosen.append(ways[way % len(ways)])
        yield tuple(chosen)


def written(type_: str) -> str:
    """Return the type as SQL."""
    if type_ == ROW:
        return "record"
    element = type_.removesuffix("[]")
    name = element if element in (ENUM, PAIR) else f'"{element}"'
    return f"{name}[]" if type_.endswith("[]") else name


def of(function: str, type_: str) -> Sequence[str]:
    """Return the values to try for an argument, or nothing if its type has none here."""
    if type_ == "text":
        for start, words in _WORDS.items():
            if _WORDS_ALIKE.get(function, function).startswith(start):
                return words
    if function.startswith("st_") and type_ in _TAME:
        return _TAME[type_]
    if type_.endswith("[]"):
        element = type_.removesuffix("[]")
        values = of(function, element)
        if not values:
            return ()
        # Only elements that need no quotes.
        plain = [value for value in values if value and not set(value) & set('"\\{},() ')][:4]
        row = "{" + ",".join(plain) + "}"
        return [
            *("{}", "{NULL}", *(f"{{{value}}}" for value in plain[:1]), row),
            "{" + ",".join([*plain, "NULL"]) + "}",
            *([f"{{{row},{row}}}"] if element in _MANY_DIMENSIONS else []),
            *_ARRAYS.get(type_, []),
        ]
    if type_ == ENUM:
        return ("sad", "ok", "happy")
    if type_ == PAIR:
        return ("(1,a)", "(,)")
    if type_ == ROW:
        # Between parentheses of SELECT. Without them, PostgreSQL compares field by field.
        return ("(SELECT ROW(1, 'a'))", "(SELECT ROW(2, 'b'))", "(SELECT ROW(1, NULL::text))")
    return _SCALARS.get(type_, ())

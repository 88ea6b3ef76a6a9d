"""Names: keywords, attributes of BaseModel, duplicates, digits, unicode, quoted identifiers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from ..case import Q, Script, case


def values(row: Any) -> list[Any]:
    """Return a row's values in column order, whatever the names of its fields."""
    return list(vars(row).values())


@case(
    schema="""
    CREATE TABLE words (
        id integer PRIMARY KEY,
        "class" text,
        "from" text,
        "import" integer,
        "lambda" text NOT NULL DEFAULT '',
        "None" text,
        "match" text,
        "type" text,
        "self" text,
        "async" boolean,
        "print" text
    );
    """,
    queries="""
    -- name: InsertWords :one
    INSERT INTO words (id, "class", "from", "import", "lambda", "type", "self")
    VALUES ($1, sqlc.narg('class'), sqlc.narg('from'), sqlc.narg('import'), sqlc.arg('lambda'),
        sqlc.narg('type'), sqlc.narg('self'))
    RETURNING *;

    -- name: Select :many
    SELECT "class", "from", "async" FROM words WHERE "class" = sqlc.arg('class') ORDER BY id;

    -- name: Return :one
    SELECT "lambda" FROM words WHERE id = sqlc.arg('global');

    -- name: Import :exec
    DELETE FROM words WHERE "import" = sqlc.arg('import');

    -- name: List :many
    SELECT id FROM words;

    -- name: Print :many
    SELECT "print" FROM words;
    """,
)
def keywords(q: Q) -> Script:
    """A Python keyword gets an underscore, in parameters, fields and function names."""
    row = yield q.insert_words(
        id=1, class_="c", from_=None, import_=3, lambda_="l", type="t", self_="s"
    )
    assert (row.id, row.class_, row.from_, row.import_, row.lambda_, row.type) == (
        1,
        "c",
        None,
        3,
        "l",
        "t",
    )
    (found,) = yield q.select(class_="c")
    assert found.class_ == "c" and found.async_ is None
    assert (yield q.return_(global_=1)) == "l"
    assert (yield q.list_()) == [1]
    yield q.import_(import_=3)
    assert (yield q.return_(global_=1)) is None
    assert (yield q.print()) == []


@case(
    schema="""
    CREATE TABLE odd (
        id integer PRIMARY KEY,
        copy text,
        json jsonb,
        schema text NOT NULL,
        model_config text,
        model_fields integer,
        dict text,
        validate boolean,
        construct text,
        fields text,
        _private text,
        __dunder__ text,
        model_dump_path text,
        "model_validate" boolean,
        register text
    );
    """,
    queries="""
    -- name: GetOdd :one
    SELECT * FROM odd WHERE id = $1;

    -- name: InsertOdd :one
    INSERT INTO odd (id, copy, json, schema, model_config, model_fields, dict, _private)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *;

    -- name: SomeOdd :many
    SELECT id, copy, json, schema, _private FROM odd;

    -- name: FindBySchema :many
    SELECT id FROM odd WHERE schema = sqlc.arg(schema) AND model_config = sqlc.arg(model_config);
    """,
)
def base_model_attributes(q: Q) -> Script:
    """Columns named like attributes of BaseModel follow the documented rule, without a warning."""
    keys = [key for key in q.signature("insert_odd") if key != "return"]
    given = [1, "c", {"a": 1}, "s", "m", 5, "d", "p"]
    row = yield q.insert_odd(**dict(zip(keys, given, strict=True)))
    assert values(row)[:7] == given[:7]
    assert (yield q.get_odd(id=1)) == row
    (some,) = yield q.some_odd()
    assert values(some) == [1, "c", {"a": 1}, "s", "p"]
    keys = [key for key in q.signature("find_by_schema") if key != "return"]
    assert (yield q.find_by_schema(**dict(zip(keys, ["s", "m"], strict=True)))) == [1]


@case(
    schema="""
    CREATE TABLE "Käufer Tabelle" (
        "ID" integer PRIMARY KEY,
        "First Name" text NOT NULL,
        "straße" text,
        "2nd" integer,
        "a-b" text,
        "a.b" text,
        "CamelCase" text,
        "ΔX" double precision,
        "select" text
    );
    """,
    queries="""
    -- name: GetKäufer :one
    SELECT * FROM "Käufer Tabelle" WHERE "ID" = $1;

    -- name: InsertOne :one
    INSERT INTO "Käufer Tabelle" ("ID", "First Name", "straße", "2nd", "a-b", "a.b", "CamelCase")
    VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING *;

    -- name: ByCamel :many
    SELECT "CamelCase", "First Name" AS "Ümlaut Name", 1 AS "1st", "select"
    FROM "Käufer Tabelle" WHERE "CamelCase" = $1;
    """,
)
def quoted_and_unicode(q: Q) -> Script:
    keys = [key for key in q.signature("insert_one") if key != "return"]
    assert all(key.isidentifier() for key in keys) and len(set(keys)) == 7, keys
    row = yield q.insert_one(**dict(zip(keys, [1, "n", None, 2, "x", "y", "z"], strict=True)))
    assert values(row)[:7] == [1, "n", None, 2, "x", "y", "z"]
    (get,) = [name for name in dir(q.module("query")) if name.startswith("get_k")]
    (key,) = [key for key in q.signature(get) if key != "return"]
    assert (yield getattr(q, get)(**{key: 1})) == row
    (key,) = [key for key in q.signature("by_camel") if key != "return"]
    (found,) = yield q.by_camel(**{key: "z"})
    assert values(found) == ["z", "n", 1, None]


@case(
    schema="""
    CREATE TABLE l (id integer PRIMARY KEY, name text NOT NULL);
    CREATE TABLE r (id integer PRIMARY KEY, name text, l_id integer);
    """,
    queries="""
    -- name: TwoIds :many
    SELECT l.id, r.id, l.name, r.name FROM l LEFT JOIN r ON r.l_id = l.id;

    -- name: Stars :many
    SELECT l.*, r.* FROM l JOIN r ON r.l_id = l.id;

    -- name: SameAlias :one
    SELECT 1 AS x, 2 AS x, 3 AS x_2;

    -- name: Counts :one
    SELECT count(*), count(name), max(id), max(name) FROM l;

    -- name: Cast :one
    SELECT $1::int + $2::int AS total;

    -- name: TwoCompared :many
    SELECT id FROM l WHERE id > $1 AND id < $2 AND name <> $3 ORDER BY id;
    """,
)
def duplicates(q: Q) -> Script:
    yield q.sql("INSERT INTO l VALUES (1, 'a'), (2, 'b'); INSERT INTO r VALUES (7, NULL, 1)")
    rows = yield q.two_ids()
    assert sorted(map(values, rows), key=str) == [[1, 7, "a", None], [2, None, "b", None]]
    assert [values(row) for row in (yield q.stars())] == [[1, "a", 7, None, 1]]
    assert values((yield q.same_alias())) == [1, 2, 3]
    assert values((yield q.counts())) == [2, 2, 2, "b"]
    keys = [key for key in q.signature("cast") if key != "return"]
    assert (yield q.cast(**dict(zip(keys, [1, 2], strict=True)))) == 3
    keys = [key for key in q.signature("two_compared") if key != "return"]
    assert (yield q.two_compared(**dict(zip(keys, [0, 2, "z"], strict=True)))) == [1]


@case(
    schema="""
    CREATE TYPE sign AS ENUM ('+', '-', '=', '<', '', '1', 'a b', 'A B', 'a_b', 'None', 'class',
        'ünï', 'name', 'value', 'mro', '__x__', '日本');
    CREATE TABLE signs (id serial PRIMARY KEY, sign sign NOT NULL, others sign[]);
    """,
    queries="""
    -- name: InsertSign :one
    INSERT INTO signs (sign, others) VALUES ($1, $2) RETURNING sign, others;
    """,
)
def enum_labels(q: Q) -> Script:
    """Labels that are no identifiers, that are equal as names, or that an Enum class reserves."""
    members = list(q.enums.Sign)
    assert [member.value for member in members] == [
        "+", "-", "=", "<", "", "1", "a b", "A B", "a_b", "None", "class", "ünï", "name", "value",
        "mro", "__x__", "日本",
    ]  # fmt: skip
    for member in members:
        row = yield q.insert_sign(sign=member, others=[member, members[0]])
        assert row.sign is member and row.others == [member, members[0]]


@case(
    schema="""
    CREATE TABLE addresses (id integer PRIMARY KEY);
    CREATE TABLE statuses (id integer PRIMARY KEY);
    CREATE TABLE categories (id integer PRIMARY KEY);
    CREATE TABLE news (id integer PRIMARY KEY);
    CREATE TABLE people (id integer PRIMARY KEY);
    CREATE TABLE boxes (id integer PRIMARY KEY);
    CREATE TABLE analysis (id integer PRIMARY KEY);
    CREATE TABLE user_data (id integer PRIMARY KEY);
    CREATE TABLE "user" (id integer PRIMARY KEY);
    CREATE TABLE api_keys (id integer PRIMARY KEY);
    CREATE TABLE campus (id integer PRIMARY KEY);
    CREATE TABLE series (id integer PRIMARY KEY);
    """,
    queries="""
    -- name: ListCategories :many
    SELECT * FROM categories;
    -- name: ListAddresses :many
    SELECT * FROM addresses;
    -- name: ListStatuses :many
    SELECT * FROM statuses;
    -- name: ListUsers :many
    SELECT * FROM "user";
    -- name: ListAPIKeys :many
    SELECT * FROM api_keys;
    """,
)
def singular_names(q: Q) -> Script:
    for name in ("Address", "Status", "Category", "News", "User", "APIKey", "ApiKey", "Series"):
        if name not in ("APIKey", "ApiKey"):
            assert hasattr(q.models, name), name
    assert hasattr(q.models, "APIKey") or hasattr(q.models, "ApiKey")
    functions = [name for name in dir(q.module("query")) if name.startswith("list_")]
    for function in functions:
        assert (yield getattr(q, function)()) == []


@case(
    schema="""
    CREATE SCHEMA crm;
    CREATE TYPE kind AS ENUM ('a');
    CREATE TYPE crm.kind AS ENUM ('x', 'y');
    CREATE TABLE contact (id integer PRIMARY KEY, kind kind NOT NULL);
    CREATE TABLE crm.contact (id integer PRIMARY KEY, kind crm.kind, mine kind);
    CREATE TABLE crm.deal (id integer PRIMARY KEY, kinds crm.kind[] NOT NULL DEFAULT '{}');
    """,
    queries="""
    -- name: PublicContacts :many
    SELECT * FROM contact;

    -- name: CrmContacts :many
    SELECT * FROM crm.contact;

    -- name: Deals :many
    SELECT * FROM crm.deal;

    -- name: InsertContact :one
    INSERT INTO crm.contact (id, kind, mine) VALUES ($1, $2, $3) RETURNING *;
    """,
)
def clashing_schemas(q: Q) -> Script:
    """A schema is used as a prefix only if two names are equal."""
    assert hasattr(q.models, "Deal")
    assert (yield q.public_contacts()) == []
    row = yield q.insert_contact(id=1, kind=None, mine=None)
    assert (yield q.crm_contacts()) == [row]
    assert (yield q.deals()) == []


@case(
    schema="""
    CREATE TABLE datetime (id integer PRIMARY KEY, date date, uuid uuid, decimal numeric);
    CREATE TABLE "list" (id integer PRIMARY KEY, "str" text, "int" integer, "dict" jsonb,
        "bool" boolean, float real, bytes bytea, "list" text[]);
    CREATE TYPE any_kind AS ENUM ('a');
    CREATE TABLE any_value (id integer PRIMARY KEY, kind any_kind, value jsonb, conn text,
        cursor text, runtime text, models text, enums text);
    CREATE TABLE base_model (id integer PRIMARY KEY, final text);
    CREATE TABLE enum (id integer PRIMARY KEY, range int4range, "Any" text);
    """,
    queries="""
    -- name: Datetimes :many
    SELECT * FROM datetime WHERE date = sqlc.arg(date) OR uuid = sqlc.arg(uuid);
    -- name: Lists :many
    SELECT * FROM "list" WHERE "int" = sqlc.arg('int') AND "str" = sqlc.arg('str')
        AND "list" = sqlc.arg('list');
    -- name: AnyValues :many
    SELECT * FROM any_value
    WHERE conn = sqlc.arg(conn) OR cursor = sqlc.arg(cursor) OR runtime = sqlc.arg(runtime)
        OR models = sqlc.arg(models) OR enums = sqlc.arg(enums);
    -- name: BaseModels :many
    SELECT * FROM base_model;
    -- name: Enums :many
    SELECT * FROM enum;
    -- name: Dates :many
    SELECT date, decimal, uuid AS datetime FROM datetime;
    -- name: Strings :many
    SELECT "str", "int", "list", float, bytes FROM "list";
    """,
)
def shadowing(q: Q) -> Script:
    """Tables, columns and parameters named like what generated code imports or uses."""
    yield q.sql("INSERT INTO datetime VALUES (1, '2024-01-01', NULL, 1.5)")
    (row,) = yield q.datetimes(date=dt.date(2024, 1, 1), uuid=uuid.UUID(int=1))
    assert row.date == dt.date(2024, 1, 1)
    keys = [key for key in q.signature("lists") if key != "return"]
    assert (yield q.lists(**dict(zip(keys, [1, "s", []], strict=True)))) == []
    keys = [key for key in q.signature("any_values") if key != "return"]
    assert len(keys) == 5
    assert (yield q.any_values(**dict.fromkeys(keys, "x"))) == []
    for function in ("base_models", "enums_", "strings"):
        assert (yield getattr(q, function)()) == []
    assert len((yield q.dates())) == 1


@case(
    schema="CREATE TABLE t (id integer PRIMARY KEY, ID2 integer, htmlBody text, url_v2 text);",
    queries="""
    -- name: GetHTMLBody :one
    SELECT htmlBody FROM t WHERE id = $1;

    -- name: getURLv2 :one
    SELECT url_v2 FROM t WHERE id = sqlc.arg(someID);

    -- name: list_snake_case :many
    SELECT id FROM t;

    -- name: X :many
    SELECT id2 AS "camelCase", htmlbody AS HTMLBody FROM t WHERE id2 = sqlc.arg(userId2);
    """,
)
def snake_case(q: Q) -> Script:
    functions = {query.function for query in q.module("manifest").QUERIES}
    assert {"get_html_body", "list_snake_case", "x"} <= functions, functions
    yield q.sql("INSERT INTO t VALUES (1, 2, NULL, 'u')")
    assert (yield q.get_html_body(id=1)) is None
    (other,) = functions - {"get_html_body", "list_snake_case", "x"}
    (key,) = [key for key in q.signature(other) if key != "return"]
    assert (yield getattr(q, other)(**{key: 1})) == "u"
    assert (yield q.list_snake_case()) == [1]
    (key,) = [key for key in q.signature("x") if key != "return"]
    assert [values(row) for row in (yield q.x(**{key: 2}))] == [[2, None]]


@case(
    schema="CREATE TABLE wide ("
    + ", ".join(f"column_number_{n} integer" for n in range(120))
    + ", a_very_long_column_name_that_goes_on_and_on_for_ever_and_a_day text);",
    queries="""
    -- name: AVeryLongQueryNameThatGoesOnAndOnUntilTheLineIsLongerThanAHundredCharactersOfWidth :many
    SELECT * FROM wide
    WHERE a_very_long_column_name_that_goes_on_and_on_for_ever_and_a_day
        = sqlc.narg(another_very_long_parameter_name_that_goes_on_and_on)::text;

    -- name: InsertWide :exec
    INSERT INTO wide (column_number_0, column_number_1, column_number_2, column_number_3,
        column_number_4, column_number_5, column_number_6, column_number_7, column_number_8)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9);
    """,
)
def wide(q: Q) -> Script:
    name = (
        "a_very_long_query_name_that_goes_on_and_on_until_the_line_is_longer_than_a_hundred"
        "_characters_of_width"
    )
    assert (yield getattr(q, name)(**dict.fromkeys(list(q.signature(name))[:1]))) == []
    yield q.insert_wide(**{f"column_number_{n}": n or None for n in range(9)})


@case(
    schema='''
    -- A comment on nothing.
    CREATE TABLE doc (
        id integer PRIMARY KEY,
        title text NOT NULL,
        body text
    );
    COMMENT ON TABLE doc IS E'A document.\\n\\nWith "quotes", \\'\\'\\'ticks\\'\\'\\', \\\\back\\\\slashes and """three""".';
    COMMENT ON COLUMN doc.title IS 'Ends in a quote "';
    COMMENT ON COLUMN doc.body IS E'Ends in a backslash \\\\';
    CREATE TYPE colour AS ENUM ('red');
    COMMENT ON TYPE colour IS 'What colour; 100% {braces} ünï ☃';
    CREATE TABLE c (colour colour);
    ''',
    queries='''
    -- name: GetDoc :one
    -- Look a document up.
    --
    -- None where there is no such "document"; it's \\n not """quoted""".
    SELECT * FROM doc WHERE id = $1; -- trailing

    -- Above the name: also read.
    -- name: ListDocs :many
    SELECT id, -- the key
        title /* the title; not a "comment" */
    FROM doc
    -- a line in the middle
    ORDER BY id;

    -- name: NoComment :many
    SELECT colour FROM c;

    /* A block comment
       over lines. */
    -- name: AfterBlock :exec
    DELETE FROM doc;

    -- name: EndsInQuote :exec
    -- Ends in a quote"
    DELETE FROM c;

    -- name: EndsInBackslash :exec
    -- Ends in a backslash \\
    DELETE FROM c WHERE colour IS NULL;
    ''',
)
def docstrings(q: Q) -> Script:
    """Comments become docstrings, whatever they contain."""
    doc = q.function("get_doc").__doc__ or ""
    assert doc.startswith("Look a document up.")
    assert '"document"; it\'s \\n not """quoted""".' in doc
    listed = q.function("list_docs").__doc__ or ""
    assert "Above the name: also read." in listed
    assert "A document." in (q.models.Doc.__doc__ or "")
    assert '\\back\\slashes and """three""".' in (q.models.Doc.__doc__ or "")
    assert "100% {braces} ünï ☃" in (q.enums.Colour.__doc__ or "")
    assert 'Ends in a quote"' in (q.function("ends_in_quote").__doc__ or "")
    assert "Ends in a backslash \\" in (q.function("ends_in_backslash").__doc__ or "")
    yield q.sql("INSERT INTO doc VALUES (1, 't', NULL); INSERT INTO c VALUES (NULL)")
    assert (yield q.get_doc(id=1)).title == "t"
    assert len((yield q.list_docs())) == 1
    assert (yield q.no_comment()) == [None]
    yield q.ends_in_backslash()
    yield q.ends_in_quote()
    yield q.after_block()


@case(
    schema="CREATE TABLE t (a boolean NOT NULL, b integer NOT NULL);",
    queries="""
    -- name: Unnamed :one
    SELECT (CASE WHEN true THEN 1 END)::text, (SELECT count(*) FROM t), array(SELECT b FROM t),
        EXISTS (SELECT 1 FROM t), greatest(1, 2)::int, coalesce(1, 2)::text, nullif(1, 2),
        extract(year FROM current_date), 1 + 1;

    -- name: Grouped :many
    SELECT a, grouping(a) FROM t GROUP BY ROLLUP (a) ORDER BY a;
    """,
    loose=("unnamed.text", "unnamed.nullif"),
)
def unnamed_columns(q: Q) -> Script:
    """They have the names that PostgreSQL gives them."""
    row = yield q.unnamed()
    assert list(vars(row)) == [
        *("text", "count", "array", "exists", "greatest", "coalesce", "nullif"),
        *("extract", "column_9"),
    ]
    (total,) = yield q.grouped()
    assert (total.a, total.grouping) == (None, 1)


@case(
    schema="CREATE TABLE t (a boolean NOT NULL);",
    queries="""
    -- name: Unnamed :one
    SELECT json_object('a': 1), json_array(1, 2);
    """,
    since=16,
)
def unnamed_sql_json(q: Q) -> Script:
    """The constructors of SQL/JSON are named like functions."""
    row = yield q.unnamed()
    assert list(vars(row)) == ["json_object", "json_array"]


ACRONYMS = """
CREATE TABLE node (id int PRIMARY KEY, url text);
CREATE TABLE "siteIDs" (id int PRIMARY KEY, url text);
"""
ACRONYM_QUERIES = {
    "nodeURLs": """
    -- name: GetNodesByIDs :many
    SELECT * FROM node WHERE id = ANY (@ids::int[]);
    -- name: ListAttachmentURLs :many
    SELECT url FROM node;
    -- name: OAuth2URLs :many
    SELECT url, id FROM "siteIDs";
    -- name: SiteIDs :many
    SELECT * FROM "siteIDs";
    -- name: PutSiteIDs :copyfrom
    INSERT INTO "siteIDs" (id, url) VALUES ($1, $2);
    """
}


@case(schema=ACRONYMS, queries=ACRONYM_QUERIES)
def acronyms(q: Q) -> Script:
    """Plural acronyms are words."""
    assert {query.module for query in q.module("manifest").QUERIES} == {"node_urls"}
    yield q.sql("INSERT INTO node VALUES (1, NULL), (2, 'u')")
    assert (yield q.put_site_ids([{"id": 3, "url": None}])) == 1
    assert [row.id for row in (yield q.get_nodes_by_ids(ids=[2, 3]))] == [2]
    assert (yield q.list_attachment_urls()) == [None, "u"]
    assert values((yield q.oauth2_urls())[0]) == [None, 3]
    assert values((yield q.site_ids())[0]) == [3, None]
    assert q.module("rows").__all__ == ["node", "site_id"]
    assert "GET_NODES_BY_IDS" in dir(q.module("node_urls"))


@case(schema=ACRONYMS, queries=ACRONYM_QUERIES, options={"split_acronyms": True})
def split_acronyms(q: Q) -> Script:
    """The names of earlier versions of the plugin."""
    yield q.put_site_i_ds([{"id": 3, "url": None}])
    yield q.sql("INSERT INTO node VALUES (1, NULL)")
    assert len((yield q.get_nodes_by_i_ds(ids=[1]))) == 1
    assert (yield q.list_attachment_ur_ls()) == [None]
    assert len((yield q.o_auth2_ur_ls())) == 1
    assert len((yield q.site_i_ds())) == 1
    assert {query.module for query in q.module("manifest").QUERIES} == {"node_ur_ls"}


@case(
    schema="""
    CREATE TYPE range AS ENUM ('near', 'far');
    CREATE TABLE "Range" (id int PRIMARY KEY, range range, ranges range[]);
    """,
    queries="""
    -- name: Range :many
    SELECT * FROM "Range" WHERE range IS NOT DISTINCT FROM sqlc.narg(range);
    -- name: Object :one
    SELECT ranges FROM "Range" WHERE id = @object;
    -- name: Type :copyfrom
    INSERT INTO "Range" (id, range) VALUES ($1, $2);
    """,
)
def built_in_types(q: Q) -> Script:
    """Functions, classes and row factories named like a built-in type."""
    near = q.enums.Range_.NEAR
    assert (yield q.type_([{"id": 1, "range": near}, {"id": 2, "range": None}])) == 2
    (row,) = yield q.range_(range=near)
    assert isinstance(row, q.models.Range_) and row.range is near and row.ranges is None
    assert [row.id for row in (yield q.range_(range=None))] == [2]
    assert (yield q.object_(object=1)) is None
    yield q.sql("""UPDATE "Range" SET ranges = '{near,far}'""")
    assert (yield q.object_(object=1)) == list(q.enums.Range_)
    assert q.module("rows").__all__ == ["range_"]


@case(
    schema="CREATE TABLE usr (id int PRIMARY KEY, nm text, lst text);",
    queries="""
    -- name: GetUsr :one
    SELECT id, nm FROM usr WHERE id = @id;
    -- name: PutUsr :copyfrom
    INSERT INTO usr (id, nm) VALUES ($1, $2);
    -- name: LstUsr :many
    SELECT * FROM usr WHERE nm IS NOT DISTINCT FROM sqlc.narg(nm);
    -- name: DelUsr :execrows
    DELETE FROM usr WHERE lst = sqlc.arg(lst);
    """,
    options={
        "rename": {
            "usr": "User",
            "nm": "name",
            "lst": "list",
            "GetUsr": "fetch_user",
            "PutUsr": "save",
            "LstUsr": "list",
            "DelUsr": "conn",
        }
    },
)
def renamed(q: Q) -> Script:
    """Queries, too, with everything that is named after them. Names with a meaning are kept."""
    assert (yield q.save([{"id": 1, "name": None}, {"id": 2, "name": "b"}])) == 2
    row = yield q.fetch_user(id=1)
    assert type(row).__name__ == "FetchUserRow" and row.name is None
    (found,) = yield q.list_(name=None)
    assert isinstance(found, q.models.User) and found.list is None
    assert (yield q.conn_(list="x")) == 0
    assert {"FETCH_USER", "SAVE", "SAVE_COPY"} <= set(dir(q.module("query")))


@case(
    schema="""
    CREATE TABLE uuid (id uuid PRIMARY KEY, name text, date date);
    CREATE TABLE name (id int PRIMARY KEY, name name, path path);
    CREATE TABLE path (point point, date date[], text text);
    CREATE TABLE date (id int, uuid uuid);
    CREATE TABLE text (n int4, path public.path);
    """,
    queries="""
    -- name: Uuids :many
    SELECT * FROM uuid WHERE id = @id OR date IS NOT DISTINCT FROM sqlc.narg(date);
    -- name: Names :many
    SELECT name, path FROM name;
    -- name: Paths :many
    SELECT * FROM path WHERE text IS NOT DISTINCT FROM sqlc.narg(text)::text;
    -- name: Dates :many
    SELECT date.uuid, date.id::text AS name, '2024-01-01'::date AS day FROM date;
    -- name: Texts :many
    SELECT n, path FROM text;
    """,
)
def tables_called_like_types(q: Q) -> Script:
    """A type of PostgreSQL is found before the row type of a table, as in PostgreSQL."""
    yield q.sql(
        "INSERT INTO uuid VALUES (gen_random_uuid(), NULL, NULL); INSERT INTO name VALUES (1)"
    )
    yield q.sql("INSERT INTO path VALUES (NULL, NULL, NULL), ('(1,2)', '{2024-01-01}', 't')")
    yield q.sql("INSERT INTO date VALUES (NULL, NULL), (1, NULL)")
    yield q.sql("INSERT INTO text VALUES (NULL, NULL), (1, ROW('(1,2)', NULL, 't'))")
    (row,) = yield q.uuids(id=uuid.UUID(int=1), date=None)
    assert isinstance(row.id, uuid.UUID) and row.name is None and row.date is None
    assert values((yield q.names())[0]) == [None, None]
    assert values((yield q.paths(text="t"))[0]) == ["(1,2)", [dt.date(2024, 1, 1)], "t"]
    assert values((yield q.paths(text=None))[0]) == [None, None, None]
    assert values((yield q.dates())[1]) == [None, "1", dt.date(2024, 1, 1)]
    nothing, text = yield q.texts()
    assert (nothing.n, nothing.path) == (None, None)
    assert text.path == q.models.Path(point="(1,2)", date=None, text="t")

"""Comments, labels, names and literals that would break code if they were written unescaped."""

from __future__ import annotations

import ast
import inspect
import re
from typing import Any

from ..case import Q, Script, case

TEXTS = [
    'what was said, as in """so"""',
    '"""\nimport os\nos.abort()\n"""',
    'ends in a "quote"',
    "ends in a backslash \\",
    '\\"""',
    "C:\\new\\u0041\\N{DASH} {x} %s $1",
    "# type: ignore # noqa # fmt: off",
    "a\x0bb\x0cc\rd\te",
    "a\x1b[31mb\x01c\x7f",
    "a\x85b\u2028c\u2029d",
    "a\u202eb\u2066c\u200bd\ufeffe\xa0f",
    "name" + " long" * 60,
]
LABELS = [
    '"""',
    "\\",
    "a\nb",
    "a\rb",
    "\u2028",
    "\u202e",
    "\x0c",
    "ends in \\",
    "\t",
    "'",
    "²",
    "ﬁ",
]
NAMES = ['say "hi"', "back\\slash", "new\nline", "ﬁ", "x²", "right\u202eleft", "e\u0301"]


def _string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


TABLE = _name('the "table"')


def unwrapped(text: str) -> str:
    """Return a docstring, or the text of one, without its line breaks."""
    return re.sub(r"[ \n]+", " ", text).strip(" ")


def docstrings(class_: type[Any]) -> list[str]:
    """Return the docstrings of a class and its attributes."""
    (found,) = ast.parse(inspect.getsource(class_)).body
    assert isinstance(found, ast.ClassDef)
    values = [item.value for item in found.body if isinstance(item, ast.Expr)]
    return [unwrapped(str(item.value)) for item in values if isinstance(item, ast.Constant)]


@case(
    schema="CREATE TABLE notes (id integer PRIMARY KEY, body text);\n"
    f"COMMENT ON COLUMN notes.body IS {_string(TEXTS[0])};\n"
    "CREATE TABLE others ("
    + ", ".join(f"c{number} text" for number in range(len(TEXTS)))
    + ");\n"
    + "".join(
        f"COMMENT ON COLUMN others.c{number} IS {_string(text)};\n"
        for number, text in enumerate(TEXTS)
    )
    + f"COMMENT ON TABLE others IS {_string(TEXTS[1])};\n"
    "CREATE TABLE blank (id integer PRIMARY KEY, body text);\n"
    "COMMENT ON TABLE blank IS '  '; COMMENT ON COLUMN blank.body IS ' ';\n"
    f"CREATE TYPE kind AS ENUM ({', '.join(map(_string, LABELS))});\n"
    f"COMMENT ON TYPE kind IS {_string(TEXTS[3])};\n",
    queries="""
    -- name: AllNotes :many
    SELECT * FROM notes;

    -- name: AllOthers :many
    SELECT * FROM others;

    -- name: AllBlank :many
    SELECT * FROM blank;

    -- name: Kinds :many
    SELECT unnest(enum_range(NULL::kind))::kind;

    -- name: Quoted :one
    -- A comment that ends in three quotes, as in \"\"\"so\"\"\"
    -- and in a backslash \\
    SELECT 1;
    """,
)
def comments_and_labels(q: Q) -> Script:
    assert docstrings(q.models.Note) == ["A row of public.notes.", TEXTS[0]]
    assert docstrings(q.models.Other) == [unwrapped(text) for text in (TEXTS[1], *TEXTS)]
    assert docstrings(q.models.Blank) == ["A row of public.blank."]
    assert docstrings(q.enums.Kind) == [TEXTS[3]]
    assert [label.value for label in q.enums.Kind] == LABELS
    yield q.sql("INSERT INTO notes VALUES (1, NULL); INSERT INTO blank VALUES (1, NULL)")
    yield q.sql("INSERT INTO others DEFAULT VALUES")
    assert [note.id for note in (yield q.all_notes())] == [1]
    assert len((yield q.all_others())) == 1
    assert [blank.body for blank in (yield q.all_blank())] == [None]
    assert (yield q.kinds()) == list(q.enums.Kind)
    assert (yield q.quoted()) == 1
    doc = q.function("quoted").__doc__
    said = 'A comment that ends in three quotes, as in """so""" and in a backslash \\'
    assert unwrapped(doc) == f"{said} Query Quoted in query.sql."


@case(
    schema=f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, "
    + ", ".join(f"{_name(name)} text NOT NULL DEFAULT {_string(TEXTS[1])}" for name in NAMES)
    + ");\n",
    queries="-- name: Literals :one\nSELECT "
    + ", ".join(f"{_string(text)}::text AS t{number}" for number, text in enumerate(TEXTS))
    + ";\n\n-- name: Columns :one\nSELECT "
    + ", ".join(map(_name, NAMES))
    + f"\nFROM {TABLE} WHERE {_name(NAMES[0])} = $1;\n\n"
    + f"-- name: Copy :copyfrom\nINSERT INTO {TABLE} (id, {_name(NAMES[0])})"
    " VALUES ($1, $2);\n",
)
def names_and_literals(q: Q) -> Script:
    literals = yield q.literals()
    assert list(vars(literals).values()) == TEXTS
    signature = list(q.signature("columns"))
    assert (yield q.copy([{"id": 1, signature[0]: "x"}])) == 1
    row = yield q.columns(**{signature[0]: "x"})
    assert list(vars(row).values()) == ["x", *[TEXTS[1]] * (len(NAMES) - 1)]
    assert list(vars(row)) == ["say__hi_", "back_slash", "new_line", "fi", "x2", "right_left", "é"]
    assert row == type(row).model_validate(vars(row))


@case(
    schema="CREATE TABLE notes (id integer PRIMARY KEY, body text);",
    queries="""
    -- Notes, by their authors.
    -- This is about the file.

    -- name: FirstNote :one
    -- The first note.
    --
    -- None: there is none.

    -- A remark.
    SELECT * FROM notes
    -- Another remark.
    ORDER BY id LIMIT 1;

    -- What is here belongs to nothing.

    /* Above it. */
    -- name: CountNotes :one
    /* Below it. */
    -- @notnull count
    -- And more.
    SELECT count(*) FROM notes;

    -- @nullable found

    -- name: NoteExists :one
    SELECT EXISTS (SELECT FROM notes WHERE id = $1) AS found;
    -- name: DeleteNotes :exec
    -- @sqlc-vet-disable

    -- Nothing of this.
    DELETE FROM notes;
    """,
    loose=("note_exists",),
)
def comments_apart(q: Q) -> Script:
    """A comment that is separated from the name by a blank line or the statement is no docstring."""
    docs = {
        "first_note": "The first note.\n\nNone: there is none.\n\nQuery FirstNote in query.sql.",
        "count_notes": "Above it.\nBelow it.\nAnd more.\n\nQuery CountNotes in query.sql.",
        "note_exists": "Query NoteExists in query.sql.",
        "delete_notes": "Query DeleteNotes in query.sql.",
    }
    assert {name: inspect.getdoc(q.function(name)) for name in docs} == docs
    yield q.delete_notes()
    assert (yield q.first_note()) is None
    assert (yield q.count_notes()) == 0
    assert (yield q.note_exists(id=1)) is False
    assert q.signature("note_exists")["return"] == "bool | None"
    yield q.sql("INSERT INTO notes VALUES (1, NULL)")
    assert (yield q.first_note()).id == 1


MOOD, DOTTED, SIGNS, PAIR, DOMAIN = map(
    _name, ['"""mood', "a.mood", "!!!", "say 'hi' \\ x²", "dom\\ain\u202e"]
)


@case(
    schema=f"""
    CREATE TYPE {MOOD} AS ENUM ('a', 'b');
    CREATE TYPE {DOTTED} AS ENUM ('c');
    CREATE TYPE {SIGNS} AS (a integer);
    CREATE TYPE "???" AS ENUM ('d');
    CREATE DOMAIN {DOMAIN} AS {MOOD};
    CREATE TYPE {PAIR} AS ({_name('fi"eld')} text, "ﬁ" {MOOD}, fi integer, "class" {SIGNS});
    CREATE TABLE "all %" (
        id integer PRIMARY KEY, m {MOOD}[], dot {DOTTED}, dots {DOTTED}[], sign {SIGNS}, what "???", p {PAIR},
        ps {PAIR}[], d {DOMAIN}
    );
    """,
    queries="""
    -- name: Put :one
    INSERT INTO "all %" (id, m, dot, dots, sign, what, p, ps, d) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    RETURNING *;
    -- name: Get :one
    SELECT id, m, dot, dots, sign, what, p, ps, d FROM "all %" WHERE id = $1;
    """,
)
def types(q: Q) -> Script:
    """Types whose names are not words."""
    mood, dotted, what = q.enums.Mood, q.enums.AMood, q.enums.Unnamed
    sign = q.models.Unnamed(a=1)
    pair = q.models.SayHiX2(fi_eld='"\\', fi=mood.B, fi_2=2, class_=sign)
    given = {
        "id": 1,
        "m": [mood.A, mood.B],
        "dot": dotted.C,
        "dots": [dotted.C],
        "sign": sign,
        "what": what.D,
        "p": pair,
        "ps": [pair],
        "d": mood.A,
    }
    row = yield q.put(**given)
    assert vars(row) == given
    assert (yield q.get(id=1)) == row
    nothing = yield q.put(**dict.fromkeys(given) | {"id": 2})
    assert vars(nothing) == dict.fromkeys(given) | {"id": 2}

"""COPY: casts, the order of its columns, and its limits."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid

import psycopg
import pytest

from ..case import Q, Script, case, refusal

D = decimal.Decimal
SEEDS = """
CREATE SCHEMA "Garden";
CREATE TYPE "Garden".colour AS ENUM ('red', 'deep blue');
CREATE DOMAIN "Garden".code AS text CHECK (VALUE ~ '^[a-z]+$');
CREATE TABLE "Garden"."Seeds" (
    bed uuid,
    label text NOT NULL,
    "order" integer,
    colour "Garden".colour,
    code "Garden".code,
    short varchar(20),
    price numeric(10, 2),
    whole numeric(5),
    marks text[],
    note text,
    lasts interval day to second(2),
    keeps interval(3),
    sown timestamptz NOT NULL DEFAULT '2024-01-01Z'
);
"""
BED = uuid.UUID(int=7)


@case(
    schema=SEEDS,
    queries="""
    -- name: Sow :copyfrom
    INSERT INTO "Garden"."Seeds" (bed, label, "order", colour, code, short, price, whole, marks)
    VALUES (
        @bed::uuid, @label, @place::int4, @colour::"Garden".colour, @code::"Garden".code,
        @short::varchar(20), @price::numeric(10, 2), @whole::numeric(5), @marks::text[]
    );

    -- name: SowNullable :copyfrom
    INSERT INTO "Garden"."Seeds" (bed, label) VALUES (@bed, @label) -- RETURNING
    ;

    -- name: SowInOrder :copyfrom
    INSERT INTO "Garden"."Seeds" (/* third */ "order", label, bed) VALUES ($3, $1, $2);

    -- name: SowUnmodified :copyfrom
    INSERT INTO "Garden"."Seeds" (short, label) VALUES (@short::character varying, @label::text);

    -- name: SowIntervals :copyfrom
    INSERT INTO "Garden"."Seeds" (label, lasts, keeps)
    VALUES (@label, @lasts::interval day to second(2), @keeps::interval(3));

    -- name: Seeds :many
    SELECT * FROM "Garden"."Seeds" ORDER BY label;
    """,
)
def with_casts(q: Q) -> Script:
    """A cast to the column's own type is only a hint that no NULL is written."""

    def annotated(name: str) -> list[str]:
        bundle = q.module("query").__dict__[name].__annotations__
        return [str(annotation) for annotation in bundle.values()]

    assert not any("None" in annotation for annotation in annotated("SowParams"))
    assert "None" in annotated("SowNullableParams")[0]
    colour = q.module("enums").Colour.DEEP_BLUE
    row = {"bed": BED, "label": "a", "place": 1, "colour": colour, "code": "x", "short": "s"}
    assert (yield q.sow([row | {"price": D("1.5"), "whole": D(4), "marks": ["m"]}])) == 1
    assert (yield q.sow_nullable([{"bed": None, "label": "b"}])) == 1
    assert (yield q.sow_in_order([{"label": "c", "bed": BED, "order": 3}])) == 1
    assert (yield q.sow_unmodified([{"short": "four", "label": "d"}])) == 1
    day = datetime.timedelta(days=1, milliseconds=126)
    assert (yield q.sow_intervals([{"label": "e", "lasts": day, "keeps": day}])) == 1
    a, b, c, d, e = yield q.seeds()
    assert e.lasts == datetime.timedelta(days=1, milliseconds=130)
    assert e.keeps == day
    assert (a.bed, a.order, a.colour, a.price, a.marks) == (BED, 1, colour, D("1.50"), ["m"])
    assert (b.bed, c.bed, c.order, d.short) == (None, BED, 3, "four")
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        yield q.sow_unmodified([{"short": "x" * 21, "label": "e"}])


for column, cast, own in (
    ("bed", "text", "uuid"),
    ("label", "varchar", "text"),
    ("colour", "text", "Garden.colour"),
    ("code", "text", "Garden.code"),
    ("short", "varchar(5)", "varchar(20)"),
    ("price", "numeric(10, 1)", "numeric(10, 2)"),
    ("sown", "timestamp", "timestamptz"),
    ("marks", "text", "text[]"),
    ("lasts", "interval day to second(3)", "interval day to second(2)"),
    ("lasts", "interval hour", "interval day to second(2)"),
):
    refusal(
        "with_cast_of_" + re.sub(r"\W+", "_", f"{column} to {cast}").rstrip("_"),
        schema=SEEDS,
        queries=f"""
        -- name: Sow :copyfrom
        INSERT INTO "Garden"."Seeds" ({column}) VALUES (@value::{cast});
        """,
        says=("query.sql: Sow:", f"column {column} is {own}", f"cast to {cast}", ":batchexec"),
    )
refusal(
    "of_one_parameter",
    schema=SEEDS,
    queries="""
    -- name: Sow :copyfrom
    INSERT INTO "Garden"."Seeds" (label, note) VALUES (@label, @label);
    """,
    says=("query.sql: Sow:", "one parameter a column"),
)
refusal(
    "of_a_part",
    schema=SEEDS,
    queries="""
    -- name: Sow :copyfrom
    INSERT INTO "Garden"."Seeds" (label, marks[1]) VALUES (@label, @mark);
    """,
    says=("query.sql: Sow:", "whole columns", "marks"),
)

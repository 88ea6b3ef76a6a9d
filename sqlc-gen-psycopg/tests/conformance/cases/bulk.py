"""Batches, streams, slices and COPY with types that psycopg does not know."""

from __future__ import annotations

import datetime
import decimal
import uuid

from ..case import Q, Script, case

SHOP = """
CREATE SCHEMA shop;
CREATE TYPE shop.state AS ENUM ('new', 'on its way', 'done');
CREATE TYPE shop.place AS (street text, zip integer);
CREATE DOMAIN shop.code AS text CHECK (VALUE ~ '^[A-Z]+$');
CREATE TABLE shop.orders (
    id uuid PRIMARY KEY,
    state shop.state NOT NULL DEFAULT 'new',
    past shop.state[] NOT NULL DEFAULT '{}',
    place shop.place,
    code shop.code,
    valid int4range,
    details jsonb,
    due timestamptz,
    total numeric(10, 2) NOT NULL DEFAULT 0
);
"""
FIRST = uuid.UUID(int=1)
SECOND = uuid.UUID(int=2)
DUE = datetime.datetime(2026, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)


@case(
    schema=SHOP,
    queries="""
    -- name: AddOrder :batchone
    INSERT INTO shop.orders (id, state, past, place, code, valid, details, due)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (id) DO NOTHING
    RETURNING *;

    -- name: MoveOrder :batchexec
    UPDATE shop.orders SET past = past || state, state = sqlc.arg(state) WHERE id = sqlc.arg(id);

    -- name: OrdersIn :batchmany
    SELECT id, state, past, place, due FROM shop.orders
    WHERE state = ANY(sqlc.arg(states)::shop.state[]) ORDER BY id;

    -- name: CodeOf :batchone
    SELECT code FROM shop.orders WHERE id = $1;

    -- name: Totals :batchmany
    SELECT total FROM shop.orders WHERE due < $1 ORDER BY total;
    """,
)
def batches_of_rich_rows(q: Q) -> Script:
    state = q.enums.State
    place = q.models.Place(street='a "quoted", one', zip=None)
    rows = [
        {
            "id": FIRST,
            "state": state.ON_ITS_WAY,
            "past": [state.NEW],
            "place": place,
            "code": "ABC",
            "valid": None,
            "details": {"n": [1, None]},
            "due": DUE,
        },
        {
            "id": SECOND,
            "state": state.NEW,
            "past": [],
            "place": None,
            "code": None,
            "valid": None,
            "details": None,
            "due": None,
        },
    ]
    first, second = yield q.add_order(rows)
    assert first.place == place
    assert first.past == [state.NEW]
    assert first.due == DUE
    assert first.details == {"n": [1, None]}
    assert second.place is None
    assert (yield q.add_order(rows)) == [None, None]
    assert (yield q.code_of([{"id": FIRST}, {"id": SECOND}])) == ["ABC", None]
    yield q.move_order([{"state": state.DONE, "id": FIRST}])
    done, everything, none = yield q.orders_in(
        [{"states": [state.DONE]}, {"states": list(state)}, {"states": []}]
    )
    assert [row.id for row in done] == [FIRST]
    assert done[0].past == [state.NEW, state.ON_ITS_WAY]
    assert [row.id for row in everything] == [FIRST, SECOND]
    assert none == []
    later = DUE + datetime.timedelta(days=1)
    assert (yield q.totals([{"due": later}])) == [[decimal.Decimal("0.00")]]


@case(
    schema=SHOP,
    queries="""
    -- name: Load :copyfrom
    INSERT INTO shop.orders (id, state, past, place, details, valid) VALUES ($1, $2, $3, $4, $5, $6);

    -- name: InSlice :many
    SELECT id FROM shop.orders WHERE id IN (sqlc.slice(ids)) ORDER BY id;

    -- name: NotInSlice :many
    SELECT id FROM shop.orders WHERE id NOT IN (sqlc.slice(ids)) ORDER BY id;

    -- name: OfStates :many
    SELECT id FROM shop.orders
    WHERE state IN (sqlc.slice(states)) AND total >= sqlc.arg(least) ORDER BY id;

    -- name: Forget :execrows
    DELETE FROM shop.orders WHERE id IN (sqlc.slice(ids));
    """,
)
def copies_and_slices(q: Q) -> Script:
    state = q.enums.State
    place = q.models.Place(street="", zip=-1)
    rows = [
        {
            "id": uuid.UUID(int=number),
            "state": list(state)[number % 3],
            "past": [state.ON_ITS_WAY] * number,
            "place": place if number % 2 else None,
            "details": [number] if number % 2 else None,
            "valid": None,
        }
        for number in range(1, 4)
    ]
    assert (yield q.load(rows)) == 3
    assert (yield q.load([])) == 0
    assert (yield q.in_slice(ids=[FIRST, SECOND])) == [FIRST, SECOND]
    assert (yield q.in_slice(ids=[])) == []
    assert (yield q.not_in_slice(ids=[FIRST, SECOND])) == [uuid.UUID(int=3)]
    assert len((yield q.not_in_slice(ids=[]))) == 3
    assert (yield q.of_states(states=[state.ON_ITS_WAY], least=decimal.Decimal(0))) == [FIRST]
    assert (yield q.forget(ids=[FIRST])) == 1


@case(
    schema=SHOP,
    queries="""
    -- name: Each :many
    -- @stream
    SELECT o.id, o.state, o.past, o.place, o.details FROM shop.orders o ORDER BY o.id;

    -- name: EachWhole :many
    -- @stream
    SELECT * FROM shop.orders WHERE state = ANY(sqlc.arg(states)::shop.state[]) ORDER BY id;

    -- name: Fill :execresult
    INSERT INTO shop.orders (id, past, place)
    SELECT (sqlc.arg(ids)::uuid[])[1], ARRAY['done']::shop.state[], ROW('x', n)::shop.place
    FROM generate_series(1, 1) n;

    -- name: FillMany :execresult
    INSERT INTO shop.orders (id) SELECT unnest(sqlc.arg(ids)::uuid[]);
    """,
)
def streams_and_cursors(q: Q) -> Script:
    state = q.enums.State
    cursor = yield q.fill_many(ids=[uuid.UUID(int=number) for number in range(10, 260)])
    assert cursor.rowcount == 250
    assert cursor.statusmessage == "INSERT 0 250"
    assert (yield q.fill(ids=[FIRST])).rowcount == 1
    rows = yield q.each()
    assert len(rows) == 251
    assert rows[0].id == FIRST
    assert rows[0].past == [state.DONE]
    assert rows[0].place == q.models.Place(street="x", zip=1)
    assert rows[1].place is None
    assert len((yield q.each_whole(states=[state.NEW]))) == 251
    assert (yield q.each_whole(states=[])) == []

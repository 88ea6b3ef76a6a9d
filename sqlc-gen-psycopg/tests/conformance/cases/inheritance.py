"""Partitions and inheritance, and the commands that also change children."""

from __future__ import annotations

import datetime as dt

from ..case import Q, Script, case


@case(
    schema="""
    CREATE TABLE readings (taken date NOT NULL, value int, unit text NOT NULL)
        PARTITION BY RANGE (taken);
    CREATE TABLE readings_2024 (unit text NOT NULL, value int, taken date NOT NULL);
    ALTER TABLE ONLY readings ATTACH PARTITION readings_2024
        FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE readings_2025 PARTITION OF readings
        FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (unit);
    CREATE TABLE readings_2025_kg (taken date NOT NULL, unit text NOT NULL, value int);
    ALTER TABLE ONLY readings_2025 ATTACH PARTITION readings_2025_kg FOR VALUES IN ('kg');
    CREATE TABLE readings_2023 PARTITION OF readings
        FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
    ALTER TABLE readings_2023 ALTER value SET NOT NULL;
    ALTER TABLE readings DETACH PARTITION readings_2023;
    ALTER TABLE readings ALTER unit DROP NOT NULL;
    """,
    queries="""
    -- name: PutReading :one
    INSERT INTO readings (taken, value, unit) VALUES ($1, $2, $3) RETURNING *;

    -- name: ListReadings :many
    SELECT * FROM readings;

    -- name: List2024 :many
    SELECT * FROM readings_2024;

    -- name: ListKilograms :many
    SELECT taken, unit, value FROM readings_2025_kg;

    -- name: List2023 :many
    SELECT * FROM readings_2023;

    -- name: Put2023 :exec
    INSERT INTO readings_2023 (taken, value, unit) VALUES ($1, $2, $3);
    """,
)
def attached_partitions(q: Q) -> Script:
    day = dt.date(2024, 5, 1)
    put = yield q.put_reading(taken=day, value=None, unit=None)
    assert (
        (yield q.list_readings()) == [put] == [q.models.Reading(taken=day, value=None, unit=None)]
    )
    assert q.signature("put2023")["unit"] == "str"
    assert q.signature("put2023")["value"] == "int"
    assert q.signature("put_reading")["value"] == "int | None"
    assert q.signature("list_readings")["return"] == "list[Reading]"


@case(
    schema="""
    CREATE TABLE place (id int NOT NULL, name text NOT NULL, height int NOT NULL);
    CREATE TABLE city (mayor text) INHERITS (place);
    CREATE TABLE capital (of text NOT NULL) INHERITS (city);
    CREATE TABLE ruin (id int NOT NULL, name text NOT NULL, height int NOT NULL, since date);
    ALTER TABLE ruin INHERIT place;
    ALTER TABLE ONLY place ALTER height DROP NOT NULL;
    ALTER TABLE place ALTER height SET DEFAULT 0;
    ALTER TABLE capital ALTER mayor SET NOT NULL;
    ALTER TABLE city ALTER mayor SET DEFAULT 'nobody';
    ALTER TABLE place RENAME COLUMN name TO title;
    ALTER TABLE ruin NO INHERIT place;
    ALTER TABLE place ALTER title DROP NOT NULL;
    ALTER TABLE ONLY place ADD CONSTRAINT place_pkey PRIMARY KEY (id);
    """,
    queries="""
    -- name: Places :many
    SELECT * FROM place;

    -- name: PutPlace :exec
    INSERT INTO place (id, title, height) VALUES ($1, $2, $3);

    -- name: Cities :many
    SELECT id, title, height, mayor FROM city;

    -- name: PutCity :exec
    INSERT INTO city (id, title, height, mayor) VALUES ($1, $2, $3, $4);

    -- name: Capitals :many
    SELECT id, title, height, mayor, of FROM capital;

    -- name: PutCapital :exec
    INSERT INTO capital (id, title, height, mayor, of) VALUES ($1, $2, $3, $4, $5);

    -- name: Ruins :many
    SELECT id, title, height, since FROM ruin;

    -- name: PutRuin :exec
    INSERT INTO ruin (id, title, height, since)
    VALUES (sqlc.arg(id), sqlc.arg(title), sqlc.arg(height), sqlc.narg(since));
    """,
    modes=("database",),
)
def passed_on(q: Q) -> Script:
    yield q.put_place(id=1, title=None, height=None)
    yield q.put_city(id=2, title=None, height=3, mayor=None)
    yield q.put_capital(id=4, title=None, height=5, mayor="m", of="x")
    (city, _) = yield q.cities()
    assert city.title is None and q.signature("put_city")["height"] == "int"
    assert q.signature("put_capital")["mayor"] == "str"
    yield q.put_ruin(id=6, title="r", height=7, since=None)
    assert q.signature("put_ruin")["title"] == "str"

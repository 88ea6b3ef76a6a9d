"""Sequences as relations. Without a database, sqlc knows none, except in MERGE."""

from __future__ import annotations

from ..case import Q, Script, case

SCHEMA = """
CREATE SCHEMA app;
CREATE SEQUENCE counter;
CREATE TABLE job (
    id serial PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY, done bigint
);
ALTER TABLE job RENAME TO task;
ALTER SEQUENCE job_number_seq RENAME TO numbers;
ALTER TABLE task SET SCHEMA app;
"""


@case(
    schema=SCHEMA,
    queries="""
    -- name: Count :many
    WITH s AS MATERIALIZED (SELECT last_value, log_cnt, is_called FROM counter)
    MERGE INTO app.task USING s ON task.id = s.last_value + 1000
    WHEN MATCHED THEN UPDATE SET done = s.log_cnt
    WHEN NOT MATCHED THEN INSERT (done) VALUES (s.last_value)
    RETURNING s.last_value, s.log_cnt, s.is_called, done;

    -- name: Merged :many
    MERGE INTO app.task USING (SELECT 1 AS one) AS s ON task.id = s.one + 1000
    WHEN NOT MATCHED THEN INSERT (done) VALUES ((SELECT last_value FROM app.job_id_seq))
    RETURNING (SELECT is_called FROM app.numbers) AS is_called;
    """,
    since=17,
)
def merged(q: Q) -> Script:
    (row,) = yield q.count()
    assert (row.last_value, row.log_cnt, row.is_called, row.done) == (1, 0, False, 1)
    yield q.merged()


@case(
    schema=SCHEMA,
    queries="""
    -- name: Counter :one
    SELECT last_value, log_cnt, is_called FROM counter;

    -- name: LastJob :one
    SELECT last_value FROM app.job_id_seq;

    -- name: NextNumber :one
    SELECT last_value + 1 AS next FROM app.numbers;

    -- name: Tasks :many
    SELECT t.id, s.last_value, n.is_called, (SELECT is_called FROM counter) AS is_called_now
    FROM app.task t LEFT JOIN app.job_id_seq s ON s.last_value = t.id LEFT JOIN app.numbers n ON true;

    -- name: Add :exec
    INSERT INTO app.task (done) SELECT last_value FROM counter WHERE is_called = $1;
    """,
    modes=("database",),
)
def selected(q: Q) -> Script:
    row = yield q.counter()
    assert (row.last_value, row.log_cnt, row.is_called) == (1, 0, False)
    yield q.add(is_called=False)
    last = yield q.last_job()
    assert (yield q.next_number()) == last + 1
    (task,) = yield q.tasks()
    assert (task.id, task.last_value, task.is_called) == (last, last, True)
    assert q.signature("counter")["return"] == "CounterRow"
    assert q.signature("last_job")["return"] == "int"

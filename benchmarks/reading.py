"""Read 1,000 rows of 24 columns into models, and one row by its id."""

from collections.abc import Iterator
from typing import Any

import psycopg
import sqlalchemy
from attune_queries import models
from data import OPTIONS, connect, finished_tasks
from measuring import OURS, Comparison, awaited, event_loop, repeated
from peers import TABLES, Entity, GenPythonTask, TaskModel, connect_asyncpg, engine
from psycopg.rows import class_row, dict_row
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from attune_store import AsyncRepositories, Repositories

ROWS, CALLS = 1000, 50
SELECT = "SELECT * FROM attune.workflow_task_execution WHERE {} = {} ORDER BY id"
ADAPTER = TypeAdapter(models.WorkflowTaskExecution)


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare in both twins, with many rows and one."""
    with connect(url) as conn, connect(url) as other:
        repos = Repositories(conn)
        run = finished_tasks(repos, ROWS)
        conn.execute("VACUUM ANALYZE")
        task = repos.workflow_task_executions.find_by_workflow_execution(run, limit=1)[0].id
        tasks, many = repos.workflow_task_executions, SELECT.format("workflow_execution", "%s")
        one = SELECT.format("id", "%s")

        def validated() -> list[Any]:
            with other.cursor(row_factory=dict_row) as cursor:
                return [ADAPTER.validate_python(row) for row in cursor.execute(many, (run,))]

        def by_class_row() -> list[Any]:
            with other.cursor(row_factory=class_row(models.WorkflowTaskExecution)) as cursor:
                return cursor.execute(many, (run,)).fetchall()

        alchemy = engine(url)
        table = TABLES.tables["attune.workflow_task_execution"]
        by_run = table.c.workflow_execution == run
        text = sqlalchemy.text(SELECT.format("workflow_execution", ":run"))

        def core() -> list[Any]:
            with alchemy.connect() as alone:
                return list(alone.execute(table.select().where(by_run).order_by(table.c.id)).all())

        def orm(entity: Any) -> list[Any]:
            with Session(alchemy) as session:
                return list(session.scalars(sqlalchemy.select(entity).where(by_run)).all())

        def sqlmodel() -> list[Any]:
            with Session(alchemy) as session:
                condition: Any = TaskModel.workflow_execution == run
                return list(session.scalars(sqlalchemy.select(TaskModel).where(condition)).all())

        def gen_python() -> list[GenPythonTask]:
            names = list(GenPythonTask.model_fields)
            with alchemy.connect() as alone:
                rows = alone.execute(text, {"run": run})
                return [GenPythonTask(**dict(zip(names, row, strict=False))) for row in rows]

        yield Comparison(
            "read 1,000 tasks, sync",
            {
                "psycopg, tuples": lambda: conn.execute(many, (run,)).fetchall(),
                OURS: lambda: tasks.find_by_workflow_execution(run, limit=None),
                "psycopg, model_validate": validated,
                "psycopg, class_row": by_class_row,
                "SQLAlchemy Core, rows": core,
                "SQLAlchemy ORM, entities": lambda: orm(Entity),
                "SQLModel": sqlmodel,
                "sqlc-gen-python's style": gen_python,
            },
            each=ROWS,
            goal=0.86,
        )

        def get() -> Any:
            with Session(alchemy) as session:
                return session.get(Entity, task)

        yield Comparison(
            "read one task by id, sync",
            {
                "psycopg, tuple": repeated(lambda: conn.execute(one, (task,)).fetchone(), CALLS),
                OURS: repeated(lambda: tasks.find_by_id(task), CALLS),
                "SQLAlchemy ORM, entity": repeated(get, CALLS),
            },
            each=CALLS,
            goal=1.05,
        )
    yield from _async(url, run, task)


def _async(url: str, run: int, task: int) -> Iterator[Comparison]:
    with event_loop() as loop:
        wait = loop.run_until_complete
        conn = wait(psycopg.AsyncConnection.connect(url, **OPTIONS))
        other = wait(connect_asyncpg(url))
        tasks = AsyncRepositories(conn).workflow_task_executions

        async def fetch(column: str, value: int) -> list[Any]:
            cursor = await conn.execute(SELECT.format(column, "%s").encode(), (value,))
            return await cursor.fetchall()

        async def asyncpg_models(column: str, value: int) -> list[Any]:
            records = await other.fetch(SELECT.format(column, "$1"), value)
            return [ADAPTER.validate_python(dict(record)) for record in records]

        yield Comparison(
            "read 1,000 tasks, async",
            {
                "psycopg, tuples": awaited(loop, lambda: fetch("workflow_execution", run)),
                OURS: awaited(loop, lambda: tasks.find_by_workflow_execution(run, limit=None)),
                "asyncpg, model_validate": awaited(
                    loop, lambda: asyncpg_models("workflow_execution", run)
                ),
            },
            each=ROWS,
            goal=0.86,
        )
        yield Comparison(
            "read one task by id, async",
            {
                "psycopg, tuple": awaited(loop, lambda: fetch("id", task), CALLS),
                OURS: awaited(loop, lambda: tasks.find_by_id(task), CALLS),
                "asyncpg, model_validate": awaited(loop, lambda: asyncpg_models("id", task), CALLS),
            },
            each=CALLS,
            goal=1.05,
        )
        wait(conn.close())
        wait(other.close())

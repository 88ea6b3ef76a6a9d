"""How fast rows become models, side by side with other ways, in one run.

    python benchmarks/read_rows.py --rows 1000 --rounds 40

Every way reads the same rows of `workflow_task_execution` from the same server, in turn, round by
round, so that a change of the machine's speed meets them all alike; all but SQLAlchemy's ways by the
same statement. Printed are ratios of medians: 1.00 is psycopg's plain tuples.
"""

import argparse
import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import psycopg
import sqlalchemy
from attune_queries import models, workflow_task_execution
from attune_queries.manifest import QUERIES
from measuring import database, measure
from psycopg import RawCursor
from psycopg.rows import class_row, dict_row
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session
from sqlalchemy.orm import registry as mapper_registry

from attune_store import (
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    Store,
)

SELECT = workflow_task_execution.LIST_WORKFLOW_TASK_EXECUTIONS_BY_WORKFLOW_EXECUTION
KEYWORDS = next(query.names for query in QUERIES if query.sql is SELECT)
RESULT: dict[str, JsonValue] = {
    "stdout": "x" * 200,
    "codes": list(range(20)),
    "nested": {"ok": True, "ratio": 0.25},
}


def fill(store: Store, rows: int) -> int:
    """One workflow with that many finished items; returns its id."""
    with store.transaction() as tx:
        pack = tx.packs.create(CreatePackInput(ref="bench", label="Bench", version="1.0.0"))
        definition = tx.workflow_definitions.create(
            CreateWorkflowDefinitionInput(
                ref="bench.read",
                pack=pack.id,
                pack_ref=pack.ref,
                label="Read",
                version="1.0.0",
                definition={},
            )
        )
        parent = tx.executions.create(CreateExecutionInput(action_ref="bench.read"))
        workflow = tx.workflow_executions.create(
            CreateWorkflowExecutionInput(
                execution=parent.id, workflow_def=definition.id, task_graph={}
            )
        )
        for index in range(rows):
            child = tx.executions.create(
                CreateExecutionInput(action_ref="bench.item", parent=parent.id)
            )
            task = tx.workflow_task_executions.create(
                CreateWorkflowTaskExecutionInput(
                    workflow_execution=workflow.id,
                    execution=child.id,
                    task_name="item",
                    task_index=index,
                )
            )
            tx.workflow_task_executions.start(task.id)
            tx.workflow_task_executions.complete(task.id, result=RESULT)
    return workflow.id


def ways(conninfo: str, workflow: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Each way to read the rows, by name."""
    conn = psycopg.connect(conninfo, autocommit=True, options="-c timezone=UTC")
    parameters = [workflow if name == "workflow_execution" else None for name in KEYWORDS]
    adapter = TypeAdapter(models.WorkflowTaskExecution)

    def validated() -> list[models.WorkflowTaskExecution]:
        with RawCursor(conn, row_factory=dict_row) as cursor:
            return [adapter.validate_python(row) for row in cursor.execute(SELECT, parameters)]

    def by_class_row() -> list[models.WorkflowTaskExecution]:
        with RawCursor(conn, row_factory=class_row(models.WorkflowTaskExecution)) as cursor:
            return cursor.execute(SELECT, parameters).fetchall()

    yield "psycopg, tuples", lambda: RawCursor(conn).execute(SELECT, parameters).fetchall()
    yield (
        "attune_queries, models",
        lambda: workflow_task_execution.list_workflow_task_executions_by_workflow_execution(
            conn, workflow_execution=workflow, limit=None, after_name=None, after_index=None
        ),
    )
    yield "psycopg, dict_row to model_validate", validated
    yield "psycopg, class_row of the model", by_class_row

    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(conninfo)
    )
    table = sqlalchemy.Table(
        "workflow_task_execution", sqlalchemy.MetaData(), schema="attune", autoload_with=engine
    )
    statement = table.select().where(table.c.workflow_execution == workflow).order_by(table.c.id)

    class Entity:
        pass

    mapper_registry().map_imperatively(Entity, table)

    def core() -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(statement).all())

    def orm() -> list[Any]:
        with Session(engine) as session:
            query = sqlalchemy.select(Entity).where(table.c.workflow_execution == workflow)
            return list(session.scalars(query.order_by(table.c.id)).all())

    yield "SQLAlchemy Core, rows", core
    yield "SQLAlchemy ORM, entities", orm

    loop = asyncio.new_event_loop()
    other = loop.run_until_complete(_connect_asyncpg(conn))

    def asyncpg_validated() -> list[models.WorkflowTaskExecution]:
        records = loop.run_until_complete(other.fetch(SELECT, *parameters))
        return [adapter.validate_python(dict(record)) for record in records]

    yield "asyncpg, records to model_validate", asyncpg_validated


async def _connect_asyncpg(conn: psycopg.Connection[Any]) -> "asyncpg.Connection[Any]":
    other = await asyncpg.connect(
        host=conn.info.host,
        port=conn.info.port,
        user=conn.info.user,
        password=conn.info.password or None,
        database=conn.info.dbname,
    )
    await other.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    return other


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    with database() as conninfo:
        with Store(conninfo) as store:
            workflow = fill(store, options.rows)
        medians = measure(dict(ways(conninfo, workflow)), options.rounds)
    base = medians["psycopg, tuples"]
    table = Table(title=f"{options.rows} rows, medians of {options.rounds}")
    table.add_column("way")
    table.add_column("ratio", justify="right")
    for way, median in sorted(medians.items(), key=lambda item: item[1]):
        table.add_row(way, f"{median / base:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()

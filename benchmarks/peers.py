"""The tables, as other libraries map them."""

import json
from datetime import datetime
from typing import Any

import asyncpg
import psycopg
import sqlalchemy
from pydantic import BaseModel, JsonValue
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Column, Field, SQLModel

TABLES = sqlalchemy.MetaData(schema="attune")


class Entity:
    """A task, mapped by SQLAlchemy's ORM."""


class TaskModel(SQLModel, table=True):
    """A task as SQLModel maps it, with the status as text."""

    __tablename__ = "workflow_task_execution"
    __table_args__ = {"schema": "attune"}

    id: int = Field(primary_key=True)
    workflow_execution: int
    execution: int
    task_name: str
    task_index: int | None
    task_batch: int | None
    status: str
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None
    result: Any = Field(sa_column=Column(JSONB))
    error: Any = Field(sa_column=Column(JSONB))
    retry_count: int
    max_retries: int
    next_retry_at: datetime | None
    timeout_seconds: int | None
    timed_out: bool
    created: datetime
    updated: datetime


class GenPythonTask(BaseModel):
    """A task as sqlc-gen-python generates it, from a row of SQLAlchemy, by position."""

    id: int
    workflow_execution: int
    execution: int
    task_name: str
    task_index: int | None
    task_batch: int | None
    status: str
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None
    result: JsonValue
    error: JsonValue
    retry_count: int
    max_retries: int
    next_retry_at: datetime | None
    timeout_seconds: int | None
    timed_out: bool
    created: datetime
    updated: datetime


def engine(url: str) -> sqlalchemy.Engine:
    """Yield a SQLAlchemy engine on psycopg, with the entity mapped."""
    made = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url, options="-c timezone=UTC")
    )
    if not TABLES.tables:
        for name in "workflow_task_execution", "execution":
            sqlalchemy.Table(name, TABLES, autoload_with=made)
        registry().map_imperatively(Entity, TABLES.tables["attune.workflow_task_execution"])
    return made


async def connect_asyncpg(url: str) -> "asyncpg.Connection[Any]":
    """Return an asyncpg connection that decodes JSON."""
    with psycopg.connect(url) as conn:
        info = conn.info
        made = await asyncpg.connect(
            host=info.host,
            port=info.port,
            user=info.user,
            password=info.password or None,
            database=info.dbname,
        )
    await made.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
    return made

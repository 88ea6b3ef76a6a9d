"""What sqlc-gen-python makes of query.sql, written by hand: it can't be installed with pip."""

import datetime
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pydantic
import sqlalchemy
import sqlalchemy.ext.asyncio
from library import models

CREATE_AUTHOR = """-- name: create_author \\:one
INSERT INTO authors (name, born, bio, country, settings) VALUES (:p1, :p2, :p3, :p4, :p5)
RETURNING id, name, born, bio, country, settings
"""


class CreateAuthorParams(pydantic.BaseModel):
    name: str
    born: datetime.date | None
    bio: str | None
    country: str | None
    settings: Any


GET_AUTHOR = """-- name: get_author \\:one
SELECT id, name, born, bio, country, settings FROM authors WHERE id = :p1
"""
INITIALS = """-- name: initials \\:one
SELECT upper(left(:p1\\:\\:text, 1)) || upper(left(:p2\\:\\:text, 1)) AS initials
"""
LIST_AUTHORS = """-- name: list_authors \\:many
SELECT id, name, born, bio, country, settings FROM authors ORDER BY name
"""
SET_COUNTRY = """-- name: set_country \\:execrows
UPDATE authors SET country = :p1 WHERE id = :p2
"""
SET_SETTINGS = """-- name: set_settings \\:exec
UPDATE authors SET settings = :p1 WHERE id = :p2
"""


class Querier:
    def __init__(self, conn: sqlalchemy.engine.Connection) -> None:
        self._conn = conn

    def create_author(self, arg: CreateAuthorParams) -> models.Author | None:
        row = self._conn.execute(
            sqlalchemy.text(CREATE_AUTHOR),
            {
                "p1": arg.name,
                "p2": arg.born,
                "p3": arg.bio,
                "p4": arg.country,
                "p5": arg.settings,
            },
        ).first()
        return None if row is None else _author(row)

    def get_author(self, *, id: int) -> models.Author | None:
        row = self._conn.execute(sqlalchemy.text(GET_AUTHOR), {"p1": id}).first()
        return None if row is None else _author(row)

    def initials(self, *, dollar_1: str, dollar_2: str) -> str | None:
        row = self._conn.execute(
            sqlalchemy.text(INITIALS), {"p1": dollar_1, "p2": dollar_2}
        ).first()
        return None if row is None else row[0]

    def list_authors(self) -> Iterator[models.Author]:
        result = self._conn.execute(sqlalchemy.text(LIST_AUTHORS))
        for row in result:
            yield _author(row)

    def set_country(self, *, country: str | None, id: int) -> int:
        result = self._conn.execute(sqlalchemy.text(SET_COUNTRY), {"p1": country, "p2": id})
        return result.rowcount

    def set_settings(self, *, settings: Any, id: int) -> None:
        self._conn.execute(sqlalchemy.text(SET_SETTINGS), {"p1": settings, "p2": id})


class AsyncQuerier:
    def __init__(self, conn: sqlalchemy.ext.asyncio.AsyncConnection) -> None:
        self._conn = conn

    async def get_author(self, *, id: int) -> models.Author | None:
        row = (await self._conn.execute(sqlalchemy.text(GET_AUTHOR), {"p1": id})).first()
        return None if row is None else _author(row)

    async def list_authors(self) -> AsyncIterator[models.Author]:
        result = await self._conn.stream(sqlalchemy.text(LIST_AUTHORS))
        async for row in result:
            yield _author(row)


def _author(row: sqlalchemy.Row[Any]) -> models.Author:
    return models.Author(
        id=row[0], name=row[1], born=row[2], bio=row[3], country=row[4], settings=row[5]
    )

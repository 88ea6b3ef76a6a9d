"""What sqlc-gen-python makes of schema.sql, written by hand: it can't be installed with pip."""

import datetime
from typing import Any

import pydantic


class Author(pydantic.BaseModel):
    id: int
    name: str
    born: datetime.date | None
    bio: str | None
    country: str | None
    settings: Any

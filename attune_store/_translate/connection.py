"""A connection of either twin."""

from typing import Any, TypeAlias

import psycopg

Connection: TypeAlias = psycopg.Connection[Any] | psycopg.AsyncConnection[Any]

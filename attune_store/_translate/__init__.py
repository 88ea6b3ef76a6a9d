"""Turn the errors of psycopg into those of the store. Each module has one task."""

from attune_store._translate.block import translating
from attune_store._translate.rows import Rows

__all__ = ["Rows", "translating"]

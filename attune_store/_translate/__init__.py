"""The one place that turns the errors of psycopg into those of the store; a module for each job."""

from attune_store._translate.block import translating
from attune_store._translate.rows import Rows

__all__ = ["Rows", "translating"]

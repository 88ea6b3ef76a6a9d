"""A sqlc plugin that writes typed Python for psycopg 3."""

__version__ = "0.1.0"

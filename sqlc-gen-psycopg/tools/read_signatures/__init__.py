"""Reads from servers what PostgreSQL and its extensions can do, and what gives NULL."""

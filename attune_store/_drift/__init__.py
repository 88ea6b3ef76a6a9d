"""Comparing a live database with the schema that the code was generated from; nothing here connects."""

from attune_store._drift.difference import Difference, Severity

__all__ = ["Difference", "Severity"]

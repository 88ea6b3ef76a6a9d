"""Comparing a live database with the schema that the code was generated from; pure."""

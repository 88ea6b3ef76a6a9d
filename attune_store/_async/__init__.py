"""The code that uses a connection. tools/twins.py generates the sync side from it."""

"""What touches a connection, written once: the other twin is derived from it by tools/twins.py."""

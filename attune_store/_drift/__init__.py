"""Compare a live database with the schema that the code was generated from. Nothing here uses a connection."""

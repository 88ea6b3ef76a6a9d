"""The conformance suite: SQL of others is generated, type-checked and executed against a server."""

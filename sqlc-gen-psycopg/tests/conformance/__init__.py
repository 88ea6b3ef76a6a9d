"""The conformance suite: other people's SQL, generated, type-checked and executed against a server."""

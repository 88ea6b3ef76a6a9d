"""Names of objects that all databases of a server share, such as roles. Each run and worker has its own."""

import secrets

RUN = secrets.token_hex(4)
SERVICE = f"attune_test_{RUN}_service"


def of_this_run(sql: str) -> str:
    """Return the text with the roles `attune_test_*` renamed to those of this run."""
    return sql.replace("attune_test_", f"attune_test_{RUN}_")

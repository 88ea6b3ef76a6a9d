"""Names of what all databases of a server share: other runs, and other workers, have other ones."""

import secrets

RUN = secrets.token_hex(4)
SERVICE = f"attune_test_{RUN}_service"


def of_this_run(sql: str) -> str:
    """The text with the roles `attune_test_*` as those of this run."""
    return sql.replace("attune_test_", f"attune_test_{RUN}_")

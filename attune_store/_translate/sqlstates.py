"""The error class for each SQLSTATE."""

from attune_store import errors

OUTCOME_UNKNOWN = frozenset({"08007", "40003"})
"""The server itself does not know whether the transaction was committed."""

RETRYABLE = frozenset({"55P03"})
"""Retryable, although the class is not: the lock may be free next time."""

WORDS = {
    "53100": "the server has no disk space left",
    "54000": "the value is too large for the server",
}
"""Words before PostgreSQL's own message."""

_KINDS: dict[str, type[errors.StoreError]] = {
    "08": errors.UnavailableError,
    "22": errors.ValidationError,
    "23": errors.ValidationError,
    "23001": errors.ForeignKeyError,
    "23503": errors.ForeignKeyError,
    "23505": errors.AlreadyExistsError,
    "25P03": errors.UnavailableError,
    "25P04": errors.StatementTimeoutError,
    "3F000": errors.SchemaDriftError,
    "40001": errors.SerializationError,
    "40003": errors.UnavailableError,
    "40P01": errors.SerializationError,
    "42703": errors.SchemaDriftError,
    "42704": errors.SchemaDriftError,
    "42883": errors.SchemaDriftError,
    "42P01": errors.SchemaDriftError,
    "53300": errors.UnavailableError,
    "54000": errors.ValidationError,
    "55000": errors.ConflictError,
    "55P03": errors.StatementTimeoutError,
    "57014": errors.StatementTimeoutError,
    "57P01": errors.UnavailableError,
    "57P02": errors.UnavailableError,
    "57P03": errors.UnavailableError,
    "57P05": errors.UnavailableError,
}


def kind_of(sqlstate: str) -> type[errors.StoreError]:
    """Return the error class, by the whole SQLSTATE or by its first two characters."""
    return _KINDS.get(sqlstate) or _KINDS.get(sqlstate[:2]) or errors.StoreError

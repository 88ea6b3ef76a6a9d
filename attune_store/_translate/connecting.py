"""Why a connection failed. libpq gives no SQLSTATE for it, so the text is searched."""

import re

import psycopg

from attune_store import errors

# The texts of libpq and of the server, which depend on the server's language. If none matches, the
# server is considered to be down for now.
_FINAL = re.compile(
    r"authentication failed|authentication requires|no password supplied|no pg_hba\.conf entry"
    r"|pg_hba\.conf rejects|(?:role|database) \"[^\"]*\" (?:does not exist|is not permitted to log in)"
    r"|is not currently accepting connections|permission denied for database"
    r"|no such (?:user|database)|not allowed to log in"
    r"|does not support SSL|certificate|SSL error|private key|sslmode|root\.crt|no SSL error"
    r"|unsupported startup parameter|unrecognized configuration parameter",
    re.IGNORECASE,
)
_REASON = re.compile(r"^.*failed: (?:FATAL: +|ERROR: +)?(?P<reason>.+)$", re.MULTILINE)


def is_final(exc: BaseException) -> bool:
    """Return whether connecting again will fail in the same way, until somebody changes something."""
    if isinstance(exc, errors.StoreError):
        return not exc.retryable
    return _FINAL.search(str(exc)) is not None


def refusal(exc: BaseException) -> errors.UnavailableError:
    """Return the error of a failed connection."""
    return errors.UnavailableError(
        f"can't connect to the database: {_reason(exc)}", retryable=not is_final(exc)
    )


def _reason(exc: BaseException) -> str:
    """Return the reason without the address, once for all hosts that were tried."""
    if not isinstance(exc, psycopg.OperationalError):
        return str(exc)
    found = dict.fromkeys(match["reason"].strip() for match in _REASON.finditer(str(exc)))
    return "; ".join(found) or str(exc).partition("\n")[0]

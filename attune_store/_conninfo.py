"""The address of the database, and how to keep its password out of messages."""

import os
import re

import psycopg
from psycopg.conninfo import conninfo_to_dict

from attune_store import errors

_URL = re.compile(r"postgres(?:ql)?://(?P<authority>[^/?]*)(?P<path>[^?]*)")

# URLs of other libraries, such as postgresql+asyncpg://.
_SCHEME = re.compile(r"([A-Za-z][\w+.:-]*)://")


def resolve_conninfo(conninfo: str | None) -> str:
    """Return the conninfo, DATABASE_URL, or "" for the defaults of libpq.

    Raises ValidationError if libpq can't parse it. libpq's own message would repeat the text with
    the password; so would later errors if the password in a URL is not percent-encoded.
    """
    if conninfo is None:
        conninfo = os.environ.get("DATABASE_URL", "")
    if (scheme := _SCHEME.match(conninfo)) and scheme[1] not in ("postgres", "postgresql"):
        raise errors.ValidationError(
            f"expected a conninfo that begins with postgresql://, got {scheme[1]}://"
        )
    if not _is_valid(conninfo):
        raise errors.ValidationError(
            "the conninfo is invalid (in a URL, special characters of the password must be percent-encoded)"
        )
    return conninfo


def _is_valid(conninfo: str) -> bool:
    url = _URL.match(conninfo)
    if url and (url["authority"].count("@") > 1 or "@" in url["path"]):
        return False
    try:
        conninfo_to_dict(conninfo)
    except psycopg.Error:
        return False
    return True

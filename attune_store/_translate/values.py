"""The text of errors about values that the server refuses, or that can't be sent."""

import json
from collections.abc import Mapping
from typing import Any

from attune_store import errors


def refusal(
    message: str,
    entity: str | None,
    values: Mapping[str, Any],
    sqlstate: str | None = None,
    *,
    place: str = "",
) -> errors.ValidationError:
    """Return the error, with the field that can't be sent, if there is one. `place` names the row."""
    field = unsendable(values)
    subject = ".".join(filter(None, (entity, field)))
    return errors.ValidationError(
        f"{place}{subject}: {message}" if subject else f"{place}{message}",
        sqlstate=sqlstate,
        entity=entity,
        field=field,
        value=None if field is None else values[field],
    )


def unsendable(values: Mapping[str, Any]) -> str | None:
    """Return the first field that can't be sent."""
    return next((name for name, value in values.items() if not _is_sendable(value)), None)


def _is_sendable(value: object) -> bool:
    """Return whether the value can be sent to the server, as text or inside JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
        text.encode()
    except (ValueError, RecursionError):
        return False
    return "\\u0000" not in text.replace(
        "\\\\", ""
    )  # but not an escaped backslash followed by u0000

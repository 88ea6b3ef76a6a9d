"""Durations, as people write and read them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import typer

_SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_LONGEST = timedelta(days=36500)


def span_option(help: str) -> Any:
    """Return an option that takes a duration."""
    return typer.Option(parser=parse_span, metavar="SPAN", help=help)


def parse_span(text: str | timedelta) -> timedelta:
    """Parse a duration such as 30d, 12h or 1h30m. typer parses its default in the same way."""
    if isinstance(text, timedelta):
        return text
    if not re.fullmatch(r"([0-9]{1,12}[wdhms])+", text):
        raise typer.BadParameter(f"expected a duration such as 30d, 12h or 1h30m, got {text!r}")
    seconds = sum(int(part[:-1]) * _SECONDS[part[-1]] for part in re.findall(r"[0-9]+.", text))
    if seconds > _LONGEST.total_seconds():
        raise typer.BadParameter("expected a duration of at most 36500d")
    return timedelta(seconds=seconds)


def ago(span: timedelta) -> datetime:
    """Return the time that lies this far in the past."""
    return datetime.now(UTC) - span


def in_units(span: timedelta) -> str:
    """Return the duration in its two largest units: 350 ms, 2.5 s, 3 min 04 s, 2 h 30 min, 5 d 01 h."""
    seconds = max(span.total_seconds(), 0)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{int(seconds * 10) / 10:g} s"
    whole = int(seconds)
    for unit, size, lesser, part in ("d", 86400, "h", 3600), ("h", 3600, "min", 60):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part:02} {lesser}"
    return f"{whole // 60} min {whole % 60:02} s"


def since(moment: datetime) -> str:
    """Return how long ago that was."""
    return in_units(datetime.now(UTC) - moment)

"""What can't be generated, and why; several problems are reported in one run."""

import difflib
import re
import traceback
from collections.abc import Iterable


class Problem(Exception):
    """One thing that the plugin can't express, with the query or object, the reason and a way out."""


class Problems(Exception):
    """All of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def suggestion(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, if something known is written much like the name."""
    by_lower = {other.lower(): other for other in sorted(known)}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]}?" if close else ""


def bug(exc: BaseException) -> Problem:
    """What to say of an exception that nobody foresaw."""
    if isinstance(exc, RecursionError):
        return Problem(
            "a statement is nested too deeply to be parsed; move its inner queries to WITH, or create"
            " views of them"
        )
    frame = traceback.extract_tb(exc.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return Problem(
        f"this is a bug in sqlc-gen-psycopg ({type(exc).__name__}: {exc}, at {place});"
        " please report it together with the statement"
    )


def nothing_known(what: str) -> Problem:
    """What to say of `the function f()` or `the operator +` of which nothing is known."""
    called = re.match(r"the function (.+?)\(\)", what)
    way_out = "cast it to its type (...::type)"
    if called is not None:
        way_out = (
            f"cast its result ({called[1]}(...)::type), add its CREATE FUNCTION to the schema,"
        )
    return Problem(f"{what} is not known; {way_out} or set the option `database`")

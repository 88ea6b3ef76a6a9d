"""Problems that prevent generation. One run reports all of them."""

import difflib
import re
import traceback
from collections.abc import Iterable


class Problem(Exception):
    """A problem, with the query or object, the reason, and what to do."""


class Problems(Exception):
    """Several problems."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean ...?` if a known name is similar."""
    by_lower = {other.lower(): other for other in sorted(known)}
    close = difflib.get_close_matches(name.lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]}?" if close else ""


def bug(exc: BaseException) -> Problem:
    """Return the message for an unexpected exception."""
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
    """Return the message for an unknown `the function f()` or `the operator +`."""
    called = re.match(r"the function (.+?)\(\)", what)
    way_out = "cast it to its type (...::type)"
    if called is not None:
        way_out = (
            f"cast its result ({called[1]}(...)::type), add its CREATE FUNCTION to the schema,"
        )
    return Problem(f"{what} is not known; {way_out} or set the option `database`")

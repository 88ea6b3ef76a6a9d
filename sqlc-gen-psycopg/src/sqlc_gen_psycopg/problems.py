"""What can't be generated, and why; several problems are reported in one run."""

import traceback


class Problem(Exception):
    """One thing that the plugin can't express, with the query or object, the reason and a way out."""


class Problems(Exception):
    """All of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def bug(exc: BaseException) -> Problem:
    """What to say of an exception that nobody foresaw."""
    if isinstance(exc, RecursionError):
        return Problem(
            "a statement is nested too deeply to be read; name its inner queries in WITH, or make"
            " views of them"
        )
    frame = traceback.extract_tb(exc.__traceback__)[-1]
    place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
    return Problem(
        f"this is a bug in sqlc-gen-psycopg ({type(exc).__name__}: {exc}, at {place});"
        " please report it together with the statement"
    )

"""Prepare a statement without running it. psycopg has no method for this."""

from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn


def describing(pgconn: PGconn, query: str) -> PQGen[tuple[list[int], list[int]]]:
    """Prepare the query as the unnamed statement, and return the types of its parameters and columns.

    Run this with the connection's `wait()`.
    """
    # If there are two errors, of the server and of a pooler that lost it, use the first.
    pgconn.send_prepare(b"", query.encode())
    result, *_ = yield from execute(pgconn)
    if result.status == ExecStatus.COMMAND_OK:
        pgconn.send_describe_prepared(b"")
        result, *_ = yield from execute(pgconn)
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)
    return (
        [result.param_type(number) for number in range(result.nparams)],
        [result.ftype(number) for number in range(result.nfields)],
    )

"""Preparing a statement without running it, which psycopg has no method for."""

from psycopg.abc import PQGen
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn


def describing(pgconn: PGconn, query: str) -> PQGen[tuple[list[int], list[int]]]:
    """Prepare the query as the unnamed statement; return the types of its parameters and columns.

    To be run by the connection's `wait()`.
    """
    # Of two errors, the server's and then that of a pooler which has lost it, the first one counts.
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

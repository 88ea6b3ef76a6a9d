"""What a stream of executions costs: pages of models, next to a server-side cursor's tuples.

    python benchmarks/streams.py --rows 1000000

Both read all rows, newest first, on a connection of their own, in turn, round by round; the cursor
fetches as many rows at once as a page holds. Printed are ratios of medians (1.00 is the cursor) and
how much the most memory grew by over the first tenth of the rows.
"""

import argparse
import resource
from typing import Any

import psycopg
from measuring import database, measure
from psycopg import sql

from attune_store import Repositories

PAGE = 1000


def by_cursor(conn: psycopg.Connection[Any]) -> int:
    """Read all with a server-side cursor."""
    with conn.transaction(), conn.cursor(name="all_executions") as cursor:
        cursor.itersize = PAGE
        cursor.execute("SELECT * FROM attune.execution ORDER BY id DESC")
        return sum(1 for _ in cursor)


def by_stream(conn: psycopg.Connection[Any]) -> int:
    """Read all with the repository."""
    return sum(1 for _ in Repositories(conn).executions.stream())


def peak() -> int:
    """The most memory that this process has had, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with (
        database() as url,
        psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as one,
        psycopg.connect(url, autocommit=True, options="-c timezone=UTC") as other,
    ):
        fill = sql.SQL(
            "INSERT INTO attune.execution (action_ref, config)"
            " SELECT 'core.a', '{{\"n\": 1}}' FROM generate_series(1, {})"
        )
        one.execute(fill.format(options.rows))
        one.execute("VACUUM ANALYZE attune.execution")
        rows = iter(Repositories(other).executions.stream())
        for _ in range(options.rows // 10):
            next(rows)
        before = peak()
        assert sum(1 for _ in rows) == options.rows - options.rows // 10
        grown = peak() - before
        times = measure(
            {"cursor": lambda: by_cursor(one), "stream": lambda: by_stream(other)}, options.rounds
        )
    ratio = times["stream"] / times["cursor"]
    print(f"{options.rows} rows: cursor 1.00, stream {ratio:.2f}, memory grew by {grown} kB")


if __name__ == "__main__":
    main()

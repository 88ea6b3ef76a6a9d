"""The worker repository (queries/worker.sql)."""

import builtins
from datetime import timedelta

from attune_queries.models import Worker

from attune_store import _arguments as arguments
from attune_store import _conflicts as conflicts
from attune_store._sync.base import ReadRepository
from attune_store._sync.queries import worker as queries


class WorkerRepository(ReadRepository[Worker]):
    """Registers workers, keeps their leases, and ends them."""

    _entity = "worker"

    def find_by_id(self, id: int, /) -> Worker | None:
        """Return the worker with this id, or None (GetWorker)."""
        with self._reading:
            return queries.get_worker(self._conn, id=arguments.identifier(id))

    def list(self, *, limit: int | None = 1000, after: int | None = None) -> builtins.list[Worker]:
        """Return a page of all workers, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListWorkers.
        """
        with self._reading:
            return queries.list_workers(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    def find_expired(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Worker]:
        """Return a page of the workers whose lease has expired, newest first.

        Workers that have ended are not included. The server's clock counts. `release_expired()` of
        the executions and of the tasks ends these workers. `limit` is the maximum number of rows,
        None for all. `after` is the id of the last row of the previous page, None for the first
        page. Query: ListExpiredWorkers.
        """
        with self._reading:
            return queries.list_expired_workers(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    def register(self, name: str, *, lease: timedelta) -> Worker:
        """Insert a worker and return it.

        `lease` is the time within which each heartbeat must follow the previous one. Workers that
        ended more than a day ago and hold no rows are deleted. Queries: RegisterWorker,
        PruneWorkers.
        """
        name, lease_ms = arguments.text(name, "name"), arguments.lease_ms(lease)
        with self._translating({"name": name}):
            queries.prune_workers(self._conn)
            return queries.register_worker(self._conn, name=name, lease_ms=lease_ms)

    def heartbeat(self, id: int, /) -> Worker:
        """Renew the lease of a worker, and return the worker.

        A late heartbeat renews the lease, too, unless the worker has been ended. Raises
        NotFoundError if there is no such worker, ConflictError (field "lease") if it has ended:
        register a new one, as other workers may hold its rows. Query: HeartbeatWorker.
        """
        with self._writing:
            row = queries.heartbeat_worker(self._conn, id=arguments.identifier(id))
        if row is not None:
            return row
        raise conflicts.lease_ended(self.get_by_id(id))

    def retire(self, id: int, /) -> Worker:
        """End a worker, and return it.

        `release_expired()` then makes the rows that it holds claimable. Raises NotFoundError if
        there is no such worker. Query: RetireWorker.
        """
        with self._writing:
            row = queries.retire_worker(self._conn, id=arguments.identifier(id))
        return self._found(row, "id", id)

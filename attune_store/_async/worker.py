"""The worker repository (queries/worker.sql)."""

import builtins
from datetime import timedelta

from attune_queries.models import Worker

from attune_store import _arguments as arguments
from attune_store import errors
from attune_store._async.base import AsyncReadRepository
from attune_store._async.queries import worker as queries


class AsyncWorkerRepository(AsyncReadRepository[Worker]):
    """Registers workers, keeps their leases, and ends them."""

    _entity = "worker"

    async def find_by_id(self, id: int, /) -> Worker | None:
        """Return the worker with this id, or None (GetWorker)."""
        with self._reading():
            return await queries.get_worker(self._conn, id=arguments.identifier(id))

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Worker]:
        """Return a page of all workers, newest first (ListWorkers).

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page.
        """
        with self._reading():
            return await queries.list_workers(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_expired(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Worker]:
        """Return a page of the workers whose lease has run out and that have not ended.

        Newest first; the server's clock decides (ListExpiredWorkers). `release_expired` of the
        executions and of the tasks ends them. `limit` is the maximum number of rows, None for no
        limit. `after` is the last id of the page before, None for the first page.
        """
        with self._reading():
            return await queries.list_expired_workers(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def register(self, name: str, *, lease: timedelta) -> Worker:
        """Insert a worker that has to beat within each `lease`, and return it (RegisterWorker).

        Workers that ended a day ago and hold nothing are deleted (PruneWorkers).
        """
        name, lease_ms = arguments.text(name, "name"), arguments.lease_ms(lease)
        with self._translating({"name": name}):
            await queries.prune_workers(self._conn)
            return await queries.register_worker(self._conn, name=name, lease_ms=lease_ms)

    async def heartbeat(self, id: int, /) -> Worker:
        """Say that a worker lives, and return it (HeartbeatWorker).

        One that is late keeps its lease if nobody has ended it yet. Raises NotFoundError if there is
        no such worker, ConflictError (field "lease") if it has ended: it never lives again, and what
        it held may be with others.
        """
        with self._translating():
            row = await queries.heartbeat_worker(self._conn, id=arguments.identifier(id))
        if row is not None:
            return row
        ended = await self.get_by_id(id)
        raise errors.ConflictError(
            f"the lease of worker with id={id} ended at {ended.ended_at}: register anew",
            entity=self._entity,
            field="lease",
            value=id,
            expected="a worker that has not ended",
            actual=ended.ended_at,
        )

    async def retire(self, id: int, /) -> Worker:
        """End a worker and return it; what it holds goes to others (RetireWorker).

        `release_expired` gives those rows back. Raises NotFoundError if there is no such worker.
        """
        with self._translating():
            row = await queries.retire_worker(self._conn, id=arguments.identifier(id))
        return self._found(row, "id", id)

"""Workers whose leases are renewed in the background while a block runs."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic
from typing import Any

from psycopg import Connection

from attune_store import _arguments as arguments
from attune_store import errors
from attune_store._background import Background, bounded
from attune_store._pool import refuse_other_process
from attune_store._retry import pause_after
from attune_store._sync.pool import Connections
from attune_store._sync.worker import WorkerRepository

_PATIENCE = 5.0  # seconds to wait for a connection or an answer; less if the lease is short


class WorkerLease:
    """A registered worker, whose lease is renewed in the background until the block ends."""

    id: int

    def __init__(self, connections: Connections, name: str, lease: timedelta) -> None:
        self.name = name
        self._connections = connections
        self._lease = lease
        self._interval = arguments.lease_ms(lease) / 1000 / 3
        self._conn: Connection[Any] | None = None
        self._background = Background(self._keep)
        self._has_ended = False
        self._lasts_until = float("-inf")
        self._failure: Exception | None = None
        self._pid = os.getpid()

    @property
    def lost(self) -> bool:
        """Whether the lease may have expired by this process's clock, or has ended.

        Other workers may then hold the rows. A lease that has not ended is valid again after the
        next heartbeat.
        """
        return self._has_ended or monotonic() >= self._lasts_until or self._pid != os.getpid()

    def check(self) -> None:
        """Raise ConflictError (field "lease") if the lease is lost."""
        refuse_other_process(self._pid)
        if not self.lost:
            return
        state = "has ended" if self._has_ended else "may have run out, as no beat came through"
        raise errors.ConflictError(
            f"the lease of worker with id={self.id} {state}: stop work on the rows that it holds",
            entity="worker",
            field="lease",
            value=self.id,
            expected="a lease that lasts",
            actual=state,
        ) from self._failure

    @contextmanager
    def kept(self) -> Generator[None]:
        """Register, send heartbeats in the background while the block runs, and retire."""
        try:
            with self._workers() as workers:
                began = monotonic()
                worker = workers.register(self.name, lease=self._lease)
            self.id, self.name = worker.id, worker.name
            self._note_beat(began)
            self._background.start()
            try:
                yield
            finally:
                self._background.stop()
        finally:
            self._disconnect()

    def _keep(self) -> None:
        pause, failures = self._interval, 0
        while self._background.pause(pause):
            try:
                self._beat()
                pause, failures = self._interval, 0
            except (errors.ConflictError, errors.NotFoundError) as exc:
                self._has_ended, self._failure = True, exc
                return
            except Exception as exc:
                failures += 1
                pause, self._failure = min(pause_after(failures), self._interval), exc
        self._retire()

    def _beat(self) -> None:
        with self._workers() as workers:
            began = monotonic()
            workers.heartbeat(self.id)
        self._note_beat(began)

    def _note_beat(self, began: float) -> None:
        """Set the end of the lease as if the server had received the heartbeat when it was sent."""
        self._lasts_until = began + self._lease.total_seconds()
        self._failure = None

    def _retire(self) -> None:
        """End the worker. If the server can't be reached, the lease expires."""
        for _ in range(2):  # The connection may have been lost since the last heartbeat.
            with suppress(Exception):
                with self._workers() as workers:
                    workers.retire(self.id)
                return

    @contextmanager
    def _workers(self) -> Generator[WorkerRepository]:
        """Return the repository, on its own connection. After a failure, connect again."""
        refuse_other_process(self._pid)
        patience = max(1.0, min(self._interval, _PATIENCE))
        if self._conn is None:
            self._conn = self._connections.connect(connect_timeout=max(2, round(patience)))
        try:
            with bounded(self._conn, patience):
                yield WorkerRepository(self._conn)
        except (errors.ConflictError, errors.NotFoundError):
            raise
        except BaseException:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        if self._conn is not None and self._pid == os.getpid():
            self._conn.close()
        self._conn = None

"""The runtime repository (queries/runtime.sql)."""

import builtins

from attune_queries import rows
from attune_queries.models import Runtime

from attune_store import _arguments as arguments
from attune_store._async.base import AsyncNamedRepository
from attune_store._async.queries import runtime as queries
from attune_store.inputs import CreateRuntimeInput, UpdateRuntimeInput


class AsyncRuntimeRepository(AsyncNamedRepository[Runtime, UpdateRuntimeInput]):
    """Finds, creates, changes and deletes runtimes."""

    _entity = "runtime"
    _row_factory = staticmethod(rows.runtime)
    _update_input = UpdateRuntimeInput

    async def find_by_id(self, id: int, /) -> Runtime | None:
        """Return the runtime with this id, or None (GetRuntime)."""
        with self._reading:
            return await queries.get_runtime(self._conn, id=arguments.identifier(id))

    async def find_by_ref(self, ref: str) -> Runtime | None:
        """Return the runtime with this ref, or None (GetRuntimeByRef)."""
        with self._reading:
            return await queries.get_runtime_by_ref(self._conn, ref=arguments.text(ref, "ref"))

    async def list(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Runtime]:
        """Return a page of all runtimes, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListRuntimes.
        """
        with self._reading:
            return await queries.list_runtimes(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_pack(
        self, pack_id: int, /, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Runtime]:
        """Return a page of the runtimes of a pack, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListRuntimesByPack.
        """
        with self._reading:
            return await queries.list_runtimes_by_pack(
                self._conn,
                pack=arguments.identifier(pack_id, "pack_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def create(self, input: CreateRuntimeInput, /) -> Runtime:
        """Insert a runtime and return it.

        Raises AlreadyExistsError if the ref is taken, ForeignKeyError if the pack does not exist.
        Query: CreateRuntime.
        """
        values = arguments.values(input, CreateRuntimeInput)
        with self._translating(values):
            return await queries.create_runtime(self._conn, **values)

    async def delete(self, id: int, /) -> bool:
        """Delete a runtime and return True, or return False if there is none.

        Its actions are kept, without a runtime. Query: DeleteRuntime.
        """
        with self._translating({"id": id}, deleting=True):
            return bool(await queries.delete_runtime(self._conn, id=arguments.identifier(id)))

"""The pack repository (queries/pack.sql)."""

import builtins

from attune_queries import rows
from attune_queries.models import Pack

from attune_store import _arguments as arguments
from attune_store._async.base import AsyncNamedRepository
from attune_store._async.queries import pack as queries
from attune_store.inputs import CreatePackInput, UpdatePackInput


class AsyncPackRepository(AsyncNamedRepository[Pack, UpdatePackInput]):
    """Finds, creates, changes and deletes packs."""

    _entity = "pack"
    _row_factory = staticmethod(rows.pack)
    _update_input = UpdatePackInput

    async def find_by_id(self, id: int, /) -> Pack | None:
        """Return the pack with this id, or None (GetPack)."""
        with self._reading:
            return await queries.get_pack(self._conn, id=arguments.identifier(id))

    async def find_by_ref(self, ref: str) -> Pack | None:
        """Return the pack with this ref, or None (GetPackByRef)."""
        with self._reading:
            return await queries.get_pack_by_ref(self._conn, ref=arguments.text(ref, "ref"))

    async def list(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Pack]:
        """Return a page of all packs, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListPacks.
        """
        with self._reading:
            return await queries.list_packs(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_tag(
        self, tag: str, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Pack]:
        """Return a page of the packs with this tag, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListPacksByTag.
        """
        with self._reading:
            return await queries.list_packs_by_tag(
                self._conn,
                tag=arguments.text(tag, "tag"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_standard(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Pack]:
        """Return a page of the packs that come with the platform, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListStandardPacks.
        """
        with self._reading:
            return await queries.list_standard_packs(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def create(self, input: CreatePackInput, /) -> Pack:
        """Insert a pack and return it.

        Raises AlreadyExistsError if the ref is taken. Query: CreatePack.
        """
        values = arguments.values(input, CreatePackInput)
        with self._translating(values):
            return await queries.create_pack(self._conn, **values)

    async def delete(self, id: int, /) -> bool:
        """Delete a pack and return True, or return False if there is none.

        Its actions, workflow definitions and runtimes are deleted, too. Raises ForeignKeyError
        (`still_referenced`) if one of its workflows has run. Query: DeletePack.
        """
        with self._translating({"id": id}, deleting=True):
            return bool(await queries.delete_pack(self._conn, id=arguments.identifier(id)))

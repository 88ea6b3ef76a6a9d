"""The workflow definition repository (queries/workflow_definition.sql)."""

import builtins
from collections.abc import Iterable

from attune_queries import rows
from attune_queries.models import WorkflowDefinition

from attune_store import _arguments as arguments
from attune_store._async.base import AsyncNamedRepository
from attune_store._async.queries import workflow_definition as queries
from attune_store.inputs import CreateWorkflowDefinitionInput, UpdateWorkflowDefinitionInput


class AsyncWorkflowDefinitionRepository(
    AsyncNamedRepository[WorkflowDefinition, UpdateWorkflowDefinitionInput]
):
    """Finds, creates, changes and deletes workflow definitions."""

    _entity = "workflow_definition"
    _row_factory = staticmethod(rows.workflow_definition)
    _update_input = UpdateWorkflowDefinitionInput

    async def find_by_id(self, id: int, /) -> WorkflowDefinition | None:
        """Return the workflow definition with this id, or None (GetWorkflowDefinition)."""
        with self._reading:
            return await queries.get_workflow_definition(self._conn, id=arguments.identifier(id))

    async def find_by_ref(self, ref: str) -> WorkflowDefinition | None:
        """Return the workflow definition with this ref, or None (GetWorkflowDefinitionByRef)."""
        with self._reading:
            return await queries.get_workflow_definition_by_ref(
                self._conn, ref=arguments.text(ref, "ref")
            )

    async def list(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[WorkflowDefinition]:
        """Return a page of all workflow definitions, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListWorkflowDefinitions.
        """
        with self._reading:
            return await queries.list_workflow_definitions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_pack(
        self, pack_id: int, /, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[WorkflowDefinition]:
        """Return a page of the workflow definitions of a pack, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListWorkflowDefinitionsByPack.
        """
        with self._reading:
            return await queries.list_workflow_definitions_by_pack(
                self._conn,
                pack=arguments.identifier(pack_id, "pack_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_pack_ref(
        self, pack_ref: str, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[WorkflowDefinition]:
        """Return a page of the workflow definitions of the pack with this ref, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListWorkflowDefinitionsByPackRef.
        """
        with self._reading:
            return await queries.list_workflow_definitions_by_pack_ref(
                self._conn,
                pack_ref=arguments.text(pack_ref, "pack_ref"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def count_by_pack_ref(self, pack_ref: str) -> int:
        """Return the number of workflow definitions of the pack with this ref.

        Query: CountWorkflowDefinitionsByPackRef.
        """
        with self._reading:
            return await queries.count_workflow_definitions_by_pack_ref(
                self._conn, pack_ref=arguments.text(pack_ref, "pack_ref")
            )

    async def find_enabled(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[WorkflowDefinition]:
        """Return a page of the enabled workflow definitions, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListEnabledWorkflowDefinitions.
        """
        with self._reading:
            return await queries.list_enabled_workflow_definitions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_tag(
        self, tag: str, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[WorkflowDefinition]:
        """Return a page of the workflow definitions with this tag, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListWorkflowDefinitionsByTag.
        """
        with self._reading:
            return await queries.list_workflow_definitions_by_tag(
                self._conn,
                tag=arguments.text(tag, "tag"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def search(
        self,
        text: str | None = None,
        *,
        pack_ref: str | None = None,
        tags: Iterable[str] = (),
        enabled: bool | None = None,
        limit: int | None = 1000,
        after: str | None = None,
    ) -> builtins.list[WorkflowDefinition]:
        """Return a page of the workflow definitions that meet all conditions, ordered by ref.

        `text` is contained in the ref, the label or the description: the search ignores case, and
        the text has no wildcards. `pack_ref` is the ref of the pack. `tags` must all be present.
        `enabled` is True or False. None, or no tags, is no condition. `limit` is the maximum number
        of rows, None for all. `after` is the ref of the last row of the previous page, None for the
        first page. Query: SearchWorkflowDefinitions.
        """
        with self._reading:
            return await queries.search_workflow_definitions(
                self._conn,
                text=arguments.optional_text(text, "text"),
                pack_ref=arguments.optional_text(pack_ref, "pack_ref"),
                tags=arguments.names(tags, "tags"),
                enabled=arguments.optional_boolean(enabled, "enabled"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def create(self, input: CreateWorkflowDefinitionInput, /) -> WorkflowDefinition:
        """Insert a workflow definition and return it.

        Raises AlreadyExistsError if the ref is taken, ForeignKeyError if the pack does not exist.
        Query: CreateWorkflowDefinition.
        """
        values = arguments.values(input, CreateWorkflowDefinitionInput)
        with self._translating(values):
            return await queries.create_workflow_definition(self._conn, **values)

    async def delete(self, id: int, /, *, with_runs: bool = False) -> bool:
        """Delete a workflow definition and return True, or return False if there is none.

        Raises ForeignKeyError (`still_referenced`) if an action runs it, or if it has run.
        `with_runs` unlinks the action and deletes the workflow executions with their tasks; the
        executions are kept. A run that starts meanwhile waits, and then fails with ForeignKeyError.
        Queries: DeleteWorkflowDefinition, GetWorkflowDefinitionForUpdate,
        DeleteWorkflowDefinitionWithRuns.
        """
        id = arguments.identifier(id)
        with self._translating({"id": id}, deleting=True):
            if not with_runs:
                return bool(await queries.delete_workflow_definition(self._conn, id=id))
            async with self._conn.transaction():
                # A separate statement, so that the one that deletes sees every run that was
                # started.
                await queries.get_workflow_definition_for_update(self._conn, id=id)
                return bool(await queries.delete_workflow_definition_with_runs(self._conn, id=id))

"""The action repository (queries/action.sql)."""

import builtins

from attune_queries import rows
from attune_queries.models import Action

from attune_store import _arguments as arguments
from attune_store._async.base import AsyncNamedRepository
from attune_store._async.queries import action as queries
from attune_store.inputs import CreateActionInput, UpdateActionInput


class AsyncActionRepository(AsyncNamedRepository[Action, UpdateActionInput]):
    """Finds, creates, changes and deletes actions."""

    _entity = "action"
    _row_factory = staticmethod(rows.action)
    _update_input = UpdateActionInput

    async def find_by_id(self, id: int, /) -> Action | None:
        """Return the action with this id, or None (GetAction)."""
        with self._reading:
            return await queries.get_action(self._conn, id=arguments.identifier(id))

    async def find_by_ref(self, ref: str) -> Action | None:
        """Return the action with this ref, or None (GetActionByRef)."""
        with self._reading:
            return await queries.get_action_by_ref(self._conn, ref=arguments.text(ref, "ref"))

    async def list(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of all actions, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListActions.
        """
        with self._reading:
            return await queries.list_actions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_pack(
        self, pack_id: int, /, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of the actions of a pack, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListActionsByPack.
        """
        with self._reading:
            return await queries.list_actions_by_pack(
                self._conn,
                pack=arguments.identifier(pack_id, "pack_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_runtime(
        self, runtime_id: int, /, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of the actions that use a runtime, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListActionsByRuntime.
        """
        with self._reading:
            return await queries.list_actions_by_runtime(
                self._conn,
                runtime=arguments.identifier(runtime_id, "runtime_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def search(
        self, text: str, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of the actions that contain a text, ordered by ref.

        The ref, the label and the description are searched, ignoring case. The text has no
        wildcards. `limit` is the maximum number of rows, None for all. `after` is the ref of the
        last row of the previous page, None for the first page. Query: SearchActions.
        """
        with self._reading:
            return await queries.search_actions(
                self._conn,
                text=arguments.text(text, "text"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_workflows(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of the actions that run a workflow, ordered by ref.

        `limit` is the maximum number of rows, None for all. `after` is the ref of the last row of
        the previous page, None for the first page. Query: ListWorkflowActions.
        """
        with self._reading:
            return await queries.list_workflow_actions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    async def find_by_workflow_def(self, workflow_def_id: int, /) -> Action | None:
        """Return the action that runs this workflow definition, or None.

        Query: GetActionByWorkflowDef.
        """
        with self._reading:
            return await queries.get_action_by_workflow_def(
                self._conn, workflow_def=arguments.identifier(workflow_def_id, "workflow_def_id")
            )

    async def create(self, input: CreateActionInput, /) -> Action:
        """Insert an action and return it.

        Raises AlreadyExistsError if the ref is taken, ForeignKeyError if the pack, the runtime or
        the workflow definition does not exist. Query: CreateAction.
        """
        values = arguments.values(input, CreateActionInput)
        with self._translating(values):
            return await queries.create_action(self._conn, **values)

    async def delete(self, id: int, /) -> bool:
        """Delete an action and return True, or return False if there is none.

        Its executions are kept. Query: DeleteAction.
        """
        with self._translating({"id": id}, deleting=True):
            return bool(await queries.delete_action(self._conn, id=arguments.identifier(id)))

    async def link_workflow_def(self, action_id: int, workflow_def_id: int, /) -> Action:
        """Let an action run a workflow definition, and return the action.

        Raises NotFoundError if there is no such action, ForeignKeyError if there is no such
        definition, AlreadyExistsError if another action runs it. Query: UpdateActionWorkflowDef.
        """
        return await self._set_workflow_def(
            action_id, arguments.identifier(workflow_def_id, "workflow_def_id")
        )

    async def unlink_workflow_def(self, action_id: int, /) -> Action:
        """Let an action run no workflow definition, and return the action.

        Raises NotFoundError if there is no such action. Query: UpdateActionWorkflowDef.
        """
        return await self._set_workflow_def(action_id, None)

    async def _set_workflow_def(self, action_id: int, workflow_def: int | None) -> Action:
        with self._translating({"workflow_def": workflow_def}):
            action = await queries.update_action_workflow_def(
                self._conn,
                id=arguments.identifier(action_id, "action_id"),
                workflow_def=workflow_def,
            )
        return self._found(action, "id", action_id)

"""The action repository (queries/action.sql)."""

import builtins

from attune_queries import rows
from attune_queries.models import Action

from attune_store import _arguments as arguments
from attune_store._sync.base import NamedRepository
from attune_store._sync.queries import action as queries
from attune_store.inputs import CreateActionInput, UpdateActionInput


class ActionRepository(NamedRepository[Action, UpdateActionInput]):
    """Finds, creates, changes and deletes actions."""

    _entity = "action"
    _row_factory = staticmethod(rows.action)
    _update_input = UpdateActionInput

    def find_by_id(self, id: int, /) -> Action | None:
        """Return the action with this id, or None (GetAction)."""
        with self._reading():
            return queries.get_action(self._conn, id=arguments.identifier(id))

    def find_by_ref(self, ref: str) -> Action | None:
        """Return the action with this ref, or None (GetActionByRef)."""
        with self._reading():
            return queries.get_action_by_ref(self._conn, ref=arguments.text(ref, "ref"))

    def list(self, *, limit: int | None = 1000, after: str | None = None) -> builtins.list[Action]:
        """Return a page of all actions, by ref (ListActions).

        `limit` is the maximum number of rows, None for no limit. `after` is the last ref of the
        page before, None for the first page.
        """
        with self._reading():
            return queries.list_actions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    def find_by_pack(
        self, pack_id: int, /, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of a pack's actions, by ref (ListActionsByPack).

        `limit` is the maximum number of rows, None for no limit. `after` is the last ref of the
        page before, None for the first page.
        """
        with self._reading():
            return queries.list_actions_by_pack(
                self._conn,
                pack=arguments.identifier(pack_id, "pack_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    def find_by_runtime(
        self, runtime_id: int, /, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of the actions that a runtime runs, by ref (ListActionsByRuntime).

        `limit` is the maximum number of rows, None for no limit. `after` is the last ref of the
        page before, None for the first page.
        """
        with self._reading():
            return queries.list_actions_by_runtime(
                self._conn,
                runtime=arguments.identifier(runtime_id, "runtime_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    def search(
        self, text: str, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of the actions whose ref, label or description contains the text, by ref.

        Case does not matter, and nothing in the text is a wildcard. `limit` is the maximum number
        of rows, None for no limit. `after` is the last ref of the page before, None for the first
        page (SearchActions).
        """
        with self._reading():
            return queries.search_actions(
                self._conn,
                text=arguments.text(text, "text"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    def find_workflows(
        self, *, limit: int | None = 1000, after: str | None = None
    ) -> builtins.list[Action]:
        """Return a page of the actions that run a workflow, by ref (ListWorkflowActions).

        `limit` is the maximum number of rows, None for no limit. `after` is the last ref of the
        page before, None for the first page.
        """
        with self._reading():
            return queries.list_workflow_actions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_text(after),
            )

    def find_by_workflow_def(self, workflow_def_id: int, /) -> Action | None:
        """Return the action that runs this workflow definition, or None.

        (GetActionByWorkflowDef)
        """
        with self._reading():
            return queries.get_action_by_workflow_def(
                self._conn, workflow_def=arguments.identifier(workflow_def_id, "workflow_def_id")
            )

    def create(self, input: CreateActionInput, /) -> Action:
        """Insert an action and return it (CreateAction).

        Raises AlreadyExistsError if the ref is taken, ForeignKeyError if the pack, the runtime or
        the workflow definition does not exist.
        """
        values = arguments.values(input, CreateActionInput)
        with self._translating(values):
            return queries.create_action(self._conn, **values)

    def delete(self, id: int, /) -> bool:
        """Delete an action (DeleteAction); False: there was none. Its executions stay."""
        with self._translating({"id": id}, deleting=True):
            return bool(queries.delete_action(self._conn, id=arguments.identifier(id)))

    def link_workflow_def(self, action_id: int, workflow_def_id: int, /) -> Action:
        """Make an action run a workflow definition (UpdateActionWorkflowDef).

        Raises NotFoundError if there is no such action, ForeignKeyError if there is no such
        definition, AlreadyExistsError if another action runs it.
        """
        return self._set_workflow_def(
            action_id, arguments.identifier(workflow_def_id, "workflow_def_id")
        )

    def unlink_workflow_def(self, action_id: int, /) -> Action:
        """Make an action run no workflow (UpdateActionWorkflowDef).

        Raises NotFoundError if there is no such action.
        """
        return self._set_workflow_def(action_id, None)

    def _set_workflow_def(self, action_id: int, workflow_def: int | None) -> Action:
        with self._translating({"workflow_def": workflow_def}):
            action = queries.update_action_workflow_def(
                self._conn,
                id=arguments.identifier(action_id, "action_id"),
                workflow_def=workflow_def,
            )
        return self._found(action, "id", action_id)

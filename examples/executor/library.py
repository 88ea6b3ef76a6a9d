"""Store packs, actions and workflow definitions. If they exist, only differences are changed."""

from pathlib import Path
from typing import Any

import yaml

from attune_store import (
    Action,
    CreateActionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    Pack,
    Repositories,
    UpdateActionInput,
    UpdatePackInput,
    UpdateWorkflowDefinitionInput,
    WorkflowDefinition,
)

from .definition import Part, WorkflowFile

_HEADER = WorkflowFile.model_fields.keys() - {"vars", "tasks", "output"}


class PackFile(Part):
    """A pack, and its actions by name."""

    ref: str
    label: str
    description: str | None = None
    version: str = "1.0.0"
    tags: list[str] = []
    is_standard: bool = False
    actions: dict[str, str] = {}


def read_packs(path: Path) -> list[PackFile]:
    """Read the packs of a YAML file, or none if there is no such file."""
    documents: list[Any] = yaml.safe_load(path.read_text()) if path.exists() else []
    return [PackFile.model_validate(document) for document in documents]


def read_workflow(path: Path) -> tuple[WorkflowFile, dict[str, Any]]:
    """Read and check a workflow file, and return its definition unchanged, too."""
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    workflow = WorkflowFile.model_validate(document)
    return workflow, {key: value for key, value in document.items() if key not in _HEADER}


def store_pack(tx: Repositories, file: PackFile) -> Pack:
    """Store a pack with its actions."""
    values = file.model_dump(exclude={"actions", "ref"})
    pack = tx.packs.find_by_ref(file.ref)
    if pack is None:
        pack = tx.packs.create(CreatePackInput(ref=file.ref, **values))
    else:
        pack = tx.packs.update(pack.id, UpdatePackInput(**values))
    for name, description in file.actions.items():
        store_action(tx, f"{file.ref}.{name}", description)
    return pack


def store_action(tx: Repositories, ref: str, description: str | None = None) -> Action:
    """Store an action, and its pack if it does not exist."""
    action = tx.actions.find_by_ref(ref)
    if action is not None:
        if description is None:
            return action
        return tx.actions.update(action.id, UpdateActionInput(description=description))
    pack_ref, _, name = ref.partition(".")
    label = name.replace("_", " ").capitalize()
    pack = _find_or_create_pack(tx, pack_ref)
    return tx.actions.create(
        CreateActionInput(
            ref=ref,
            pack=pack.id,
            pack_ref=pack.ref,
            label=label,
            description=description or label,
            entrypoint=f"actions/{name}.py",
        )
    )


def store_workflow(
    tx: Repositories, file: WorkflowFile, definition: dict[str, Any]
) -> WorkflowDefinition:
    """Store a workflow, its actions, and the action with its name that runs it."""
    values: dict[str, Any] = {
        "label": file.label,
        "description": file.description,
        "version": file.version,
        "param_schema": {"type": "object", "properties": file.parameters},
        "definition": definition,
        "tags": file.tags,
        "enabled": file.enabled,
    }
    stored = tx.workflow_definitions.find_by_ref(file.ref)
    if stored is None:
        pack = _find_or_create_pack(tx, file.pack_ref)
        stored = tx.workflow_definitions.create(
            CreateWorkflowDefinitionInput(ref=file.ref, pack=pack.id, pack_ref=pack.ref, **values)
        )
    else:
        update = UpdateWorkflowDefinitionInput(**values)
        stored = tx.workflow_definitions.update(stored.id, update)
    action = store_action(tx, file.ref, file.description or file.label)
    if action.workflow_def != stored.id:
        tx.actions.link_workflow_def(action.id, stored.id)
    for task in file.tasks.values():
        store_action(tx, task.action_ref)
    return stored


def _find_or_create_pack(tx: Repositories, ref: str) -> Pack:
    label = ref.replace("_", " ").capitalize()
    return tx.packs.find_by_ref(ref) or tx.packs.create(
        CreatePackInput(ref=ref, label=label, version="1.0.0")
    )

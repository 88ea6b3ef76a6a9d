"""The definition of a kind of work, and what all kinds share: the rows, the blocks, a pack as a trace."""

import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, LiteralString

from attune_store import (
    AsyncRepositories,
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    ExecutionStatus,
    Store,
)

from .faces import Face

COUNTER = "counter"


@dataclass(frozen=True)
class Scene:
    """The rows that all workers share."""

    pack: int
    counter: int
    definition: int
    runs: list[int]


def set_up(store: Store) -> Scene:
    """Create the rows that all workers share."""
    with store.transaction() as tx:
        pack = tx.packs.create(CreatePackInput(ref="shared", label="Shared", version="1.0.0"))
        counter = tx.packs.create(
            CreatePackInput(ref=COUNTER, label="Counter", version="1.0.0", config={"count": 0})
        )
        definition = tx.workflow_definitions.create(
            CreateWorkflowDefinitionInput(
                ref="shared.flow",
                pack=pack.id,
                pack_ref=pack.ref,
                label="Flow",
                version="1.0.0",
                definition={},
            )
        )
        runs: list[int] = []
        for _ in range(50):
            execution = tx.executions.create(
                CreateExecutionInput(action_ref="shared.flow", status=ExecutionStatus.RUNNING)
            )
            run = tx.workflow_executions.create(
                CreateWorkflowExecutionInput(
                    execution=execution.id, workflow_def=definition.id, task_graph={}
                )
            )
            runs.append(run.id)
    return Scene(pack.id, counter.id, definition.id, runs)


@dataclass(frozen=True)
class Attempt:
    """An attempt at some work: its key, and the rows that it may use."""

    key: str
    scene: Scene

    def run(self) -> int:
        """Return one of the shared runs, the same for the same key."""
        return random.Random(self.key).choice(self.scene.runs)


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    `block` does the work, as one attempt. `trace` returns whether a committed attempt has left its row. `keys` are
    the keys of this kind in the database, and `wrong` is what must not exist. Without `trace` it only reads, and
    its outcome is never unknown. `share` is its frequency, relative to other kinds.
    """

    name: str
    block: Callable[[Face, Callable[[AsyncRepositories], Coroutine[Any, Any, None]]], Any]
    work: Callable[[AsyncRepositories, Attempt], Coroutine[Any, Any, None]]
    trace: Callable[[AsyncRepositories, Attempt], Coroutine[Any, Any, bool]] | None = None
    keys: LiteralString | None = None
    wrong: LiteralString | None = None
    share: int = 20


async def autocommit(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    async with face.autocommit() as repos:
        await work(repos)


async def transaction(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    async with face.transaction() as tx:
        await work(tx)


async def run(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    await face.run(work)


# Packs: by their keys


async def create_pack(repos: AsyncRepositories, attempt: Attempt, **more: Any) -> None:
    await repos.packs.create(
        CreatePackInput(ref=attempt.key, label=attempt.key, version="1.0.0", **more)
    )


async def find_pack(repos: AsyncRepositories, attempt: Attempt) -> bool:
    return await repos.packs.find_by_ref(attempt.key) is not None

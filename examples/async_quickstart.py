"""Append to one workflow from many clients at once, without losing an update. Needs DATABASE_URL."""

import asyncio

from attune_store import (
    AsyncRepositories,
    AsyncStore,
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    Pack,
    UpdatePackInput,
    WorkflowDefinition,
    errors,
)


async def get_or_create_pack(tx: AsyncRepositories) -> Pack:
    """Return the pack, and create it if needed."""
    if pack := await tx.packs.find_by_ref("crowd"):
        return await tx.packs.update(pack.id, UpdatePackInput(tags=["example"]))
    return await tx.packs.create(CreatePackInput(ref="crowd", label="Crowd", version="1.0.0"))


async def get_or_create_workflow(tx: AsyncRepositories) -> WorkflowDefinition:
    """Return the workflow, and create it if needed."""
    if flow := await tx.workflow_definitions.find_by_ref("crowd.count"):
        return flow
    pack = await get_or_create_pack(tx)
    return await tx.workflow_definitions.create(
        CreateWorkflowDefinitionInput(
            ref="crowd.count",
            pack=pack.id,
            pack_ref=pack.ref,
            label="Count",
            version="1.0.0",
            definition={"tasks": {}},
        )
    )


async def append(store: AsyncStore, run_id: int, client: int) -> None:
    """Append five names and set one variable, each in a statement that commits by itself."""
    async with store.autocommit() as repos:
        for number in range(5):
            await repos.workflow_executions.append_tasks(run_id, current=[f"t{client}_{number}"])
        await repos.workflow_executions.merge_variables(run_id, {f"client_{client}": "done"})


async def main() -> None:
    """Run the example."""
    async with AsyncStore(max_size=8) as store:
        await store.migrate()
        async with store.transaction() as tx:
            flow = await get_or_create_workflow(tx)
            execution = await tx.executions.create(CreateExecutionInput(action_ref=flow.ref))
            run = await tx.workflow_executions.create(
                CreateWorkflowExecutionInput(
                    execution=execution.id, workflow_def=flow.id, task_graph=flow.definition
                )
            )
        await asyncio.gather(*(append(store, run.id, client) for client in range(8)))

        async with store.autocommit() as repos:
            run = await repos.workflow_executions.get_by_id(run.id)
            print(f"{len(run.current_tasks)} tasks, {len(run.variables)} variables")
            try:
                await repos.workflow_task_executions.get_by_id(0)
            except errors.NotFoundError as error:
                print(error)


if __name__ == "__main__":
    asyncio.run(main())

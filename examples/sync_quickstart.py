"""A workflow run from end to end: store it, claim it, carry it through. Needs DATABASE_URL."""

from attune_store import (
    CreateActionInput,
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Repositories,
    Store,
    TaskList,
    errors,
)


def install(tx: Repositories) -> None:
    """Store a pack with a workflow, and the action that runs it."""
    pack = tx.packs.create(CreatePackInput(ref="hello", label="Hello", version="1.0.0"))
    flow = tx.workflow_definitions.create(
        CreateWorkflowDefinitionInput(
            ref="hello.greet",
            pack=pack.id,
            pack_ref=pack.ref,
            label="Greet",
            version="1.0.0",
            definition={"tasks": {"greet": {"action": "hello.say"}}},
        )
    )
    action = tx.actions.create(
        CreateActionInput(
            ref="hello.greet",
            pack=pack.id,
            pack_ref=pack.ref,
            label="Greet",
            description="Says hello",
            entrypoint="workflow",
        )
    )
    tx.actions.link_workflow_def(action.id, flow.id)


def main() -> None:
    """Do it all."""
    with Store(max_size=2) as store:
        store.migrate()
        try:
            with store.transaction() as tx:
                install(tx)
        except errors.AlreadyExistsError:
            print("The pack is there already")

        with store.transaction() as tx:
            action = tx.actions.get_by_ref("hello.greet")
            wanted = tx.executions.create(
                CreateExecutionInput(action=action.id, action_ref=action.ref)
            )

        with store.transaction() as tx:
            if tx.executions.claim(wanted.id) is None:
                return  # Somebody else was first.
            flow = tx.workflow_definitions.get_by_ref("hello.greet")
            run = tx.workflow_executions.create(
                CreateWorkflowExecutionInput(
                    execution=wanted.id,
                    workflow_def=flow.id,
                    task_graph=flow.definition,
                    current_tasks=["greet"],
                    status=ExecutionStatus.RUNNING,
                )
            )
            child = tx.executions.create(
                CreateExecutionInput(action_ref="hello.say", parent=wanted.id)
            )
            task = tx.workflow_task_executions.create(
                CreateWorkflowTaskExecutionInput(
                    workflow_execution=run.id, execution=child.id, task_name="greet"
                )
            )
            tx.workflow_task_executions.start(task.id)

        with store.transaction() as tx:
            task = tx.workflow_task_executions.complete(task.id, result={"said": "hello"})
            tx.workflow_executions.merge_variables(run.id, {"greeting": task.result})
            tx.workflow_executions.move_tasks(run.id, ["greet"], to=TaskList.COMPLETED)
            run = tx.workflow_executions.transition(
                run.id, expected=ExecutionStatus.RUNNING, to=ExecutionStatus.COMPLETED
            )
            tx.executions.finish(wanted.id, to=ExecutionStatus.COMPLETED, result=run.variables)
        print(f"{flow.ref} is {run.status}: {run.completed_tasks}, {run.variables}")


if __name__ == "__main__":
    main()

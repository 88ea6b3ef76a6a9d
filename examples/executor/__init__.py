"""A small workflow executor on top of attune_store, to read and to copy.

    definition    the format of a workflow, and the graph that follows from one
    expressions   `{{ result.image }}` and `when: result.errors > 0`
    library       stores packs, actions and definitions
    engine        the steps of a workflow, each one transaction
    runs          what an engine reads from a run
    worker        a process that claims tasks, works at them, and sweeps
    processes     several of those
    simulation    what the simulated work takes and returns
    clock         simulated time
    audit         what must hold when all is done

Whoever asks for a run begins it: `Engine.start` creates the run and its first tasks. From then on
only tasks are claimed. The row of a task, or of an item, is created when its turn has come:

    the task is                       its row
    an action                         requested: any worker may claim it
    a workflow, or asks a person      running, held by nobody: its run, or the answer, ends it

A worker registers with a lease, and claims under its name. If it dies, or hangs for longer than
the lease, any other worker's sweep gives its tasks back. Each claim is a new attempt, and whoever
reports a result names the attempt: one that was given back is refused.
"""

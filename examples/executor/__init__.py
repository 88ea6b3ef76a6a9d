"""A small workflow executor on top of attune_store, to read and to copy.

    definition    the format of a workflow, and the decisions that follow from its graph
    expressions   `{{ result.image }}` and `when: result.errors > 0`
    library       stores packs, actions and definitions
    engine        the steps of a workflow, each one transaction
    flow          the effects of a change to a task
    runs          the parts of a run that an engine reads
    worker        a process that claims tasks, runs them, and sweeps
    processes     several workers
    simulation    the duration and the result of the simulated work
    clock         simulated time
    audit         what must hold when all is done

A run is begun by the caller who requests it: `Engine.start` creates the run and its first tasks. After
that, workers only claim tasks. The row of a task, or of an item, is created when its turn has come:

    the task is                       its row is
    an action                         requested: any worker can claim it
    a workflow, or asks a person      running without a worker: its run, or the answer, ends it

A worker registers with a lease, and claims with its id. If it dies, or hangs for longer than the lease,
the sweep of another worker releases its tasks. Each claim is a new attempt, and a result must name the
attempt: the result of an earlier attempt is refused.
"""

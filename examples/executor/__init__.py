"""A small workflow executor on top of attune_store, to read and to copy.

    definition    the format of a workflow, and the graph that follows from one
    expressions   `{{ result.image }}` and `when: result.errors > 0`
    library       stores packs, actions and definitions
    engine        every change of a workflow's state, each in one transaction
    worker        the loop of an executor process
    simulation    what the simulated work takes and returns
    clock         simulated time
    audit         what must hold when all is done

A task goes through these states; its execution says to the executors what the task's row says to
the workflow:

    the task is            its row      its execution
    waiting for its turn   requested    scheduling
    handed out             scheduled    requested       any executor may claim it
    claimed                scheduled    running
    running                running      running         its executor touches it again and again
    asking a person        running      scheduled
    awaiting a retry       failed       scheduling      (or timeout; `next_retry_at` is set)
    over                   terminal     terminal

An executor that dies leaves executions `running` that nobody touches any more. When another executor
has seen one unchanged for a while, it takes it up: the task waits for its turn again. Whoever
completes a task proves that it is still the attempt that it began, so that a slow executor that was
given up changes nothing.
"""

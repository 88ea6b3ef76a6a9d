"""The store under faults: `make soak`.

Worker processes, sync and async, use the real API for some minutes, directly, through a proxy that loses
answers, and through PgBouncer, some with a clock that is an hour off. Meanwhile connections are cut, all
connections of the server are taken, and the server is restarted and killed. Each attempt has a key, which
it writes to the database, so that the outcome that was reported to its worker can be checked.

    server      a PostgreSQL that is stopped, killed and started
    proxy       loses requests and answers on the way to the server
    faults      the faults, one after another
    kinds       the kinds of work: to add one, write a function and list it in KINDS
    faces       both twins, with one interface
    worker      a worker process
    crew        all worker processes
    clock       processes with a wrong clock
    ledger      the outcomes of attempts, as they were reported to workers
    audit       compares the ledgers with the database
    flows       workflows that the executor of the examples runs, and what must hold afterwards
    flow_worker a process that runs workflows
"""

import sys
from pathlib import Path

from .clock import repair_sleep

# Import the executor of the examples as their programs do.
sys.path.append(str(Path(__file__).parents[2] / "examples"))

repair_sleep()  # before any import of it

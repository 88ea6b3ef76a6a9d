"""The store under faults: `make soak`.

Worker processes, sync and async, work on the real API for some minutes, directly, through a proxy
that loses answers, through PgBouncer, some by a clock that is an hour off. Meanwhile connections are
cut, all that the server has are taken, and the server is restarted and killed. Each attempt has a key
of its own and leaves it in the database, so that what each worker was told can be held against it.

    server      a PostgreSQL that is stopped, killed and started
    proxy       loses questions and answers on the way to the server
    faults      what happens to the workers, one fault after the other
    kinds       what workers do: plain functions; a new kind is one more entry in KINDS
    faces       both twins, called in the same way
    worker      a worker process
    crew        all of them
    clock       processes whose clock is off
    ledger      what each attempt came to, as its worker was told
    audit       the ledgers beside the database
    flows       workflows that the executor of the examples carries on, and what must hold then
    flow_worker a process that does
"""

import sys
from pathlib import Path

from .clock import repair_sleep

# The executor of the examples is imported as their programs do.
sys.path.append(str(Path(__file__).parents[2] / "examples"))

repair_sleep()  # Before anybody imports it.

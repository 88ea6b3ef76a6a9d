"""The faults. To add one, write a function and list it in FAULTS."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import psycopg

from .crew import Crew
from .flows import Flows
from .server import CONNECTIONS, ROLE, Server


@dataclass(frozen=True)
class Stage:
    """What a fault can change."""

    server: Server
    crew: Crew
    flows: Flows
    chance: random.Random


def cut(stage: Stage) -> None:
    """Cut all connections of the workers."""
    with psycopg.connect(stage.server.admin, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", (ROLE,)
        )


def storm(stage: Stage) -> None:
    """Take all connections of the server, and cut those of the workers, again and again."""
    with ExitStack() as stack:
        for _ in range(3):
            with contextlib.suppress(psycopg.OperationalError):
                for _ in range(CONNECTIONS):
                    stack.enter_context(psycopg.connect(stage.server.conninfo))
            time.sleep(0.5)
            with psycopg.connect(stage.server.admin, autocommit=True) as conn:
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE usename = %s AND query <> ''",
                    (ROLE,),
                )


def restart_fast(stage: Stage) -> None:
    """Stop the server like an operator, and start it again."""
    stage.server.restart("fast")


def restart_immediate(stage: Stage) -> None:
    """Stop the server without ending its sessions, and start it again."""
    stage.server.restart("immediate")


def kill(stage: Stage) -> None:
    """Kill the postmaster, and start it again."""
    stage.server.kill()


def kill_worker(stage: Stage) -> None:
    """Kill a worker process, and start another one."""
    stage.chance.choice(stage.crew.workers).kill()


def kill_flow(stage: Stage) -> None:
    """Kill a process that runs workflows, and start another one."""
    stage.flows.choose(stage.chance).kill()


def oversleep(stage: Stage) -> None:
    """Stop a process that runs workflows for longer than its lease."""
    stage.flows.choose(stage.chance).oversleep()


Fault = Callable[[Stage], None]

FAULTS: tuple[Fault, ...] = (
    cut,
    storm,
    restart_fast,
    restart_immediate,
    kill,
    kill_worker,
    kill_flow,
    oversleep,
)


def in_turn(chance: random.Random) -> Iterator[Fault]:
    """Yield all faults in a random order, and then in another one."""
    while True:
        yield from chance.sample(FAULTS, len(FAULTS))

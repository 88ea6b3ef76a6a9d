"""Run the soak: python -m tests.soak --seconds 300 --seed 7."""

import argparse
import logging
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import psycopg

from attune_store import Store
from tests.pooler import MODES, pooler

from . import faults, flows, kind
from .audit import audit
from .crew import Crew, Post
from .flows import Flows
from .ledger import Outcome
from .proxy import Proxy, by_chance
from .server import Server, temporary_server

HEALED = 5
"""The number of commits of each worker that show that its pool works again."""


def main() -> int:
    """Run the soak, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.seconds:g} s", flush=True)
    logging.getLogger("psycopg").addHandler(logging.NullHandler())  # The faults are expected.
    signal.signal(
        signal.SIGTERM, lambda *_: sys.exit(143)
    )  # Everything that was started has ended.
    findings = soak(options.seconds, options.seed)
    for finding in findings:
        print(f"WRONG: {finding}")
    again = f"make soak SECONDS={options.seconds:g} SEED={options.seed}"
    print(f"failed; again: {again}" if findings else "nothing lost, nothing wrong")
    return 1 if findings else 0


def soak(seconds: float, seed: int) -> list[str]:
    """Let workers run under faults, and return what is wrong afterwards."""
    with ExitStack() as stack:
        server = stack.enter_context(temporary_server())
        store = Store(server.conninfo)
        store.migrate()
        with store:
            scene = kind.set_up(store)
        proxy = stack.enter_context(Proxy(by_chance(seed)))
        pools = {mode: stack.enter_context(pooler(server.conninfo, mode)) for mode in MODES}
        posts = _posts(server, pools, proxy)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="attune-soak-")))
        crew = stack.enter_context(Crew(posts, folder, seed, scene))
        carried = stack.enter_context(_flows(server, proxy, folder, seed))
        started = time.monotonic()
        findings = _torment(faults.Stage(server, crew, carried, random.Random(seed)), seconds)
        findings += crew.stop()
        _report(crew, proxy, time.monotonic() - started)
        findings += carried.finish()
        with psycopg.connect(carried.conninfo) as conn:
            print("\n".join(carried.report(conn, time.monotonic() - started)))
            findings += carried.audit(conn)
        entries = [entry for worker in crew.workers for entry in worker.entries]
        findings += [f"{e.key}: {e.detail}" for e in entries if e.outcome is Outcome.WRONG]
        with psycopg.connect(server.admin) as conn:
            findings += audit(conn, entries)
    return list(dict.fromkeys(findings))


def _posts(server: Server, pools: dict[str, str], proxy: Proxy) -> list[Post]:
    """Return each route for both twins. The clocks of some are wrong."""
    by_transaction, by_session = pools["transaction"], pools["session"]
    losing, losing_before_pooler = proxy.before(server.conninfo), proxy.before(by_transaction)
    return [
        Post("a", False, "direct", server.conninfo, 0),
        Post("b", True, "direct", server.conninfo, 1),
        Post("c", False, "proxy", losing, 1),
        Post("d", True, "proxy", losing, -1),
        Post("e", False, "proxy and pooler", losing_before_pooler, -1),
        Post("f", True, "pooler", by_transaction, 0),
        Post("g", False, "pooler by session", by_session, 0),
    ]


def _flows(server: Server, proxy: Proxy, folder: Path, seed: int) -> Flows:
    """Return workflows, in a separate database, because workers claim any task that they find."""
    conninfo = server.beside("flows")
    with Store(conninfo) as store:
        store.migrate()
        flows.set_up(store)
    losing = proxy.before(conninfo)
    return Flows(conninfo, [conninfo, losing, losing], folder, seed)


def _torment(stage: faults.Stage, seconds: float) -> list[str]:
    """Cause one fault after another, each at least once. After each one all workers must recover."""
    ends = time.monotonic() + seconds
    crew, chance = stage.crew, stage.chance
    findings = crew.wait_until_all_commit(HEALED)
    for number, fault in enumerate(faults.in_turn(chance)):
        if findings or (number >= len(faults.FAULTS) and time.monotonic() > ends):
            break
        time.sleep(chance.uniform(1, 4))
        begun = time.monotonic()
        fault(stage)
        done = time.monotonic()
        findings = crew.wait_until_all_commit(HEALED) + stage.flows.failures()
        healed = time.monotonic() - done
        print(
            f"{fault.__name__:18}{done - begun:5.1f} s, all commit after {healed:4.1f} s",
            flush=True,
        )
    return findings


def _report(crew: Crew, proxy: Proxy, seconds: float) -> None:
    total: Counter[Outcome] = Counter()
    for worker in crew.workers:
        total += worker.outcomes
        rate = worker.outcomes[Outcome.COMMITTED] / seconds
        print(f"{worker.post!s:36} {rate:7.1f} transactions a second")
    print(f"{'all':36} {total[Outcome.COMMITTED] / seconds:7.1f}")
    print(
        ", ".join(
            f"{outcome} {total[outcome]}" for outcome in Outcome if outcome is not Outcome.BEGUN
        )
    )
    print("lost by the proxy:", ", ".join(f"{what} {n}" for what, n in sorted(proxy.lost.items())))
    reasons = Counter(
        entry.detail.partition(":")[0]
        for worker in crew.workers
        for entry in worker.entries
        if entry.outcome in (Outcome.REFUSED, Outcome.UNKNOWN)
    )
    for reason, number in reasons.most_common():
        print(f"  {number:6} {reason}")


if __name__ == "__main__":
    sys.exit(main())

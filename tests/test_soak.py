"""The soak can fail: its proxy loses messages, and its audit finds what contradicts the ledgers."""

from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from executor.clock import Clock

from attune_store import AsyncRepositories, AsyncStore, CreatePackInput, Store, errors
from tests.soak.audit import audit
from tests.soak.faces import SyncFace, finish
from tests.soak.flows import Flows, Process
from tests.soak.flows import set_up as set_up_flows
from tests.soak.kind import Attempt, Kind, Scene, set_up
from tests.soak.kinds import KINDS
from tests.soak.ledger import Entry, Ledger, Outcome, Reader
from tests.soak.proxy import Proxy
from tests.test_store import done, entered
from tests.waiting import until

pytestmark = pytest.mark.slow

PACK = CreatePackInput(ref="deploy", label="L", version="1.0.0")


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


# The proxy


@pytest.mark.parametrize(
    ("lost", "block", "is_there"),
    [
        ("answer to COMMIT", "transaction", True),
        ("COMMIT not sent", "transaction", False),
        ("answer to statement", "autocommit", True),
        ("statement not sent", "autocommit", False),
    ],
)
async def test_a_lost_answer_has_an_unknown_outcome(
    database_url: str, store_class: Any, lost: str, block: str, *, is_there: bool
) -> None:
    losing: list[str] = []
    with Proxy(lambda _, what: what in losing) as proxy:
        async with entered(store_class(proxy.before(database_url), max_size=1)) as store:
            with pytest.raises(errors.UnavailableError) as failure:
                async with entered(getattr(store, block)()) as repos:
                    losing.append(lost)
                    await done(repos.packs.create(PACK))
            losing.clear()
            assert failure.value.outcome_unknown and not failure.value.retryable
            async with entered(store.autocommit()) as repos:
                assert (await done(repos.packs.find_by_ref("deploy")) is not None) == is_there
        assert proxy.lost == {lost: 1}


@pytest.mark.parametrize("lost", ["answer to statement", "statement not sent"])
async def test_a_loss_before_commit_is_retryable(
    database_url: str, store_class: Any, lost: str
) -> None:
    losing = [lost]

    def loses(_: float, what: str) -> bool:
        return bool(attempts) and what in losing and losing.pop() == lost

    attempts: list[int] = []
    with Proxy(loses) as proxy:
        async with entered(store_class(proxy.before(database_url), max_size=1)) as store:

            def work(tx: Any) -> Any:
                attempts.append(1)
                return tx.packs.create(PACK)

            assert (await done(store.run(work))).ref == "deploy"
    assert len(attempts) == 2


@pytest.mark.parametrize(
    ("method", "lost"), [("migrate", 1), ("migrate", 2), ("check", 1), ("check", 9)]
)
async def test_a_lost_read_is_always_retryable(
    database_url: str, store_class: Any, method: str, lost: int
) -> None:
    asked = count()
    with Proxy(lambda _, what: what == "answer to statement" and next(asked) == lost) as proxy:
        store = store_class(proxy.before(database_url))
        with pytest.raises(errors.UnavailableError) as failure:
            await done(getattr(store, method)())
        assert failure.value.retryable and not failure.value.outcome_unknown
        assert await done(getattr(store, method)()) == []


# The audit


@pytest.fixture
def scene(database_url: str) -> Scene:
    with Store(database_url, max_size=1) as store:
        return set_up(store)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as conn:
        yield conn


async def _work(kind: Kind, attempt: Attempt, tx: AsyncRepositories) -> None:
    await kind.work(tx, attempt)


def work_all(database_url: str, scene: Scene, suffix: str = "1") -> list[Entry]:
    """Do each kind of work once, and return the ledger entries."""
    entries: list[Entry] = []
    with Store(database_url, max_size=1) as store:
        for kind in KINDS:
            attempt = Attempt(f"{kind.name}-{suffix}", scene)
            finish(kind.block(SyncFace(store), partial(_work, kind, attempt)))
            entries.append(Entry(kind.name, attempt.key, Outcome.COMMITTED))
            if kind.trace is not None:
                assert finish(_is_traced(SyncFace(store), kind, attempt))
    return entries


async def _is_traced(face: SyncFace, kind: Kind, attempt: Attempt) -> bool:
    assert kind.trace is not None
    async with face.autocommit() as repos:
        other = Attempt(f"{attempt.key}-not", attempt.scene)
        return await kind.trace(repos, attempt) and not await kind.trace(repos, other)


def test_the_audit_accepts_correct_entries(
    database_url: str, scene: Scene, conn: psycopg.Connection
) -> None:
    entries = work_all(database_url, scene) + work_all(database_url, scene, "2")
    assert audit(conn, entries) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.keys], ids=lambda kind: kind.name)
def test_the_audit_finds_wrong_entries(
    database_url: str, scene: Scene, conn: psycopg.Connection, kind: Any
) -> None:
    entries = work_all(database_url, scene)
    key = f"{kind.name}-1"
    others = [entry for entry in entries if entry.key != key]
    assert audit(conn, others) == [f"{key} is there, and no worker knows of it"]
    for outcome, words in (
        (Outcome.REFUSED, "refused, and called retryable"),
        (Outcome.ABSENT, "not found after an unknown outcome"),
    ):
        told = Entry(kind.name, key, outcome, "57P01")
        assert audit(conn, [*others, told]) == [f"{key} was {words} (57P01), and is there"]
    unknown = [*entries, Entry(kind.name, key, Outcome.UNKNOWN)]
    assert audit(conn, unknown) == [f"{key} was never resolved"]
    killed = [Entry(kind.name, each, Outcome.BEGUN) for each in (key, "lost-1")]
    assert audit(conn, [*others, *killed]) == []
    for outcome in (Outcome.COMMITTED, Outcome.FOUND):
        (finding,) = audit(conn, [*entries, Entry(kind.name, "lost-1", outcome)])
        assert finding.startswith("lost-1 was ") and finding.endswith("is there 0 times")


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("merge", "UPDATE attune.workflow_execution SET skipped_tasks = '{}'"),
        ("request", "DELETE FROM attune.execution WHERE config ->> 'number' = '1'"),
        (
            "claim",
            "UPDATE attune.execution SET result = '{}' WHERE action_ref = 'shared.claimed'",
        ),
        (
            "claim",
            "UPDATE attune.pack SET meta = '{\"claimed\": []}' WHERE ref = 'claim-1'",
        ),
        (
            "flow",
            "UPDATE attune.workflow_task_execution SET next_retry_at = next_retry_at + interval '1 hour'",
        ),
        (
            "flow",
            "UPDATE attune.workflow_task_execution SET result = '{}' WHERE result IS NOT NULL",
        ),
        ("count", "UPDATE attune.pack SET config = '{\"count\": 0}' WHERE ref = 'counter'"),
    ],
)
def test_the_audit_finds_half_of_a_transaction(
    database_url: str, scene: Scene, conn: psycopg.Connection, kind: str, broken: str
) -> None:
    entries = work_all(database_url, scene)
    assert conn.execute(broken.encode()).rowcount > 0
    assert any(finding.startswith(f"{kind}: ") for finding in audit(conn, entries))


def test_a_ledger_is_read_as_it_grows(tmp_path: Path) -> None:
    ledger, reader = Ledger(tmp_path / "ledger"), Reader(tmp_path / "ledger")
    assert list(reader.new()) == []
    ledger.note("create", "create-1", Outcome.UNKNOWN, "cut\noff")
    assert list(reader.new()) == [Entry("create", "create-1", Outcome.UNKNOWN, "cut\noff")]
    ledger.note("create", "create-1", Outcome.FOUND)
    with (tmp_path / "ledger").open("ab") as file:
        file.write(b'["create", "half')
    assert list(reader.new()) == [Entry("create", "create-1", Outcome.FOUND)]
    assert list(reader.new()) == []


# Workflows


def spoilt(conn: psycopg.Connection, flows: Flows, *statements: str) -> list[str]:
    """Return the findings of the audit after these statements, which are then rolled back."""
    with conn.transaction(force_rollback=True):
        for statement in statements:
            assert conn.execute(statement.encode()).rowcount > 0
        return flows.audit(conn)


def test_workflows_end_although_workers_are_lost(
    database_url: str, conn: psycopg.Connection, tmp_path: Path
) -> None:
    with Store(database_url, max_size=1) as store:
        set_up_flows(store)
    ended = "SELECT count(*) FROM attune.workflow_execution WHERE attune.is_terminal(status)"
    with Flows(database_url, [database_url] * 2, tmp_path, seed=1) as flows:
        until(lambda: conn.execute(ended).fetchone() != (0,))
        flows.choose(Random(1)).kill()
        flows.choose(Random(2)).oversleep()
        assert flows.finish() == []
    assert flows.audit(conn) == []
    rate, seen, refused = flows.report(conn, 1)
    assert rate.endswith(" tasks a second") and "tasks completed" in seen
    assert refused.startswith("late results refused: ")

    effect = "ref = (SELECT max(ref) FROM attune.pack WHERE ref LIKE 'done-%')"
    lost = spoilt(conn, flows, f"DELETE FROM attune.pack WHERE {effect}")
    assert len(lost) == 1 and lost[0].endswith(": none")
    late = spoilt(conn, flows, f"UPDATE attune.pack SET label = '99' WHERE {effect}")
    assert len(late) == 1 and late[0].endswith(": 99")
    strange = "UPDATE attune.pack SET ref = 'done-0' WHERE ref = 'test'"
    assert spoilt(conn, flows, strange) == ["effects of task done-0: Test"]
    for table in ("workflow_task_execution", "execution", "workflow_execution"):
        stuck = f"UPDATE attune.{table} SET status = 'running' WHERE id IN (SELECT min(id) FROM attune.{table})"
        assert any("running" in finding for finding in spoilt(conn, flows, stuck)), table


def test_a_worker_that_ends_by_itself_is_reported(tmp_path: Path) -> None:
    process = Process("flow1", "nonsense", tmp_path, 1, Clock())
    process.start()
    failure = until(process.failure)
    assert failure.startswith("flow1 ended with 1:") and "Traceback" in failure

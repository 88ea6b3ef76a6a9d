"""Tests of the service with the pytest plugin of attune-store. Each test has its own database."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from attune_store import AsyncStore, ExecutionStatus, Store, UpdateWorkflowExecutionInput
from attune_store.testing import make_pack, make_workflow_definition, make_workflow_execution

from . import app as service


@pytest.fixture
def client(attune_conninfo: str) -> Iterator[TestClient]:
    """Yield a client of the application, on the database of `attune_db`."""
    with TestClient(service.create_app(AsyncStore(attune_conninfo, min_size=1))) as client:
        yield client


def test_pages_follow_each_other(client: TestClient, attune_db: Store) -> None:
    with attune_db.transaction() as tx:
        for ref in ("cc", "aa", "bb"):
            make_pack(tx, ref=ref)
    pages: list[list[str]] = []
    after: str | None = ""
    while after is not None:
        page = client.get("/packs", params={"limit": 2, "after": after}).json()
        pages.append([pack["ref"] for pack in page["items"]])
        after = page["after"]
    assert pages == [["aa", "bb"], ["cc"]]


def test_create_and_get(client: TestClient) -> None:
    pack = {"ref": "core", "label": "Core", "version": "1.0.0"}
    created = client.post("/packs", json=pack)
    assert created.status_code == 201
    assert client.get("/packs/core").json() == created.json()
    again = client.post("/packs", json=pack)
    assert (again.status_code, again.json()["error"]) == (
        409,
        "pack with ref='core' already exists",
    )
    assert client.post("/packs", json=pack | {"version": "one"}).status_code == 422


def test_what_is_not_there(client: TestClient) -> None:
    answer = client.get("/packs/nothing")
    assert answer.status_code == 404
    assert answer.json() == {"error": "pack with ref='nothing' does not exist"}
    assert client.get("/runs/0/events").status_code == 404


@pytest.mark.parametrize(
    ("body", "description"),
    [({}, "old"), ({"description": None}, None), ({"description": "new"}, "new")],
)
def test_patch_has_three_states(
    client: TestClient, attune_db: Store, body: dict[str, Any], description: str | None
) -> None:
    with attune_db.transaction() as tx:
        make_pack(tx, ref="core", description="old")
    changed = client.patch("/packs/core", json=body)
    assert changed.json()["description"] == description
    assert client.get("/packs/core").json() == changed.json()


def test_patch_refuses_to_overwrite(client: TestClient, attune_db: Store) -> None:
    with attune_db.transaction() as tx:
        seen = make_pack(tx, ref="core").updated.isoformat()
    for status in (200, 409):
        answer = client.patch(
            "/packs/core", params={"expected_updated": seen}, json={"label": f"Core {status}"}
        )
        assert answer.status_code == status


def test_delete(client: TestClient, attune_db: Store) -> None:
    with attune_db.transaction() as tx:
        pack = make_pack(tx, ref="core")
        definition = make_workflow_definition(tx, pack=pack)
        run = make_workflow_execution(tx, workflow_def=definition.id)
    assert client.delete("/packs/core").status_code == 409
    with attune_db.transaction() as tx:
        tx.workflow_executions.delete(run.id)
    assert client.delete("/packs/core").status_code == 204
    assert client.get("/packs/core").status_code == 404


def test_the_events_of_a_run(
    client: TestClient, attune_db: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with attune_db.transaction() as tx:
        run = make_workflow_execution(tx, status=ExecutionStatus.RUNNING)
    ends = UpdateWorkflowExecutionInput(status=ExecutionStatus.COMPLETED)

    async def end_it(_: float) -> None:
        with attune_db.transaction() as tx:
            tx.workflow_executions.update(run.id, ends)

    monkeypatch.setattr(service, "sleep", end_it)
    lines = client.get(f"/runs/{run.id}/events").text.splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data")]
    assert [event["status"] for event in events] == ["running", "completed"]


def test_ready(client: TestClient, attune_db: Store) -> None:
    assert client.get("/ready").status_code == 204
    with attune_db.autocommit() as repos:
        repos.connection.execute("DROP TABLE attune.worker CASCADE")
    assert client.get("/ready").status_code == 503

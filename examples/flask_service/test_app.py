"""Tests of the service with the pytest plugin of attune-store. Each test has its own database."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from attune_store import ExecutionStatus, Store, UpdateWorkflowExecutionInput
from attune_store.testing import make_pack, make_workflow_execution

from . import app as service


@pytest.fixture
def client(attune_db: Store) -> FlaskClient:
    """Return a client of the application, on the store of the test."""
    return service.create_app(attune_db).test_client()


def test_pages_follow_each_other(client: FlaskClient, attune_db: Store) -> None:
    with attune_db.transaction() as tx:
        for ref in ("cc", "aa", "bb"):
            make_pack(tx, ref=ref)
    first = client.get("/packs?limit=2").json
    assert first is not None
    assert ([pack["ref"] for pack in first["items"]], first["after"]) == (["aa", "bb"], "bb")
    last = client.get("/packs?limit=2&after=bb").json
    assert last is not None
    assert ([pack["ref"] for pack in last["items"]], last["after"]) == (["cc"], None)


def test_create_and_get(client: FlaskClient) -> None:
    pack = {"ref": "core", "label": "Core", "version": "1.0.0"}
    created = client.post("/packs", json=pack)
    assert created.status_code == 201
    assert client.get("/packs/core").json == created.json
    again = client.post("/packs", json=pack)
    assert again.status_code == 409
    assert again.json == {"error": "pack with ref='core' already exists"}
    assert client.post("/packs", json=pack | {"version": "one"}).status_code == 422


def test_what_is_not_there(client: FlaskClient) -> None:
    assert client.get("/packs/nothing").status_code == 404
    assert client.get("/runs/0/events").status_code == 404


@pytest.mark.parametrize(
    ("body", "description"),
    [({}, "old"), ({"description": None}, None), ({"description": "new"}, "new")],
)
def test_patch_has_three_states(
    client: FlaskClient, attune_db: Store, body: dict[str, Any], description: str | None
) -> None:
    with attune_db.transaction() as tx:
        make_pack(tx, ref="core", description="old")
    changed = client.patch("/packs/core", json=body).json
    assert changed is not None and changed["description"] == description
    assert client.get("/packs/core").json == changed


def test_the_events_of_a_run(
    client: FlaskClient, attune_db: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with attune_db.transaction() as tx:
        run = make_workflow_execution(tx, status=ExecutionStatus.RUNNING)
    ends = UpdateWorkflowExecutionInput(status=ExecutionStatus.COMPLETED)

    def end_it(_: float) -> None:
        with attune_db.transaction() as tx:
            tx.workflow_executions.update(run.id, ends)

    monkeypatch.setattr(service, "sleep", end_it)
    lines = client.get(f"/runs/{run.id}/events").text.splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line]
    assert [event["status"] for event in events] == ["running", "completed"]


def test_ready(client: FlaskClient, attune_db: Store) -> None:
    assert client.get("/ready").status_code == 204
    with attune_db.autocommit() as repos:
        repos.connection.execute("DROP TABLE attune.worker CASCADE")
    assert client.get("/ready").status_code == 503

"""Packs and runs over HTTP, on the database of DATABASE_URL.

Run it with `flask --app flask_service.app run`. Each worker process needs its own store: do not use
gunicorn's `--preload`.
"""

import json
from collections.abc import Iterator
from time import sleep

from flask import Blueprint, Flask, Response, current_app, request
from pydantic import BaseModel, TypeAdapter, ValidationError

from attune_store import (
    CreatePackInput,
    Pack,
    Store,
    UpdatePackInput,
    WorkflowExecution,
    errors,
)

# Any other StoreError is a 500.
STATUSES: dict[type[errors.StoreError], int] = {
    errors.NotFoundError: 404,
    errors.AlreadyExistsError: 409,
    errors.ConflictError: 409,
    errors.ForeignKeyError: 409,
    errors.ValidationError: 422,
    errors.SchemaDriftError: 503,
    errors.UnavailableError: 503,
}
PACKS = TypeAdapter(list[Pack])

routes = Blueprint("service", __name__)


def create_app(store: Store | None = None) -> Flask:
    """Create the application on an open store. Without one it opens its own."""
    if store is None:
        store = Store()
        store.open()
    app = Flask(__name__)
    app.extensions["store"] = store
    app.register_blueprint(routes)
    return app


def get_store() -> Store:
    """Return the store of this application."""
    store: Store = current_app.extensions["store"]
    return store


def as_json(row: BaseModel, status: int = 200) -> Response:
    """Answer with a row."""
    return Response(row.model_dump_json(), status, mimetype="application/json")


@routes.errorhandler(errors.StoreError)
def answer_error(error: errors.StoreError) -> tuple[dict[str, str], int]:
    """Answer with the status and the message of the error."""
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 500)
    return {"error": str(error)}, status


@routes.errorhandler(ValidationError)
def answer_invalid(error: ValidationError) -> Response:
    """Answer with the errors in the body."""
    return Response(error.json(include_url=False), 422, mimetype="application/json")


@routes.get("/packs")
def list_packs() -> Response:
    """List packs by ref; `after` is the last ref of the previous page."""
    limit = min(max(request.args.get("limit", 20, type=int), 1), 100)
    with get_store().autocommit() as repos:
        packs = repos.packs.list(limit=limit, after=request.args.get("after"))
    after = packs[-1].ref if len(packs) == limit else None
    page = {"items": PACKS.dump_python(packs, mode="json"), "after": after}
    return Response(json.dumps(page), mimetype="application/json")


@routes.post("/packs")
def create_pack() -> Response:
    """Create a pack; 409 if its ref is taken."""
    pack = CreatePackInput.model_validate_json(request.data)
    with get_store().transaction() as tx:
        return as_json(tx.packs.create(pack), 201)


@routes.get("/packs/<ref>")
def get_pack(ref: str) -> Response:
    """Get one pack."""
    with get_store().autocommit() as repos:
        return as_json(repos.packs.get_by_ref(ref))


@routes.patch("/packs/<ref>")
def update_pack(ref: str) -> Response:
    """Change the fields in the body. Null sets a field to NULL, an absent field keeps its value."""
    changes = UpdatePackInput.model_validate_json(request.data)
    with get_store().transaction() as tx:
        pack = tx.packs.get_by_ref(ref)
        return as_json(tx.packs.update(pack.id, changes))


@routes.get("/runs/<int:id>/events")
def follow_run(id: int) -> Response:
    """Send the run as an event at once and after each change, until it has ended."""
    store = get_store()
    with store.autocommit() as repos:
        run = repos.workflow_executions.get_by_id(id)
    return Response(events(store, run), mimetype="text/event-stream")


def events(store: Store, run: WorkflowExecution) -> Iterator[str]:
    """Yield the states of the run. No connection is held while nothing changes."""
    yield f"data: {run.model_dump_json()}\n\n"
    while not run.status.is_terminal:
        sleep(1)
        with store.autocommit() as repos:
            now = repos.workflow_executions.get_by_id(run.id)
        if now.updated != run.updated:
            run = now
            yield f"data: {run.model_dump_json()}\n\n"


@routes.get("/ready")
def is_ready() -> tuple[str, int]:
    """Answer 200 while the database can be reached and has the schema of the code."""
    get_store().check(severity="breaking")
    return "", 204

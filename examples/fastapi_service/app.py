"""Packs and runs over HTTP, on the database of DATABASE_URL.

Run it with `uvicorn --factory fastapi_service.app:create_app`.
"""

from asyncio import sleep
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse
from pydantic import BaseModel

from attune_store import (
    AsyncRepositories,
    AsyncStore,
    CreatePackInput,
    Pack,
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


class Page(BaseModel):
    """A page of packs, and the `after` of the next page."""

    items: list[Pack]
    after: str | None


def get_store(request: Request) -> AsyncStore:
    """Return the store of this application."""
    store: AsyncStore = request.app.state.store
    return store


StoreOfApp = Annotated[AsyncStore, Depends(get_store)]


async def begin(store: StoreOfApp) -> AsyncGenerator[AsyncRepositories]:
    """Give the request a transaction, committed before the response is sent."""
    async with store.transaction() as tx:
        yield tx


Transaction = Annotated[AsyncRepositories, Depends(begin, scope="function")]


async def find_run(id: int, tx: Transaction) -> WorkflowExecution:
    """Return the run, or answer 404 before anything is sent."""
    return await tx.workflow_executions.get_by_id(id)


def create_app(store: AsyncStore | None = None) -> FastAPI:
    """Create the application on a store, which it opens and closes."""
    store = store or AsyncStore()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with store:
            yield

    app = FastAPI(lifespan=lifespan)
    app.state.store = store
    app.add_exception_handler(errors.StoreError, answer_error)
    app.get("/packs")(list_packs)
    app.post("/packs", status_code=201)(create_pack)
    app.get("/packs/{ref}")(get_pack)
    app.patch("/packs/{ref}")(update_pack)
    app.delete("/packs/{ref}", status_code=204)(delete_pack)
    app.get("/runs/{id}/events", response_class=EventSourceResponse)(follow_run)
    app.get("/ready", status_code=204)(is_ready)
    return app


async def answer_error(_: Request, error: Exception) -> Response:
    """Answer with the status and the message of the error."""
    status = next((code for kind, code in STATUSES.items() if isinstance(error, kind)), 500)
    return JSONResponse({"error": str(error)}, status)


async def list_packs(
    tx: Transaction, after: str | None = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> Page:
    """List packs by ref; `after` is the last ref of the previous page."""
    packs = await tx.packs.list(limit=limit, after=after)
    return Page(items=packs, after=packs[-1].ref if len(packs) == limit else None)


async def get_pack(ref: str, tx: Transaction) -> Pack:
    """Get one pack."""
    return await tx.packs.get_by_ref(ref)


async def create_pack(pack: CreatePackInput, tx: Transaction) -> Pack:
    """Create a pack; 409 if its ref is taken."""
    return await tx.packs.create(pack)


async def update_pack(
    ref: str, changes: UpdatePackInput, tx: Transaction, expected_updated: datetime | None = None
) -> Pack:
    """Change the fields in the body. Null sets a field to NULL, an absent field keeps its value.

    With `expected_updated`, answer 409 if the pack was changed since.
    """
    pack = await tx.packs.get_by_ref(ref)
    return await tx.packs.update(pack.id, changes, expected_updated=expected_updated)


async def delete_pack(ref: str, tx: Transaction) -> None:
    """Delete a pack; 409 if one of its workflows has runs."""
    pack = await tx.packs.get_by_ref(ref)
    await tx.packs.delete(pack.id)


async def follow_run(
    store: StoreOfApp, run: Annotated[WorkflowExecution, Depends(find_run, scope="function")]
) -> AsyncIterator[WorkflowExecution]:
    """Send the run as an event at once and after each change, until it has ended."""
    yield run
    while not run.status.is_terminal:
        await sleep(1)
        async with store.autocommit() as repos:
            now = await repos.workflow_executions.get_by_id(run.id)
        if now.updated != run.updated:
            yield (run := now)


async def is_ready(store: StoreOfApp) -> None:
    """Answer 200 while the database can be reached and has the schema of the code."""
    await store.check(severity="breaking")

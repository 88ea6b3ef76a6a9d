"""Read one row by id, traced by `on_query` or OpenTelemetry."""

from collections.abc import Iterator

from data import connect, finished_tasks
from measuring import OURS, Comparison, repeated
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.trace import TracerProvider

from attune_store import QueryEvent, Repositories, Store

CALLS = 50


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare in the sync twin. Spans are created, but not exported."""
    spans = TracerProvider()
    with (
        connect(url) as hand,
        connect(url) as traced_hand,
        connect(url) as traced_own,
        Store(url, max_size=1) as store,
        Store(url, max_size=1, on_query=_ignore) as told_store,
        store.autocommit() as repos,
        told_store.autocommit() as told,
    ):
        run = finished_tasks(repos, 1000)
        hand.execute("VACUUM ANALYZE")
        task = repos.workflow_task_executions.find_by_workflow_execution(run, limit=1)[0].id
        for conn in traced_hand, traced_own:
            PsycopgInstrumentor.instrument_connection(conn, tracer_provider=spans)
        traced = Repositories(traced_own)
        one = "SELECT * FROM attune.workflow_task_execution WHERE id = %s ORDER BY id"
        yield Comparison(
            "read one task by id, traced",
            {
                "psycopg, tuple": repeated(lambda: hand.execute(one, (task,)).fetchone(), CALLS),
                OURS: repeated(lambda: repos.workflow_task_executions.find_by_id(task), CALLS),
                f"{OURS}, on_query": repeated(
                    lambda: told.workflow_task_executions.find_by_id(task), CALLS
                ),
                "psycopg, OpenTelemetry": repeated(
                    lambda: traced_hand.execute(one, (task,)).fetchone(), CALLS
                ),
                f"{OURS}, OpenTelemetry": repeated(
                    lambda: traced.workflow_task_executions.find_by_id(task), CALLS
                ),
            },
            each=CALLS,
        )


def _ignore(_: QueryEvent) -> None:
    """Do nothing with an event."""

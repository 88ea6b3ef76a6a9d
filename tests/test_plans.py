"""Each query reaches the large tables through an index, with statistics of tables that have grown.

Plans are looked at twice: the generic plan, which knows no values; and what the server really reads when
the statement has run a few times with values that few rows have.
"""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from attune_queries.catalog import CATALOG
from attune_queries.manifest import QUERIES as ALL
from attune_queries.manifest import Query
from psycopg import sql
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.janitor import DatabaseJanitor

pytestmark = pytest.mark.slow

# Those that the schema check runs once, on catalogs, are of no table that grows.
QUERIES: Final = [query for query in ALL if query.module != "check"]
VOLUME = Path(__file__).with_name("volume.sql")
LIMIT = 100
Plan = dict[str, Any]

# What may read more than its page, and why.
EXCEPTIONS: Final = {
    **dict.fromkeys(
        (
            "CountExecutionsByStatus",
            "CountWorkflowExecutionsByStatus",
            "CountWorkflowTaskExecutionsByStatus",
        ),
        "all that is not terminal is counted",
    ),
    "SearchWorkflowDefinitions": "each filter is optional, so that no index serves all of them",
}

# Tables that are read as a whole, and why.
SMALL: Final = {
    "worker": "as many rows as there are processes; an index on their heartbeats would cost each beat"
}

# The partial indexes that the claims and sweeps were given.
CLAIMS: Final = {
    "ClaimNextExecutions": "execution_ready_idx",
    "ClaimNextExecutionsByActionRef": "execution_ready_action_idx",
    "ListExecutionsByWorker": "execution_worker_idx",
    "GetExecutionByIdempotencyKey": "execution_idempotency_key_idx",
    "ReleaseExpiredExecutions": "execution_worker_idx",
    "ReleaseExpiredWorkflowTaskExecutions": "workflow_task_execution_worker_idx",
    "ClaimAnyWorkflowTaskExecutions": "workflow_task_execution_ready_idx",
    "ClaimAnyWorkflowTaskExecutionsByTaskName": "workflow_task_execution_ready_name_idx",
    "ListWorkflowTaskExecutionsByStatus": "workflow_task_execution_status_idx",
    "ListWorkflowTaskExecutionsByWorker": "workflow_task_execution_worker_idx",
    "ClaimNextWorkflowTaskExecutions": "workflow_task_execution_requested_idx",
    "ClaimDueRetries": "workflow_task_execution_due_retry_idx",
    "TimeOutOverdueWorkflowTaskExecutions": "workflow_task_execution_timeout_idx",
    "ListOverdueWorkflowTaskExecutions": "workflow_task_execution_timeout_idx",
    "ListPendingRetries": "workflow_task_execution_due_retry_idx",
    "ListRetryableWorkflowTaskExecutions": "workflow_task_execution_retryable_idx",
    "ListUnfinishedWorkflowTaskExecutions": "workflow_task_execution_unfinished_idx",
    "ListUnfinishedWorkflowTaskExecutionsByTaskName": "workflow_task_execution_unfinished_idx",
    "ListTimedOutWorkflowTaskExecutions": "workflow_task_execution_timed_out_idx",
    "CountInFlightWorkflowTaskExecutions": "workflow_task_execution_in_flight_idx",
    "ExistsFailedWorkflowTaskExecution": "workflow_task_execution_failed_idx",
    "ListPausedWorkflowExecutions": "workflow_execution_paused_idx",
    "ListExecutionsByStatus": "execution_status_idx",
    "ListExecutionsByParent": "execution_parent_idx",
    "ListWorkflowExecutionsByStatus": "workflow_execution_status_idx",
    "ListWorkflowExecutionsByWorkflowDef": "workflow_execution_workflow_def_idx",
    "ListPacksByTag": "pack_tags_idx",
    "ListWorkflowDefinitionsByTag": "workflow_definition_tags_idx",
    "SearchActions": "action_search_idx",
}

# Values that few rows have, by the parameter's name; those of other parameters are NULL.
VALUES: Final = {
    "id": "4321",
    "ids": "{4321,77}",
    "pack": "77",
    "pack_ref": "pack77",
    "runtime": "77",
    "workflow_def": "4321",
    "parent": "555",
    "execution": "9000",
    "workflow_execution": "777",
    "task_name": "task",
    "ref": "pack5.flow19",
    "tag": "tag77",
    "tags": "{tag77}",
    "text": "00abc",
    "status": "requested",
    "to": "running",
    "expected": "{requested}",
    "limit": str(LIMIT),
    "variables": "{}",
    "name": "host",
    "lease_ms": "30000",
    "worker": "77",
    "task_names": "{task}",
    "action_refs": "{pack1.action}",
    "idempotency_key": "key77",
    "max_losses": "3",
    **dict.fromkeys(("current", "completed", "failed", "skipped", "names"), "{a}"),
}

# Pages and claims beside 100,000 rows that are finished or whose workflow has ended, and the most blocks that a page of
# ten may read: a row of it may cost a block of the table and three of the workflow's index.
ITEMS = {"workflow_execution": "20000", "task_name": "item", "after_name": "item"}
BESIDE: Final = [
    ("ListWorkflowTaskExecutionsByWorkflowExecution", {"after_name": None}),
    ("ListWorkflowTaskExecutionsByWorkflowExecution", {"after_index": "5"}),
    ("ListWorkflowTaskExecutionsByWorkflowExecution", {"after_index": "99000"}),
    ("ListWorkflowTaskExecutionsByTaskName", {"after_index": "99000"}),
    ("ListUnfinishedWorkflowTaskExecutions", {"after_name": None}),
    ("ListUnfinishedWorkflowTaskExecutions", {"after_index": "50000"}),
    ("ListUnfinishedWorkflowTaskExecutionsByTaskName", {"after_index": "-1"}),
    ("ListPendingRetries", {}),
    ("ListRetryableWorkflowTaskExecutions", {}),
    ("ClaimDueRetries", {}),
    ("ClaimAnyWorkflowTaskExecutions", {"to": "scheduling"}),
    (
        "ClaimAnyWorkflowTaskExecutionsByTaskName",
        {"to": "scheduling", "task_names": "{ended,task}"},
    ),
]
BLOCKS: Final = 100


@pytest.fixture(scope="module")
def grown(migrated_template: NoopExecutor) -> Iterator[psycopg.Connection]:
    """A connection to a database that has grown."""
    server: dict[str, Any] = {
        "user": migrated_template.user,
        "host": migrated_template.host,
        "port": migrated_template.port,
        "password": migrated_template.password,
        "dbname": f"{migrated_template.dbname}_grown",
    }
    template = migrated_template.template_dbname
    with (
        DatabaseJanitor(**server, template_dbname=template),
        psycopg.connect(**server, autocommit=True) as conn,
    ):
        conn.execute(VOLUME.read_bytes())
        conn.execute("VACUUM (ANALYZE)")  # also merges the pending lists of GIN indexes
        conn.execute("SET session_replication_role = origin")
        yield conn


def parameters(query: Query) -> list[str]:
    """The names of the parameters, in the order of their numbers."""
    module = __import__(f"attune_queries.{query.module}", fromlist=["_"])
    names = list(getattr(module, query.function).__annotations__)
    return [name for name in names if name not in ("conn", "return")]


def explain(conn: psycopg.Connection, query: Query, values: list[str | None], options: str) -> Plan:
    """The plan of the prepared statement `plans_test`."""
    arguments = sql.SQL(", ").join(sql.Literal(value) for value in values)
    call = sql.SQL("({})").format(arguments) if values else sql.SQL("")
    statement = f"EXPLAIN ({options}, FORMAT JSON) EXECUTE plans_test ".encode()
    row = conn.execute(statement + call.as_bytes(conn)).fetchone()
    assert row is not None
    plan: Plan = row[0][0]["Plan"]
    return plan


@pytest.fixture
def prepared(grown: psycopg.Connection, query: Query) -> Iterator[psycopg.Connection]:
    """The connection, with the query prepared as `plans_test`, in a transaction that is rolled back."""
    with grown.transaction(force_rollback=True):
        types = f"({', '.join(query.parameters)})" if query.parameters else ""
        grown.execute(f"PREPARE plans_test {types} AS ".encode() + query.sql.encode())
        yield grown
    grown.execute("DEALLOCATE plans_test")


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    yield from chain.from_iterable(nodes(child) for child in plan.get("Plans", ()))


def indexes(plan: Plan) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def rows_read(plan: Plan) -> int:
    """How many rows the scans read, those included that a filter threw away."""
    return sum(
        node["Actual Loops"]
        * (
            node["Actual Rows"]
            + node.get("Rows Removed by Filter", 0)
            + node.get("Rows Removed by Index Recheck", 0)
        )
        for node in nodes(plan)
        if node.get("Relation Name", "worker") not in SMALL and node["Node Type"] != "ModifyTable"
    )


def reading(plan: Plan) -> Plan:
    """The part that finds the rows; what a claim changes then is written to every index."""
    for node in nodes(plan):
        if node.get("Subplan Name") == "CTE next":
            return node
    for node in nodes(plan):
        if node.get("Subplan Name") == "CTE task":
            found: Plan = node["Plans"][0]
            return found
    return plan


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_the_generic_plan_uses_indexes(prepared: psycopg.Connection, query: Query) -> None:
    prepared.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    plan = explain(prepared, query, [None] * len(query.parameters), "VERBOSE")
    for node in nodes(plan):
        if node.get("Relation Name") not in SMALL:
            assert node["Node Type"] != "Seq Scan", (
                f"{query.name} scans:\n{json.dumps(plan, indent=2)}"
            )
    if (index := CLAIMS.get(query.name)) is not None:
        assert index in indexes(plan), f"{query.name}:\n{json.dumps(plan, indent=2)}"


@pytest.mark.parametrize(
    "query",
    [query for query in QUERIES if not query.name.startswith(("Create", "Delete", "Register"))],
    ids=lambda query: query.name,
)
def test_no_more_is_read_than_its_page(prepared: psycopg.Connection, query: Query) -> None:
    names = parameters(query)
    assert len(names) == len(query.parameters)
    values = [VALUES.get(name) for name in names]
    plan: Plan = {}
    for _ in range(7):  # after five times the server may choose the generic plan
        with prepared.transaction(force_rollback=True):
            plan = explain(prepared, query, values, "ANALYZE, TIMING OFF")
    # Each row of a page may be looked up in a second and a third table, and once more to be changed.
    if query.name not in EXCEPTIONS:
        assert rows_read(plan) <= 4 * LIMIT, f"{query.name}:\n{json.dumps(plan, indent=2)}"


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize(
    ("query", "over"),
    [(query, over) for name, over in BESIDE for query in QUERIES if query.name == name],
    ids=lambda value: (
        value.name if isinstance(value, Query) else ",".join(map(str, value.values()))
    ),
)
def test_what_is_finished_costs_nothing(
    prepared: psycopg.Connection, query: Query, over: dict[str, str | None], mode: str
) -> None:
    prepared.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(mode))
    given = {**ITEMS, "limit": "10"} | over
    values = [given.get(name) for name in parameters(query)]
    with prepared.transaction(force_rollback=True):
        plan = explain(prepared, query, values, "ANALYZE, BUFFERS, TIMING OFF")
    part = reading(plan)
    blocks = part["Shared Hit Blocks"] + part["Shared Read Blocks"]
    assert blocks <= BLOCKS, f"{query.name} reads {blocks} blocks:\n{json.dumps(plan, indent=2)}"


def test_the_lists_name_queries_and_indexes() -> None:
    queries = {query.name for query in QUERIES}
    assert EXCEPTIONS.keys() | CLAIMS.keys() | {name for name, _ in BESIDE} <= queries
    known = {index.name for table in CATALOG.tables for index in table.indexes}
    assert set(CLAIMS.values()) <= known

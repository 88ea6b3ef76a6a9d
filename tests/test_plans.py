"""Each query reads the large tables through an index, with statistics of tables that have grown.

Two things are checked: the generic plan, which knows no values; and the blocks that the server touches for values that
few rows have, with the generic plan and with a plan for these values. The blocks may only grow with the rows that a
statement returns or changes.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest
from attune_queries.catalog import CATALOG
from attune_queries.manifest import QUERIES as ALL
from attune_queries.manifest import Query
from psycopg import sql

from attune_store.testing import Databases
from tests.statements import ITEMS, NAMES, values

pytestmark = pytest.mark.slow

# Queries of the schema check read catalogs, which do not grow; COPY has no plan.
QUERIES: Final = [
    query for query in ALL if query.module != "check" and query.command != ":copyfrom"
]
VOLUME = Path(__file__).with_name("volume.sql")
Plan = dict[str, Any]

# The limit of a statement: blocks to find the first row, and blocks for each row that it returns or changes. A row
# of a page costs a block of its table, and four more if it is joined to a second one. A changed row is written to
# its table and to the indexes that contain it, a claimed task also to those of its execution.
FIRST, ROW, CHANGED = 12, 4, 50

# Queries that may touch more blocks than that, with the number and the reason.
MORE: Final = {
    "SearchActions": (150, "the index of trigrams is read once for each trigram of the text"),
    **dict.fromkeys(
        (
            "CountExecutionsByStatus",
            "CountWorkflowExecutionsByStatus",
            "CountWorkflowTaskExecutionsByStatus",
        ),
        (700, "the planner's statistics are read, and all rows that have not ended are counted"),
    ),
    **dict.fromkeys(
        (
            "LockWorkflowExecutionTree",
            "CancelWorkflowExecutionTree",
            "CancelWorkflowTaskExecutionTree",
            "CancelExecutionTree",
            "PruneExecutions",
        ),
        (
            200,
            "each execution of the tree is looked up in three indexes, even if it does not change",
        ),
    ),
    "SearchWorkflowDefinitions": (
        700,
        "each filter is optional, so no index serves all of them, and the whole table is read",
    ),
    "ListRetryableWorkflowTaskExecutions": (50, "each of 20 paused workflows is looked at"),
    "ListStuckExecutions": (2000, "all rows in flight are read"),
    "ListWorkerLoads": (50, "the rows of each worker are counted"),
    "CountPrunableExecutions": (1000, "all executions of the trees are looked up in three indexes"),
    "CountDueRetries": (500, "all due retries are counted"),
    "PruneWorkers": (200, "the index entries of all rows with a worker are read"),
}

# Queries for rows so rare that another index finds them here as cheaply, or that begin with a random kind.
RARE: Final = {
    "ClaimAnyWorkflowTaskExecutions",
    "ClaimAnyWorkflowTaskExecutionsByTaskName",
    "ClaimNextWorkflowTaskExecutions",
    "ReleaseExpiredExecutions",
    "TimeOutOverdueWorkflowTaskExecutions",
}

# Queries that return nothing here, because no other transaction is running.
NOTHING: Final = {"ListTaskWriters"}

# Tables that are read as a whole, and why.
SMALL: Final = {
    "worker": "as many rows as there are processes; an index on their heartbeats would cost each beat",
    "pg_database": "as many rows as the server has databases",
}

# The partial indexes for the claims and sweeps.
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

# Pages and claims beside 100,000 rows that are finished or whose workflow has ended, and the maximum of blocks
# that a page of ten may read: a row may cost a block of the table and three of the workflow's index.
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

MODES: Final = ("force_generic_plan", "force_custom_plan")

# Queries that change one task, in certain states.
OF_ONE_TASK: Final = {
    f"{verb}WorkflowTaskExecution{rest}"
    for verb, rest in (
        *(("Transition", ""), ("Start", ""), ("Complete", ""), ("Fail", ""), ("TimeOut", "")),
        *(("Cancel", ""), ("Schedule", "Retry"), ("Requeue", "")),
    )
}
IDLE: Final = """
SET session_replication_role = replica;
INSERT INTO attune.execution (id, action_ref, status) SELECT n, 'a.b', 'completed' FROM generate_series(1, 5000) n;
INSERT INTO attune.workflow_execution (id, execution, workflow_def, task_graph, status)
VALUES (1, 1, 1, '{}', 'running');
INSERT INTO attune.workflow_task_execution (workflow_execution, execution, task_name, task_index, status)
SELECT 1, n, 'task', n, 'completed' FROM generate_series(2, 5000) n;
"""


@pytest.fixture(scope="module")
def grown(attune_databases: Databases) -> Iterator[psycopg.Connection]:
    """Return a connection to a database that has grown."""
    with (
        attune_databases.clone() as conninfo,
        psycopg.connect(conninfo, autocommit=True) as conn,
    ):
        conn.execute(VOLUME.read_bytes())
        conn.execute("VACUUM (ANALYZE)")  # also merges the pending lists of GIN indexes
        conn.execute("SET session_replication_role = origin")
        yield conn


@pytest.fixture(scope="module")
def idle(attune_databases: Databases) -> Iterator[psycopg.Connection]:
    """Return a connection to a database whose statistics were taken when there was nothing to do."""
    with (
        attune_databases.clone() as conninfo,
        psycopg.connect(conninfo, autocommit=True) as conn,
    ):
        conn.execute(IDLE.encode())
        conn.execute("VACUUM (ANALYZE)")
        yield conn


def explain(conn: psycopg.Connection, query: Query, given: list[str | None], options: str) -> Plan:
    """Return the plan of the prepared statement `plans_test`."""
    arguments = sql.SQL(", ").join(sql.Literal(value) for value in given)
    call = sql.SQL("({})").format(arguments) if given else sql.SQL("")
    statement = f"EXPLAIN ({options}, FORMAT JSON) EXECUTE plans_test ".encode()
    row = conn.execute(statement + call.as_bytes(conn)).fetchone()
    assert row is not None
    plan: Plan = row[0][0]["Plan"]
    return plan


@contextmanager
def preparing(conn: psycopg.Connection, query: Query) -> Iterator[psycopg.Connection]:
    """Yield the connection with the query prepared as `plans_test`, in a transaction that is rolled back."""
    with conn.transaction(force_rollback=True):
        types = f"({', '.join(query.parameters)})" if query.parameters else ""
        conn.execute(f"PREPARE plans_test {types} AS ".encode() + query.sql.encode())
        yield conn
    conn.execute("DEALLOCATE plans_test")


@pytest.fixture
def prepared(grown: psycopg.Connection, query: Query) -> Iterator[psycopg.Connection]:
    with preparing(grown, query) as conn:
        yield conn


def nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    yield from chain.from_iterable(nodes(child) for child in plan.get("Plans", ()))


def indexes(plan: Plan) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


def blocks_touched(plan: Plan) -> int:
    """Return how many blocks were touched, counting repetitions."""
    touched: int = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return touched


def rows_changed(plan: Plan) -> float:
    """Return how many rows were inserted, changed or deleted."""
    changes = (node for node in nodes(plan) if node["Node Type"] == "ModifyTable")
    return sum(
        float(source["Actual Rows"] * source["Actual Loops"])
        for change in changes
        for source in change["Plans"]
        if source["Parent Relationship"] == "Outer"
    )


def allowed(query: Query, plan: Plan) -> float:
    """Return how many blocks the statement may touch."""
    more, _ = MORE.get(query.name, (0, ""))
    changed = rows_changed(plan)
    return FIRST + more + (CHANGED * changed if changed else ROW * plan["Actual Rows"])


def run(conn: psycopg.Connection, query: Query, mode: str) -> Plan:
    """Return the plan of the second run, with what it did. Both runs are rolled back."""
    conn.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(mode))
    plan: Plan = {}
    for _ in range(2):  # the first run also reads the catalogs, for the functions that it calls
        with conn.transaction(force_rollback=True):
            plan = explain(conn, query, values(query), "ANALYZE, BUFFERS, TIMING OFF")
    return plan


def reading(plan: Plan) -> Plan:
    """Return the part that finds the rows. The changes of a claim are written to every index."""
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


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_statements_touch_few_blocks(prepared: psycopg.Connection, query: Query, mode: str) -> None:
    plan = run(prepared, query, mode)
    assert query.name in NOTHING or plan["Actual Rows"] or rows_changed(plan), "it did something"
    touched = blocks_touched(plan)
    assert touched <= allowed(query, plan), (
        f"{query.name} touches {touched} blocks:\n{json.dumps(plan, indent=2)}"
    )


@pytest.mark.parametrize(
    "query",
    [query for query in QUERIES if query.name in CLAIMS.keys() - RARE],
    ids=lambda query: query.name,
)
def test_statements_touch_more_blocks_without_their_index(
    prepared: psycopg.Connection, query: Query
) -> None:
    index = sql.Identifier("attune", CLAIMS[query.name])
    prepared.execute(sql.SQL("DROP INDEX {}").format(index))
    plan = run(prepared, query, "force_generic_plan")
    assert blocks_touched(plan) > allowed(query, plan)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("query", "over"),
    [(query, over) for name, over in BESIDE for query in QUERIES if query.name == name],
    ids=lambda value: (
        value.name if isinstance(value, Query) else ",".join(map(str, value.values()))
    ),
)
def test_finished_rows_cost_no_blocks(
    prepared: psycopg.Connection, query: Query, over: dict[str, str | None], mode: str
) -> None:
    prepared.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(mode))
    given = values(query, **(ITEMS | over))
    with prepared.transaction(force_rollback=True):
        plan = explain(prepared, query, given, "ANALYZE, BUFFERS, TIMING OFF")
    blocks = blocks_touched(reading(plan))
    assert blocks <= BLOCKS, f"{query.name} reads {blocks} blocks:\n{json.dumps(plan, indent=2)}"


@pytest.mark.parametrize(
    "query",
    [query for query in QUERIES if re.match("Claim(Next|Any|Due)", query.name)],
    ids=lambda query: query.name,
)
def test_claims_get_the_generic_plan(prepared: psycopg.Connection, query: Query) -> None:
    """After five custom plans the server compares costs, and chooses the generic one."""
    for _ in range(7):
        with prepared.transaction(force_rollback=True):
            explain(prepared, query, values(query), "ANALYZE")
    plans = prepared.execute(
        "SELECT generic_plans FROM pg_prepared_statements WHERE name = 'plans_test'"
    ).fetchone()
    assert plans == (2,)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "query",
    [query for query in QUERIES if query.name in OF_ONE_TASK],
    ids=lambda query: query.name,
)
def test_changes_of_one_task_use_the_primary_key(
    idle: psycopg.Connection, query: Query, mode: str
) -> None:
    """An index of tasks in flight looks cheap if it was empty, but contains all later tasks."""
    with preparing(idle, query) as conn:
        conn.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(mode))
        plan = explain(conn, query, values(query), "VERBOSE")
    of_tasks = {
        node["Index Name"]
        for node in nodes(plan)
        if node.get("Relation Name") == "workflow_task_execution" and "Index Name" in node
    }
    assert of_tasks == {"workflow_task_execution_pkey"}


def test_the_lists_name_queries_and_indexes() -> None:
    queries = {query.name for query in QUERIES}
    besides = {name for name, _ in BESIDE}
    assert MORE.keys() | CLAIMS.keys() | RARE | NOTHING | NAMES | OF_ONE_TASK | besides <= queries
    known = {index.name for table in CATALOG.tables for index in table.indexes}
    assert set(CLAIMS.values()) <= known

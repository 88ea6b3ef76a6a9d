"""Delete executions that ended long ago, in batches."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from attune_queries.enums import ExecutionStatus
from attune_queries.execution import PruneExecutionsRow
from psycopg import AsyncConnection

from attune_store._async.queries import execution as queries


async def prune_batch(
    conn: AsyncConnection[Any],
    *,
    finished_before: datetime,
    statuses: Sequence[ExecutionStatus],
    limit: int,
    after: PruneExecutionsRow | None,
) -> PruneExecutionsRow:
    """Delete at most `limit` trees, starting after the last one that the batch `after` looked at.

    A tree that can't be deleted is looked at once, however many batches there are. After the last
    tree, the `last_id` of the batch is None.
    """
    return await queries.prune_executions(
        conn,
        finished_before=finished_before,
        statuses=[*statuses],
        limit=limit,
        after_finished_at=None if after is None else after.last_finished_at,
        after_id=None if after is None else after.last_id,
    )

"""Follow an execution: report each change of its state."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import Event as Signal
from threading import Thread

from attune_queries.models import WorkflowTaskDetail
from psycopg import IsolationLevel

from attune_store import Store, errors
from attune_store._cli.picture import Picture, name_of, took
from attune_store._printable import printable


@dataclass(frozen=True, slots=True)
class Event:
    """A new state of the execution, or of a task of its workflow."""

    time: datetime
    task: str | None
    status: str
    note: str

    def as_line(self) -> str:
        """Return the event for people."""
        what = "execution" if self.task is None else printable(self.task).replace("\n", "\\n")
        line = f"{self.time:%H:%M:%S}  {what:<30}  {self.status:<10}  {self.note}"
        return line.rstrip()

    def as_json(self) -> str:
        """Return the event for a program."""
        return json.dumps(asdict(self) | {"time": self.time.isoformat()})


def follow(store: Store, execution_id: int, interval: float) -> Iterator[Event]:
    """Yield the present states, then each change, until the execution has ended."""
    seen: dict[int | None, Event] = {}
    with _wakeups(store) as woken:
        while True:
            woken.clear()
            with store.transaction(
                isolation_level=IsolationLevel.REPEATABLE_READ, read_only=True
            ) as repositories:
                picture = Picture.read(repositories, execution_id)
            for key, event in sorted(_events(picture), key=lambda pair: pair[1].time):
                before = seen.get(key)
                if before is None or (before.status, before.note) != (event.status, event.note):
                    seen[key] = event
                    yield event
            if picture.execution.status.is_terminal:
                return
            woken.wait(interval)


def _events(picture: Picture) -> Iterator[tuple[int | None, Event]]:
    """Return the present state of the execution and of each task, as events."""
    now = datetime.now(UTC)
    execution, workflow = picture.execution, picture.workflow
    note = "paused" if workflow is not None and workflow.paused else ""
    yield None, Event(execution.finished_at or execution.updated, None, execution.status, note)
    for task in picture.tasks:
        moment = task.completed_at or task.started_at or now
        yield task.id, Event(moment, name_of(task), task.status, _note(task))


def _note(task: WorkflowTaskDetail) -> str:
    if task.next_retry_at is not None:
        return (
            f"retry {task.retry_count + 1} of {task.max_retries} at {task.next_retry_at:%H:%M:%S}"
        )
    return took(task)


@contextmanager
def _wakeups(store: Store) -> Generator[Signal]:
    """Yield an event that is set when something became claimable, if notifications work."""
    woken = Signal()

    def listen() -> None:
        try:
            for _ in store.listen():
                woken.set()
        except errors.StoreError:
            return  # behind a pooler, and after the store was closed

    Thread(target=listen, daemon=True).start()
    yield woken

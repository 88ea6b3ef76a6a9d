"""The format of a workflow definition (examples/workflows/README.md), and the decisions that follow from it."""

import re
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PositiveInt,
    model_validator,
)

APPROVAL = "core.approval"
"""The action of a task that asks a person."""

FAIL = "fail"
"""The target of a transition that makes the workflow fail."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(value: object) -> object:
    if isinstance(value, str) and (parts := re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", value)):
        return float(parts[1]) * _UNITS[parts[2]]
    return value


Duration = Annotated[float, Field(ge=0), BeforeValidator(_seconds)]
"""Seconds, or a text such as 90s, 10m, 2h."""


class Part(BaseModel):
    """A part of a definition. Unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Retry(Part):
    """How often a failed attempt is repeated. Each wait is `backoff` times the previous one."""

    count: PositiveInt
    delay: Duration = 30
    backoff: float = Field(default=1, ge=1)


class Transition(Part):
    """The next tasks when a task has ended and the condition holds."""

    when: str = "succeeded"
    do: list[str]


class Simulate(Part):
    """How the simulated executor runs a task."""

    takes: Duration | tuple[Duration, Duration] = (20, 90)
    fails: int = 0
    """The number of first attempts that fail."""
    hangs: int = 0
    """The number of first attempts that never return."""
    failure_rate: float = Field(default=0, ge=0, le=1)
    error: str = "the action failed"
    result: JsonValue = None
    approve: bool = True
    by: str = "ada"


class Task(Part):
    """A node of the graph."""

    action: str | None = None
    approval: str | None = None
    input: dict[str, JsonValue] = {}
    with_items: str | list[JsonValue] | None = None
    concurrency: PositiveInt | None = None
    batch_size: PositiveInt | None = None
    retry: Retry | None = None
    timeout: Duration | None = None
    join: Literal["all", "any"] | PositiveInt = "any"
    publish: dict[str, JsonValue] = {}
    on_success: list[str] = []
    on_failure: list[str] = []
    next: list[Transition] = []
    simulate: Simulate = Simulate()

    @model_validator(mode="after")
    def _has_one_action(self) -> Self:
        if (self.action is None) == (self.approval is None):
            raise ValueError("a task has either an action or an approval")
        if self.with_items is None and (self.concurrency or self.batch_size):
            raise ValueError("concurrency and batch_size belong to with_items")
        if self.simulate.hangs and self.timeout is None:
            raise ValueError("a task that hangs needs a timeout")
        if self.approval and self.retry:
            raise ValueError("an approval is asked for once")
        return self

    @property
    def action_ref(self) -> str:
        """Return the action that its executions run."""
        return self.action or APPROVAL

    @property
    def transitions(self) -> list[Transition]:
        """Return all transitions. on_success and on_failure are short forms of two of them."""
        short = (Transition(do=self.on_success), Transition(when="failed", do=self.on_failure))
        return [*short, *self.next]

    @property
    def targets(self) -> set[str]:
        """Return the names of the next tasks that are possible."""
        return {name for transition in self.transitions for name in transition.do}


class Definition(Part):
    """A graph of tasks, as in the column `definition`."""

    vars: dict[str, JsonValue] = {}
    tasks: dict[str, Task] = Field(min_length=1)
    output: dict[str, JsonValue] = {}

    @model_validator(mode="after")
    def _is_a_graph(self) -> Self:
        for name, task in self.tasks.items():
            if unknown := sorted(task.targets - self.tasks.keys() - {FAIL}):
                raise ValueError(f"{name} leads to {', '.join(unknown)}, which is no task")
        open_ = dict(self.inbound)
        while free := [name for name, before in open_.items() if not before & open_.keys()]:
            for name in free:
                del open_[name]
        if open_:
            raise ValueError(f"{', '.join(sorted(open_))} form a circle")
        return self

    @cached_property
    def inbound(self) -> dict[str, set[str]]:
        """Return the tasks that may lead to each task."""
        return {
            name: {before for before, task in self.tasks.items() if name in task.targets}
            for name in self.tasks
        }

    def decide(
        self,
        *,
        begun: Collection[str],
        ended: Collection[str],
        skipped: Collection[str],
        led_to: Mapping[str, Collection[str]],
    ) -> tuple[list[str], list[str]]:
        """Return the tasks to start and the tasks to skip now.

        `begun` holds every task that has begun or was skipped, `ended` those of them that are over, skipped
        or not, and `led_to` the next tasks of each of those.
        """
        start: list[str] = []
        skip: list[str] = []
        for name in self.tasks.keys() - set(begun):
            before = self.inbound[name]
            over = before & set(ended)
            here = {one for one in over if name in led_to.get(one, ())}
            join = self.tasks[name].join
            if join == "all":
                ran = before - set(skipped)
                ready = over == before and bool(here) and here == ran
            else:
                ready = len(here) >= (1 if join == "any" else join)
            if ready or not before:
                start.append(name)
            elif over == before:
                skip.append(name)
        order = list(self.tasks)
        return sorted(start, key=order.index), sorted(skip, key=order.index)


class WorkflowFile(Definition):
    """A YAML file: a definition with its name and its parameters."""

    ref: str
    label: str
    description: str | None = None
    version: str = "1.0.0"
    tags: list[str] = []
    enabled: bool = True
    parameters: dict[str, dict[str, JsonValue]] = {}

    @property
    def pack_ref(self) -> str:
        """Return the pack that it belongs to."""
        return self.ref.partition(".")[0]

"""Check plain arguments before anything is sent.

Each function returns the checked value, or raises ValidationError.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any, TypeVar

import pydantic
from attune_queries.enums import ExecutionStatus
from pydantic import AwareDatetime, Field, JsonValue, StrictInt, StrictStr, TypeAdapter

from attune_store import errors
from attune_store._input import Input
from attune_store._workflow import CLAIMED, TERMINAL, TaskList

T = TypeVar("T")


def _adapter(python: Any) -> TypeAdapter[Any]:
    return TypeAdapter(python, config={"defer_build": True})  # until it is used


_IDENTIFIER: TypeAdapter[int] = _adapter(Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1)])
_LIMIT: TypeAdapter[int] = _adapter(Annotated[StrictInt, Field(ge=0, le=2**63 - 1)])
_COUNT: TypeAdapter[int] = _adapter(Annotated[StrictInt, Field(ge=0, le=2**31 - 1)])
_TEXT: TypeAdapter[str] = _adapter(StrictStr)
_NAMES: TypeAdapter[list[str]] = _adapter(list[StrictStr])
_STATUS: TypeAdapter[ExecutionStatus] = _adapter(ExecutionStatus)
_STATUSES: TypeAdapter[list[ExecutionStatus]] = _adapter(list[ExecutionStatus])
_TASK_LIST: TypeAdapter[TaskList] = _adapter(TaskList)
_BOOLEAN: TypeAdapter[bool] = _adapter(pydantic.StrictBool)
_MOMENT: TypeAdapter[datetime] = _adapter(Annotated[AwareDatetime, Field(strict=True)])
_DELAY: TypeAdapter[timedelta] = _adapter(Annotated[timedelta, Field(strict=True, ge=timedelta(0))])
_LEASE: TypeAdapter[timedelta] = _adapter(
    Annotated[timedelta, Field(strict=True, ge=timedelta(milliseconds=1))]
)
_ITEM: TypeAdapter[tuple[str, int | None]] = _adapter(
    tuple[StrictStr, Annotated[StrictInt, Field(ge=0, le=2**31 - 1)] | None]
)
_RETRY: TypeAdapter[tuple[datetime | None, int]] = _adapter(
    tuple[Annotated[AwareDatetime, Field(strict=True)] | None, StrictInt]
)
_JSON: TypeAdapter[JsonValue] = _adapter(JsonValue)
_JSON_OBJECT: TypeAdapter[dict[str, JsonValue]] = _adapter(dict[str, JsonValue])

_CLAIMABLE_TO = (*CLAIMED, ExecutionStatus.RUNNING)

_PART = 5000
"""The number of rows to hold at a time, if there may be any number of them."""


def _checked(adapter: TypeAdapter[T], value: Any, field: str) -> T:
    try:
        checked: T = adapter.validator.validate_python(value)
    except pydantic.ValidationError as exc:
        reasons = "; ".join(error["msg"] for error in exc.errors(include_url=False))
        raise errors.ValidationError(f"{field}: {reasons}", field=field, value=value) from exc
    return checked


def values(input: object, expected: type[Input]) -> dict[str, Any]:
    """Return the values of an input, by column name. Refuse anything else."""
    if not isinstance(input, expected):
        raise errors.ValidationError(
            f"expected {expected.__name__}, got {type(input).__name__}", value=input
        )
    return input.values()


def columns(inputs: Sequence[Input]) -> dict[str, list[Any]]:
    """Return the values of inputs of one kind, column by column."""
    return {name: [getattr(one, name) for one in inputs] for name in type(inputs[0]).model_fields}


def several(values: Iterable[T], expected: type[T], name: str, *, first: int = 0) -> list[T]:
    """Return the values as a list. Refuse one of another type by its position, counted from `first`."""
    given = list(values)
    for number, value in enumerate(given, first):
        if not isinstance(value, expected):
            raise errors.ValidationError(
                f"{name}[{number}]: expected {expected.__name__}, got {type(value).__name__}",
                value=value,
            )
    return given


def parts(values: Iterable[T], expected: type[T], name: str) -> Iterator[tuple[int, list[T]]]:
    """Yield the values in parts, each with the position of its first value."""
    rest, first = iter(values), 0
    while given := several(islice(rest, _PART), expected, name, first=first):
        yield first, given
        first += len(given)


def distinct(ids: Iterable[int], name: str) -> list[int]:
    """Return the ids of rows. Refuse an id that is given twice by its position."""
    first: dict[int, int] = {}
    for number, value in enumerate(ids):
        id = identifier(value, f"{name}[{number}]")
        if (before := first.setdefault(id, number)) != number:
            raise errors.ValidationError(
                f"{name}[{number}]: id {id} is given twice, first in {name}[{before}]",
                field="id",
                value=id,
            )
    return list(first)


def identifier(value: int, field: str = "id") -> int:
    """Check the id of a row."""
    return _checked(_IDENTIFIER, value, field)


def optional_identifier(value: int | None, field: str = "after") -> int | None:
    """Check the id of a row, or None."""
    return None if value is None else identifier(value, field)


def text(value: str, field: str) -> str:
    """Check a string."""
    return _checked(_TEXT, value, field)


def optional_text(value: str | None, field: str = "after") -> str | None:
    """Check a string, or None."""
    return None if value is None else text(value, field)


def limit(value: int) -> int:
    """Check a maximum number of rows, 0 or more."""
    return _checked(_LIMIT, value, "limit")


def optional_limit(value: int | None) -> int | None:
    """Check a maximum number of rows, or None for all."""
    return None if value is None else limit(value)


def count(value: int, field: str) -> int:
    """Check a count, 0 or more."""
    return _checked(_COUNT, value, field)


def optional_attempt(value: int | None) -> int | None:
    """Check the number of an attempt, or None."""
    return None if value is None else count(value, "attempt")


def names(value: Iterable[str], field: str = "names") -> list[str]:
    """Check a list of names. A single string is refused."""
    return _checked(_NAMES, value, field)


def status(value: ExecutionStatus, field: str = "status") -> ExecutionStatus:
    """Check an execution status."""
    return _checked(_STATUS, value, field)


def statuses(
    value: ExecutionStatus | Collection[ExecutionStatus], field: str = "expected"
) -> list[ExecutionStatus]:
    """Check one execution status or a collection of them, and return a list."""
    return [status(value, field)] if isinstance(value, str) else _checked(_STATUSES, value, field)


def terminal_statuses(
    value: ExecutionStatus | Collection[ExecutionStatus],
) -> list[ExecutionStatus]:
    """Check one or more terminal statuses, and return a list."""
    checked = statuses(value, "statuses")
    for one in checked:
        if one not in TERMINAL:
            raise errors.ValidationError(
                f"statuses: expected terminal statuses, got {one}", field="statuses", value=one
            )
    return checked


def claimed_status(value: ExecutionStatus) -> ExecutionStatus:
    """Check a status that a claim may set: scheduling, scheduled or running."""
    value = status(value, "to")
    if value not in _CLAIMABLE_TO:
        raise errors.ValidationError(
            f"to: expected scheduling, scheduled or running, got {value}", field="to", value=value
        )
    return value


def transition_status(value: ExecutionStatus) -> ExecutionStatus:
    """Check a status that is neither running nor terminal."""
    value = status(value, "to")
    if value is ExecutionStatus.RUNNING or value in TERMINAL:
        raise errors.ValidationError(
            f"to: {value} is set by start, complete, fail, cancel or time_out",
            field="to",
            value=value,
        )
    return value


def terminal_status(value: ExecutionStatus) -> ExecutionStatus:
    """Check a terminal status."""
    value = status(value, "to")
    if value not in TERMINAL:
        raise errors.ValidationError(
            f"to: expected a terminal status, got {value}", field="to", value=value
        )
    return value


def task_list(value: TaskList) -> TaskList:
    """Check one of the four task lists."""
    return _checked(_TASK_LIST, value, "to")


def optional_boolean(value: bool | None, field: str) -> bool | None:
    """Check a boolean, or None."""
    return None if value is None else _checked(_BOOLEAN, value, field)


def moment(value: datetime, field: str) -> datetime:
    """Check a datetime with a time zone."""
    return _checked(_MOMENT, value, field)


def optional_moment(value: datetime | None, field: str = "now") -> datetime | None:
    """Check a datetime with a time zone, or None."""
    return None if value is None else moment(value, field)


def optional_delay(value: timedelta | None, field: str) -> timedelta | None:
    """Check a duration that is not negative, or None."""
    return None if value is None else _checked(_DELAY, value, field)


def lease_ms(value: timedelta) -> int:
    """Check a lease, and return it in whole milliseconds, 1 or more."""
    return _checked(_LEASE, value, "lease") // timedelta(milliseconds=1)


def optional_item(value: tuple[str, int | None] | None) -> tuple[str | None, int | None]:
    """Return the name and index of the last task of a page, or two Nones for the first page."""
    return (None, None) if value is None else _checked(_ITEM, value, "after")


def index_after(value: tuple[str, int | None] | None, task_name: str) -> int | None:
    """Return the index of the last item of a page of this task, or -1 for the first page."""
    if value is None:
        return -1
    name, index = optional_item(value)
    if name != task_name:
        raise errors.ValidationError(
            f"after: expected an item of {task_name!r}, got one of {name!r}",
            field="after",
            value=value,
        )
    return index


def optional_retry(
    value: tuple[datetime | None, int] | None,
) -> tuple[datetime | None, int | None]:
    """Return the time and id of the last retry of a page, or two Nones for the first page."""
    return (None, None) if value is None else _checked(_RETRY, value, "after")


def exactly_one(**values: object) -> None:
    """Refuse several values, and none."""
    if sum(value is not None for value in values.values()) != 1:
        field, value = next(iter(values.items()))
        raise errors.ValidationError(
            f"expected exactly one of {' and '.join(values)}", field=field, value=value
        )


def json(value: JsonValue, field: str) -> JsonValue:
    """Check a JSON value. None becomes SQL NULL."""
    return _checked(_JSON, value, field)


def json_object(value: Mapping[str, JsonValue], field: str) -> dict[str, JsonValue]:
    """Check a JSON object."""
    return _checked(_JSON_OBJECT, value, field)

"""A clock that runs fast. The executors of a demo share one, so that an hour takes seconds."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True)
class Clock:
    """Simulated time. At `speed` 1 it is real time."""

    speed: float = 1
    started: float = field(default_factory=time.time)

    def now(self) -> datetime:
        """Return the simulated time."""
        return datetime.fromtimestamp(self.started, UTC) + timedelta(
            seconds=(time.time() - self.started) * self.speed
        )

    def until(self, moment: datetime) -> float:
        """Return the real seconds until then, 0 if it has passed."""
        return max((moment - self.now()).total_seconds() / self.speed, 0)

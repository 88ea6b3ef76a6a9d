"""The figures that a run prints at its end."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from .case import Case

_COMMAND = re.compile(r"--\s*name:\s*\w+\s*:(\w+)", re.IGNORECASE)
_MACRO = re.compile(r"\bsqlc\.(arg|narg|slice|embed)\b|(@)[a-z_]", re.IGNORECASE)


@dataclass(slots=True)
class Figures:
    """The figures that a run prints at its end."""

    pairs: int = 0
    failed: set[str] = field(default_factory=set[str])
    commands: Counter[str] = field(default_factory=Counter[str])
    macros: Counter[str] = field(default_factory=Counter[str])
    areas: Counter[str] = field(default_factory=Counter[str])
    types: Counter[str] = field(default_factory=Counter[str])
    queries: int = 0
    parameters: int = 0
    columns: int = 0
    disagreements: int = 0
    nullable: int = 0
    loose: int = 0
    calls: int = 0
    differing: int = 0
    refusals: int = 0
    lacking: dict[str, str] = field(default_factory=dict[str, str])
    """What this server lacks for a case, which it therefore refuses."""

    def count(self, case: Case) -> None:
        """Count a case with its commands and macros."""
        self.pairs += 1
        self.areas[case.area] += 1
        text = "\n".join(case.queries.values())
        self.commands.update({f":{name}" for name in _COMMAND.findall(text)})
        macros = {name or "@" for name, _ in _MACRO.findall(text)}
        self.macros.update(f"sqlc.{name}" if name != "@" else "@name" for name in macros)

    def lines(self) -> list[str]:
        """Return the lines of the report."""
        checked = self.parameters + self.columns
        agreed = checked - self.disagreements
        passed = self.pairs - len(self.failed)

        def table(counter: Counter[str]) -> str:
            return "  ".join(f"{name} {count}" for name, count in sorted(counter.items()))

        return [
            f"pairs            {passed} of {self.pairs} agree ({_percent(passed, self.pairs)})",
            f"server's word    {agreed} of {checked} parameters and columns of {self.queries}"
            f" queries agree ({_percent(agreed, checked)})",
            f"nullability      {self.nullable} positions may be None, {self.loose} of them were"
            f" never seen as NULL (loose); {self.calls} calls on rows with NULLs",
            f"modes            {self.differing} pairs differ with and without a database",
            f"refusals         {self.refusals}",
            f"other servers    {len(self.lacking)} pairs need one, and this one refuses them"
            + "".join(f"\n                 {name}: {what}" for name, what in self.lacking.items()),
            f"pairs by area    {table(self.areas)}",
            f"pairs by command {table(self.commands)}",
            f"pairs by macro   {table(self.macros)}",
            f"pairs by type    {table(self.types)}",
        ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "nothing ran"

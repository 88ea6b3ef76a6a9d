"""Check that requirements-dev.txt pins exactly what development needs. `make lock` writes it."""

import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-dev.txt"


def lines(path: Path) -> list[str]:
    """Return the requirements of a file, without its comments."""
    return [line for line in path.read_text().splitlines() if line and line[0] != "#"]


def declared() -> Iterator[Requirement]:
    """Return the dependencies that the packages and the tools of development declare."""
    for name in ("pyproject.toml", "sqlc-gen-psycopg/pyproject.toml"):
        project = tomllib.loads((ROOT / name).read_text())["project"]
        extras = project.get("optional-dependencies", {})
        for requirements in (project["dependencies"], *extras.values()):
            yield from map(Requirement, requirements)
    yield from map(Requirement, lines(ROOT / "requirements-dev.in"))


def needed() -> Iterator[Requirement]:
    """Return the declared packages and their dependencies, as installed here."""
    seen: set[str] = set()
    waiting = list(declared())
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        yield requirement
        for text in distribution(requirement.name).requires or ():
            other = Requirement(text)
            extras = ("", *requirement.extras)
            if other.marker is None or any(other.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(other)


def problems() -> Iterator[str]:
    """Return the problems of the lock file."""
    pins = dict(line.split("==") for line in lines(LOCK))
    used: set[str] = set()
    for requirement in needed():
        name = canonicalize_name(requirement.name)
        used.add(name)
        if name not in pins:
            yield f"{requirement} is not pinned"
        elif not requirement.specifier.contains(pins[name], prereleases=True):
            yield f"{name}=={pins[name]} is not {requirement}"
    yield from (f"nothing needs {name}" for name in sorted(pins.keys() - used))


if __name__ == "__main__":
    if said := sorted(set(problems())):
        sys.exit("\n".join(f"{LOCK.name}: {line}" for line in [*said, "run `make lock`"]))

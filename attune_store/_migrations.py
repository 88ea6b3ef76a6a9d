"""The migration files, in dbmate's format."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_FILE = re.compile(r"(?P<version>\d+).*\.sql")
_BLOCK = re.compile(r"^--\s*migrate:(up|down)\b(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """One direction of a migration."""

    sql: str
    transaction: bool = True


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration, with both directions."""

    version: str
    name: str
    up: Script
    down: Script


@dataclass(frozen=True, slots=True)
class Progress:
    """The migrations of a database. `unknown` are versions for which this code has no file."""

    applied: tuple[Migration, ...]
    pending: tuple[Migration, ...]
    unknown: tuple[str, ...]

    @property
    def is_newer(self) -> bool:
        """Return whether the database has all migrations of this code, and more."""
        return bool(self.unknown) and not self.pending

    def steps(self, down: int = 0) -> tuple[Migration, ...]:
        """Return the pending migrations, or the last `down` applied ones, in the order to run."""
        return self.applied[: -down - 1 : -1] if down else self.pending


def read_migrations(folder: Traversable | None = None) -> tuple[Migration, ...]:
    """Read the migrations of a folder, by default of this package, in the order of their names."""
    if folder is None:
        folder = files("attune_store") / "_schema"
    migrations = sorted(_read(folder), key=lambda migration: migration.name)
    versions = [migration.version for migration in migrations]
    if len(set(versions)) < len(versions):
        raise ValueError("two migration files have the same version")
    return tuple(migrations)


def progress(migrations: Sequence[Migration], versions: Sequence[str]) -> Progress:
    """Sort the migrations into applied, pending and unknown, by the versions that a database lists."""
    known = {migration.version for migration in migrations}
    return Progress(
        applied=tuple(one for one in migrations if one.version in versions),
        pending=tuple(one for one in migrations if one.version not in versions),
        unknown=tuple(version for version in versions if version not in known),
    )


def _read(folder: Traversable) -> Iterator[Migration]:
    for file in folder.iterdir():
        if match := _FILE.fullmatch(file.name):
            scripts = _split(file.read_text(encoding="utf-8"))
            if scripts.keys() != {"up", "down"}:
                raise ValueError(f"{file.name}: expected one migrate:up and one migrate:down")
            yield Migration(match["version"], file.name, scripts["up"], scripts["down"])


def _split(text: str) -> dict[str, Script]:
    """Split a file at its `-- migrate:up` and `-- migrate:down` lines."""
    _, *parts = _BLOCK.split(text)
    return {
        direction: Script(sql.strip(), "transaction:false" not in options.split())
        for direction, options, sql in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }

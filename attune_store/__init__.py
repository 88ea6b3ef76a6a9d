"""attune-store: the typed PostgreSQL layer of the Attune workflow platform."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from attune_store import errors as errors
from attune_store._public import HOMES as _HOMES

if TYPE_CHECKING:
    from attune_store._public import *  # noqa: F403

__version__ = "0.1.0"


# The pytest plugin, `attune-store --help` and `errors` import this package without psycopg. A
# program that uses one twin does not load the other.
def __getattr__(name: str) -> Any:
    """Import what the package exports when it is used."""
    if name == "__all__":
        return sorted([*_HOMES, "errors"])
    if name == "errors":  # the other modules import it before they are complete
        return import_module(f"{__name__}.errors")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    """List what the package exports."""
    return sorted(__getattr__("__all__"))

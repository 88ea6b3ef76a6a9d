"""attune-store: the typed PostgreSQL layer of the Attune workflow platform."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from attune_store import errors as errors

if TYPE_CHECKING:
    from attune_store._public import *  # noqa: F403

__version__ = "0.1.0"


# The pytest plugin and `attune-store --help` import this package, and need no psycopg; nor does `errors`.
def __getattr__(name: str) -> Any:
    """Import what the package exports when the first of its names is used."""
    if name != "__all__" and name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "errors":  # the other modules import it before they are complete
        return import_module(f"{__name__}.errors")
    from attune_store import _public

    public = {name: getattr(_public, name) for name in _public.__all__}
    globals().update(public, __all__=_public.__all__)
    if name in globals():
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what the package exports."""
    return sorted(__getattr__("__all__"))

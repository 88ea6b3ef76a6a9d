"""attune-store: the typed PostgreSQL layer of the Attune workflow platform."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from attune_store import errors as errors

if TYPE_CHECKING:
    from attune_store._public import *  # noqa: F403
    from attune_store._public_async import *  # noqa: F403

__version__ = "0.1.0"


# The pytest plugin and `attune-store --help` import this package, and need no psycopg; nor does `errors`.
# Who works with one of the twins does not load the other.
def __getattr__(name: str) -> Any:
    """Import what the package exports when one of its names is used, sync or async ones."""
    if name == "__all__":
        return sorted([*_exported("_public"), *_exported("_public_async")])
    if name == "errors":  # the other modules import it before they are complete
        return import_module(f"{__name__}.errors")
    home = "_public_async" if name.startswith("Async") else "_public"
    exported = {} if name.startswith("_") else _exported(home)
    if name not in exported:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals().update(exported)
    return exported[name]


def _exported(module: str) -> dict[str, Any]:
    """The names that a module exports, and what they stand for."""
    public = import_module(f"{__name__}.{module}")
    return {name: getattr(public, name) for name in public.__all__}


def __dir__() -> list[str]:
    """List what the package exports."""
    return sorted(__getattr__("__all__"))

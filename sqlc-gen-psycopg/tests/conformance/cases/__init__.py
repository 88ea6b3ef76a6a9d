"""The cases, with one module per area."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Import every module, which registers its cases."""
    for info in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{info.name}")

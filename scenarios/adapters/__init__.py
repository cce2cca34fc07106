"""One short file for each session library; only the one asked for is imported."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Adapter


def load(name: str) -> Adapter:
    """Return the adapter called `name`: a file of this folder, or any module by its dotted name."""
    return importlib.import_module(name if "." in name else f"{__name__}.{name}")

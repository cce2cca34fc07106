"""One short file for each session library; only the one asked for is imported."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Adapter


def load(name: str) -> Adapter:
    """Return the adapter called `name`: a file of this folder, any module, or any `.py` file.

    A module is given by its dotted name, a file by its path.
    """
    if name.endswith(".py"):
        return _file(name)
    return importlib.import_module(name if "." in name else f"{__name__}.{name}")


def name_of(adapter: Adapter) -> str:
    """Return what `load` takes to load the adapter in another process."""
    is_file = adapter.__name__.startswith(_FROM_FILE)
    return str(adapter.__file__) if is_file else adapter.__name__


_FROM_FILE = f"{__name__}.from_file_"


@functools.cache
def _file(path: str) -> Adapter:
    """Import a file, whatever it is called: its folder is not searched, so it shadows nothing."""
    spec = importlib.util.spec_from_file_location(_FROM_FILE + Path(path).stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

"""The virtual environment of a check; nox makes those of the matrix."""

from __future__ import annotations

import os
from pathlib import Path

from harness import process
from harness.errors import CannotWrite
from harness.measure.resolve import UV

_SECONDS = 60.0


def make(folder: Path, python: Path) -> Path:
    """Make a fresh, empty environment for an interpreter, and return its folder."""
    made = process.run(
        [*UV, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", python, folder],
        cwd=Path.cwd(),
        env=os.environ,
        deadline_seconds=_SECONDS,
    )
    if made.returncode != 0:
        raise CannotWrite(f"cannot make an environment in {folder}: {made.output.strip()}")
    return folder

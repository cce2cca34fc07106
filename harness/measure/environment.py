"""The virtual environment of a check; nox makes those of the matrix."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from harness import interpreters, process
from harness.errors import CannotWrite, MissingInterpreter
from harness.measure.resolve import UV

_SECONDS = 60.0
_FETCH_SECONDS = 600.0


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


def fetched(level: str, environ: Mapping[str, str]) -> Path:
    """Let uv fetch an interpreter, and return where it is."""
    argv: list[str | Path] = [*UV, "python", "install", "--quiet", "--color", "never", level]
    done = process.run(argv, cwd=Path.cwd(), env=environ, deadline_seconds=_FETCH_SECONDS)
    found = interpreters.find([level], environ).get(level)
    if found is None:
        said = done.output.strip().splitlines() or ["uv says nothing"]
        raise MissingInterpreter(f"Python {level} cannot be fetched: {said[-1].strip()}")
    return found

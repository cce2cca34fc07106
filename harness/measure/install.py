"""A cell's environment: exactly the lock, and later the harness's tools beside it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness import process
from harness.measure.resolve import QUIET, UV, Lock
from harness.process import Finished
from harness.releases import indexes

TOOLS = Path(__file__).with_name("tools.txt")

_FOREIGN = ("PYTHON", "FLASK_", "SQLALCHEMY_", "WERKZEUG_", "PYTEST_", "COV_", "COVERAGE_")
"""What begins like this belongs to the caller's Python, and would change the subject."""

_OWN = {"PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1"}


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables of a cell's processes: the caller's, less its Python's.

    What pip was told of indexes, certificates and proxies is there in uv's words.
    """
    kept = {k: v for k, v in environ.items() if not k.startswith(_FOREIGN) and k != "VIRTUAL_ENV"}
    return indexes.for_uv(kept) | _OWN


def python_of(venv: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages(
    lock: Lock, python: Path, *, folder: Path, env: Mapping[str, str], deadline_seconds: float
) -> Finished:
    """Make the environment hold `lock.txt` of the cell's folder and nothing else.

    What comes from a folder is built anew: uv would take an earlier build of it for current.
    """
    anew = ("--reinstall", "--refresh") if lock.from_source else ()
    return process.run(
        [*UV, "pip", "sync", *QUIET, *anew, "--python", python, folder / "lock.txt"],
        cwd=folder,
        env=env,
        deadline_seconds=deadline_seconds,
        log=folder / "install.log",
    )


def tools(
    wanted: Sequence[str],
    python: Path,
    *,
    folder: Path,
    env: Mapping[str, str],
    deadline_seconds: float,
) -> Finished:
    """Add the harness's tools to an environment; nothing else is touched."""
    return process.run(
        [*UV, "pip", "install", *QUIET, "--no-deps", "--python", python, *wanted],
        cwd=folder,
        env=env,
        deadline_seconds=deadline_seconds,
        log=folder / "install.log",
    )


def missing_tools(text: str, locked: Collection[str]) -> list[str]:
    """Return the requirements of a text that the lock does not have in some version already."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    names = {canonicalize_name(name) for name in locked}
    return [line for line in lines if line and _name(line) not in names]


def _name(line: str) -> str:
    return canonicalize_name(Requirement(line).name)

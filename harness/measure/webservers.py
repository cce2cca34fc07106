"""The web servers that scenarios deploy applications on, each group in a folder that cells share.

They are no packages under test: they stay out of the cell's environment, and only the processes of
the servers see them, behind everything that the environment has.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness import process, store
from harness.errors import RegistryUnreachable
from harness.measure import bytecode, install, resolve
from harness.measure.resolve import QUIET, UV, Lock, Why
from harness.measure.setting import Setting
from harness.process import Finished

GROUPS = {
    "threads": Path(__file__).with_name("webservers.txt"),
    "gevent": Path(__file__).with_name("greenlets.txt"),
    "asgi": Path(__file__).with_name("asgi.txt"),
}
"""What is installed together, by the name that the scenarios know it by."""


def provide(setting: Setting, locked: Lock) -> None:
    """Install the servers for a cell, and write into its environment where they are or why not.

    Raises RegistryUnreachable where the package index does not answer and something is missing.
    """
    if setting.web_servers is None:
        return
    kept = setting.web_servers
    told = {name: _provided(setting, locked, kept, path) for name, path in GROUPS.items()}
    store.write_text(file_of(setting.venv), json.dumps(told))


def file_of(venv: Path) -> Path:
    """Return where an environment says which servers it has: `{group: {"path" or "missing"}}`."""
    return venv / "web-servers.json"


def _provided(setting: Setting, locked: Lock, kept: Path, path: Path) -> dict[str, str]:
    """Return where a group of servers is installed, or why it cannot be."""
    wanted, pins = split(path.read_text(encoding="utf-8"), locked.packages)
    folder = kept / key(bytecode.version_of(setting.venv), wanted, pins)
    if folder.is_dir():
        return {"path": str(folder)}
    kept.mkdir(parents=True, exist_ok=True)
    constraints = setting.folder / f"pins-of-{path.name}"
    store.write_text(constraints, "".join(f"{line}\n" for line in pins))
    missing = _filled(folder, lambda fresh: _install(setting, fresh, wanted, constraints))
    return {"missing": missing} if missing else {"path": str(folder)}


def split(text: str, locked: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Return what is to be installed of a file of requirements, and what the lock pins of it."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    names = {canonicalize_name(Requirement(line).name) for line in lines if line}
    pins = [f"{name}=={locked[name]}" for name in sorted(names & locked.keys())]
    return install.missing_tools(text, locked), pins


def key(python: str, wanted: list[str], pins: list[str]) -> str:
    """Return the name of a folder: the same for all cells that would get the same files."""
    return hashlib.sha256(repr((python, wanted, pins)).encode()).hexdigest()[:20]


def _install(setting: Setting, folder: Path, wanted: list[str], constraints: Path) -> str:
    """Install into a folder; return why that was not possible, or ""."""
    where: list[str | Path] = ["--python", setting.python, "--target", folder]
    where += ["--constraints", constraints]
    finished = process.run(
        [*UV, "pip", "install", *QUIET, "--only-binary", ":all:", *where, *wanted],
        cwd=setting.folder,
        env=setting.env,
        deadline_seconds=setting.deadlines.install,
        log=setting.folder / "install.log",
    )
    setting.spent.append(finished)
    return _why_not(finished, setting.deadlines.install)


def _why_not(finished: Finished, deadline_seconds: float) -> str:
    if finished.timed_out:
        raise RegistryUnreachable(
            f"the package index did not answer in {deadline_seconds:g} s, for the web servers"
        )
    if finished.returncode == 0:
        return ""
    why, message = resolve.classify(finished.output)
    if why is Why.UNREACHABLE:
        raise RegistryUnreachable(message)
    return message


def _filled(folder: Path, fill: Callable[[Path], str]) -> str:
    """Fill a fresh folder and put it in its place, unless another cell was first."""
    fresh = folder.with_name(f".{folder.name}-{os.getpid()}")
    try:
        reason = fill(fresh)
        if not reason:
            with suppress(OSError):
                fresh.rename(folder)
        return reason
    finally:
        shutil.rmtree(fresh, ignore_errors=True)

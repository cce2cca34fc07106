"""Bytecode that one cell has compiled, kept for the next ones with the same files.

A fresh environment has none, and compiling Flask-Admin, SQLAlchemy and pytest takes longer than
most scenarios. The key is the interpreter's whole version and the hashes of a package's modules;
Python compares each file with its source once more, so that a stale one is never used.
"""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath


def give(venv: Path, kept: Path) -> None:
    """Put the bytecode that is kept for the packages of an environment into it."""
    for site, package, _ in _packages(venv, kept):
        for source in package.glob("**/*.pyc"):
            _link(source, site / source.relative_to(package))


def keep(venv: Path, kept: Path) -> None:
    """Keep the bytecode that the environment has by now, for other environments."""
    for site, package, modules in _packages(venv, kept):
        known = set(modules)
        for folder in {module.parent for module in modules}:
            for source in (site / folder / "__pycache__").glob("*.pyc"):
                if folder / f"{source.name.partition('.')[0]}.py" in known:
                    _link(source, package / source.relative_to(site), anew=True)


def _packages(venv: Path, kept: Path) -> Iterator[tuple[Path, Path, list[PurePosixPath]]]:
    """Yield, for each package: where it is installed, where its bytecode is kept, its modules."""
    python = version_of(venv)
    for record in venv.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        with record.open(encoding="utf-8", newline="") as lines:
            rows = sorted(row for row in csv.reader(lines) if row and _is_module(row[0]))
        key = hashlib.sha256(repr(rows).encode()).hexdigest()[:20]
        package = kept / python / f"{record.parent.stem}-{key}"
        yield record.parent.parent, package, [PurePosixPath(row[0]) for row in rows]


def _is_module(path: str) -> bool:
    return path.endswith(".py") and not path.startswith((".", "/"))


def version_of(venv: Path) -> str:
    """Return the whole version of an environment's interpreter, as its creator wrote it down."""
    lines = (venv / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    settings = {
        key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)
    }
    names = ("implementation", "version_info", "version")
    return "-".join(settings[name] for name in names if name in settings) or "unknown"


def _link(source: Path, target: Path, *, anew: bool = False) -> None:
    """Make `target` the same file as `source`; whoever is first wins, nothing here is vital."""
    with suppress(OSError):
        if target.exists() and (not anew or target.samefile(source)):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(f".{os.getpid()}")
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
        temporary.replace(target)

"""Find the Pythons of this machine without starting any: it is done for every `nox -l`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

PLACES = "PATH, pyenv, uv, the hosted-runner tool cache"
"""Where is looked, for messages."""

_UV_NAME = re.compile(r"^cpython-(?P<version>\d+\.\d+\.\d+)-")
_PLAIN_VERSION = re.compile(r"^\d+\.\d+\.\d+$")


def find(
    levels: Iterable[str],
    environ: Mapping[str, str],
    home: Path | None = None,
    base: Path | None = None,
) -> dict[str, Path]:
    """Return an interpreter for each level ("3.12") that is here, the newest patch first.

    `environ` is the process environment, `home` the user's folder, `base` the folder of the
    installation that is running.
    """
    base = base or Path(sys.base_prefix)
    home = home or Path(environ.get("HOME") or Path.home())
    found: dict[str, Path] = {}
    for level in levels:
        for candidate in _candidates(level, environ, home, base):
            if _is_interpreter(candidate):
                found[level] = candidate
                break
    return found


def _candidates(level: str, environ: Mapping[str, str], home: Path, base: Path) -> Iterator[Path]:
    name = f"python{level}"
    yield base / "bin" / name
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    # What runs nox may be one of pyenv's, under another home.
    for place in (pyenv, base.parent):
        yield from (folder / "bin" / name for folder in _newest(place, level, _plain))
    cache = environ.get("RUNNER_TOOL_CACHE") or environ.get("AGENT_TOOLSDIRECTORY")
    if cache:
        versions = _newest(Path(cache) / "Python", level, _plain)
        yield from (
            folder / machine / "bin" / program
            for folder in versions
            for machine in ("x64", "arm64")
            for program in (name, "python")
        )
    managed = Path(
        environ.get("UV_PYTHON_INSTALL_DIR") or _data_home(environ, home) / "uv" / "python"
    )
    yield from (folder / "bin" / name for folder in _newest(managed, level, _uv))
    for folder in environ.get("PATH", "").split(os.pathsep):
        if folder:
            yield Path(folder) / name


def _data_home(environ: Mapping[str, str], home: Path) -> Path:
    return Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")


def _plain(name: str) -> str:
    return name if _PLAIN_VERSION.match(name) else ""


def _uv(name: str) -> str:
    found = _UV_NAME.match(name)
    return found["version"] if found else ""


def _newest(folder: Path, level: str, version_of: Callable[[str], str]) -> list[Path]:
    """Return the folders of that level's patch releases, the newest first."""
    try:
        versions = [(version_of(path.name), path) for path in folder.iterdir()]
    except OSError:
        return []
    patches = [(found, path) for found, path in versions if found.rpartition(".")[0] == level]
    patches.sort(key=lambda pair: int(pair[0].rpartition(".")[2]), reverse=True)
    return [path for _, path in patches]


def _is_interpreter(path: Path) -> bool:
    """Tell a program from a dangling link, and from a pyenv shim, a script that may fail."""
    if not os.access(path, os.X_OK) or path.is_dir():
        return False
    if re.search(r"\d[td]+$", path.resolve().name):
        return False  # a free-threaded or debug build is another interpreter
    try:
        with path.open("rb") as file:
            return file.read(2) != b"#!"
    except OSError:
        return False

"""Requirements as users write them, turned into what a cell is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.errors import BadInput

NEEDED = ("flask", "flask-admin", "sqlalchemy")
"""What every check installs, pinned or not."""

PLAIN = "sqlalchemy"
_PATH = re.compile(r"^(?:\.{1,2}(?:[/\\]|$)|[/\\~]|[A-Za-z]:[/\\]|file:)")
_OPTIONS = ("-r", "--requirement", "-c", "--constraint", "-e", "--editable")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The requirements to install, absolute where they are paths, and the names among them."""

    lines: tuple[str, ...]
    names: frozenset[str]


def read(
    requirements: Iterable[str],
    files: Iterable[Path],
    folder: Path,
    *,
    project_name: Callable[[Path], str | None],
) -> Wanted:
    """Return what the user wants, read from the command line and from requirements files.

    Relative paths are taken from `folder` or from the file that names them. `project_name` tells
    the name of the project in a folder, or of a wheel or sdist.
    """
    found = [_line(text, folder, project_name) for text in requirements]
    for file in files:
        found += _file(folder / file, project_name, ())
    return Wanted(
        lines=tuple(line for line, _ in found),
        names=frozenset(name for _, name in found if name),
    )


def _file(
    path: Path, project_name: Callable[[Path], str | None], above: tuple[Path, ...]
) -> list[tuple[str, str | None]]:
    if path in above:
        raise BadInput(f"{path} includes itself")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a requirements file: it is not text") from error
    found: list[tuple[str, str | None]] = []
    for number, line in enumerate(text.replace("\\\n", " ").splitlines(), start=1):
        stripped = re.sub(r"(^|\s)#.*$", "", line).strip()
        stripped = re.sub(r"\s--hash[= ]\S+", "", stripped)
        if not stripped:
            continue
        option, _, rest = stripped.partition(" ")
        if option in ("-r", "--requirement"):
            found += _file(path.parent / rest.strip(), project_name, (*above, path))
        elif option in ("-e", "--editable"):
            found.append(_line(rest.strip(), path.parent, project_name))
        elif stripped.startswith("-"):
            raise BadInput(
                f"{path}:{number}: {option} is not understood here; pass the requirements only,"
                " and set an index by uv's or pip's own environment variables"
            )
        else:
            found.append(_line(stripped, path.parent, project_name, f"{path}:{number}: "))
    return found


def _line(
    text: str, folder: Path, project_name: Callable[[Path], str | None], where: str = ""
) -> tuple[str, str | None]:
    if _PATH.match(text) or text.endswith((".whl", ".tar.gz")):
        path = (folder / Path(text.removeprefix("file://")).expanduser()).resolve()
        if not path.exists():
            raise BadInput(f"{where}there is nothing at {path}")
        name = project_name(path)
        if name is None:
            raise BadInput(
                f"{where}{path} is no Python project: it has no pyproject.toml with a name"
            )
        return f"{name} @ {path.as_uri()}", canonicalize_name(name)
    if text.startswith("git+"):
        raise BadInput(f"{where}write the name before a repository: NAME @ {text}")
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{where}{text!r} is not a requirement: {reason}") from error
    return str(requirement), canonicalize_name(requirement.name)


def complete(wanted: Wanted, library: str) -> tuple[str, ...]:
    """Return the lines to install, with the packages that a check needs and nobody named."""
    needed = [*NEEDED, *([library] if library != PLAIN else [])]
    return (*wanted.lines, *(name for name in needed if name not in wanted.names))


def library_of(wanted: Wanted, asked: str | None, adapters: Mapping[str, str]) -> tuple[str, str]:
    """Return the session library to check and its adapter; `adapters` maps the known ones."""
    known = ", ".join(sorted(adapters))
    if asked is not None:
        name = canonicalize_name(asked)
        if name not in adapters:
            raise BadInput(f"--library {asked}: not known here; choose from {known}")
        return name, adapters[name]
    present = sorted(name for name in adapters if name in wanted.names and name != PLAIN)
    if len(present) > 1:
        raise BadInput(f"two session libraries: say --library {' or --library '.join(present)}")
    if not present:
        libraries = ", ".join(sorted(name for name in adapters if name != PLAIN))
        raise BadInput(
            f"no session library among the requirements: add one of {libraries},"
            f" or say --library {PLAIN} to use none"
        )
    return present[0], adapters[present[0]]

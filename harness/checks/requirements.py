"""Requirements as users write them, turned into what a cell is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.errors import BadInput

NEEDED = ("flask", "flask-admin", "sqlalchemy")
"""What every check installs, pinned or not."""

PLAIN = "sqlalchemy"
_PATH = re.compile(r"^(?:\.{1,2}(?:[/\\]|$)|[/\\~]|[A-Za-z]:[/\\]|file:)")
_INCLUDED = re.compile(r"^(?:(-r|-c)\s*|(--requirement|--constraint)[\s=]+)(?P<file>.+)$")
_IGNORED = ("--require-hashes",)
"""What changes nothing of which releases are meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The requirements to install, absolute where they are paths, and the names among them."""

    lines: tuple[str, ...]
    names: frozenset[str]
    constraints: tuple[str, ...] = ()
    """What holds for whatever of these is installed, and installs nothing by itself (pip's -c)."""


def read(
    requirements: Iterable[str],
    files: Iterable[Path],
    folder: Path,
    *,
    project_name: Callable[[Path], str | None],
    constraints: Iterable[Path] = (),
) -> Wanted:
    """Return what the user wants, read from the command line, requirements and constraints files.

    Relative paths are taken from `folder` or from the file that names them. `project_name` tells
    the name of the project in a folder, or of a wheel or sdist.
    """
    found = [_line(text, folder, project_name) for text in requirements]
    within: list[str] = []
    for file in files:
        found += _file(folder / file, project_name, (), within)
    for file in constraints:
        within += [line for line, _ in _file(folder / file, project_name, (), within)]
    return Wanted(
        lines=tuple(line for line, _ in found),
        names=frozenset(name for _, name in found if name),
        constraints=tuple(dict.fromkeys(within)),
    )


def _file(
    file: Path,
    project_name: Callable[[Path], str | None],
    above: tuple[Path, ...],
    within: list[str],
) -> list[tuple[str, str | None]]:
    """Return the requirements of a file; the constraints that it names are added to `within`."""
    path = file.resolve()
    if path in above:
        raise BadInput(f"{path} includes itself")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not a requirements file: it is not text") from error
    found: list[tuple[str, str | None]] = []
    for number, line in _logical_lines(text):
        where = f"{path}:{number}: "
        option, _, rest = line.partition(" ")
        if included := _INCLUDED.match(line):
            other = path.parent / included["file"].strip()
            lines = _file(other, project_name, (*above, path), within)
            if (included[1] or included[2]) in ("-c", "--constraint"):
                within += [line for line, _ in lines]
            else:
                found += lines
        elif option in _IGNORED:
            continue
        elif option in ("-e", "--editable"):
            found.append(_line(rest.strip(), path.parent, project_name, where))
        elif line.startswith("-"):
            raise BadInput(
                f"{where}{option} is not understood here; pass the requirements only,"
                " and set an index by uv's or pip's own environment variables"
            )
        else:
            found.append(_line(line, path.parent, project_name, where))
    return found


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is said, without comments and hashes, with the number of its first line."""
    said, first = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        first = first or number
        if line.endswith("\\"):
            said += line[:-1] + " "
            continue
        stripped = re.sub(r"(^|\s)#.*$", "", said + line)
        stripped = re.sub(r"\s--hash[= ]\S+", "", stripped).strip()
        if stripped:
            yield first, stripped
        said, first = "", 0


def is_path(text: str) -> bool:
    """Tell the path of a folder, a wheel or an sdist from any other requirement."""
    return bool(_PATH.match(text)) or (" @ " not in text and text.endswith((".whl", ".tar.gz")))


def _line(
    text: str, folder: Path, project_name: Callable[[Path], str | None], where: str = ""
) -> tuple[str, str | None]:
    if is_path(text):
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


def named_library(wanted: Wanted, asked: str | None) -> str:
    """Return the package that a user's own adapter is about: asked for, or the only one besides."""
    if asked is not None:
        return canonicalize_name(asked)
    others = sorted(wanted.names.difference(NEEDED))
    if len(others) > 1:
        raise BadInput(
            f"which package is the adapter for? say --library {' or --library '.join(others)}"
        )
    return others[0] if others else PLAIN


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

"""Requirements as users write them, turned into what a cell is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.checks.addresses import Namer, is_address, unnamed
from harness.config import did_you_mean
from harness.errors import BadInput
from harness.measure import hashes
from harness.measure.hashes import Hashes
from harness.releases.indexes import Settings

NEEDED = ("flask", "flask-admin", "sqlalchemy")
"""What every check installs, pinned or not."""

PLAIN = "sqlalchemy"
_PATH = re.compile(r"^(?:\.{1,2}(?:[/\\]|$)|[/\\~]|[A-Za-z]:[/\\]|file:)")
_INCLUDED = re.compile(r"^(?:(-r|-c)\s*|(--requirement|--constraint)[\s=]+)(?P<file>.+)$")
_OPTION = re.compile(r"^(-[a-zA-Z]|--[\w-]+)(?:[\s=]+|(?<=^-\w))?(.*)$")
_SHORT = {"-i": "--index-url", "-f": "--find-links", "--pypi-url": "--index-url"}
_WITH_VALUE = ("index-url", "extra-index-url", "find-links", "trusted-host")
_SWITCHES = ("no-index", "pre")
_IGNORED = ("--require-hashes", "--prefer-binary")
"""What changes nothing of which releases are meant."""
_HASH = re.compile(r"\s--hash[= ](\S+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """The requirements to install, absolute where they are paths, and the names among them."""

    lines: tuple[str, ...]
    names: frozenset[str]
    constraints: tuple[str, ...] = ()
    """What holds for whatever of these is installed, and installs nothing by itself (pip's -c)."""
    hashes: Hashes = field(default_factory=dict)
    """Which hashes the files of these pins have to have."""
    settings: Settings = field(default_factory=dict)
    """Where packages come from, as requirements files say it."""
    asked: frozenset[str] = frozenset()
    """What of the names the application itself asks for, where that is known."""


@dataclass(frozen=True, slots=True)
class _Names:
    """How what is given without a name gets one."""

    of_path: Callable[[Path], str | None]
    of_address: Namer


@dataclass(slots=True)
class _Found:
    """What is gathered from the files, beside the requirements of each."""

    names: _Names
    within: list[str] = field(default_factory=list)
    hashes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)


def read(  # noqa: PLR0913 - where things are from, and how they get their names
    requirements: Iterable[str],
    files: Iterable[Path],
    folder: Path,
    *,
    project_name: Callable[[Path], str | None],
    constraints: Iterable[Path] = (),
    named: Namer = unnamed,
) -> Wanted:
    """Return what the user wants, read from the command line, requirements and constraints files.

    Relative paths are taken from `folder` or from the file that names them. `project_name` tells
    the name of the project in a folder, or of a wheel or sdist, `named` that of an address.
    """
    beside = _Found(_Names(project_name, named))
    found = [_line(text, folder, beside.names) for text in requirements]
    for file in files:
        found += _file(folder / file, (), beside)
    for file in constraints:
        beside.within += [line for line, _ in _file(folder / file, (), beside)]
    return Wanted(
        lines=tuple(line for line, _ in found),
        names=frozenset(name for _, name in found if name),
        constraints=tuple(dict.fromkeys(beside.within)),
        hashes=beside.hashes,
        settings=beside.settings,
    )


def _file(file: Path, above: tuple[Path, ...], beside: _Found) -> list[tuple[str, str | None]]:
    """Return the requirements of a file; all else that it says is added to `beside`."""
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
            lines = _file(other, (*above, path), beside)
            if (included[1] or included[2]) in ("-c", "--constraint"):
                beside.within += [line for line, _ in lines]
            else:
                found += lines
        elif option in ("-e", "--editable"):
            found.append(_line(rest.strip(), path.parent, beside.names, where))
        elif line.startswith("-"):
            _set(line, path.parent, where, beside.settings)
        else:
            given = tuple(one.lower() for one in _HASH.findall(line))
            plain = _HASH.sub("", line).strip()
            found.append(_line(plain, path.parent, beside.names, where))
            if given:
                _keep_hashes(found[-1][0], given, where, beside.hashes)
    return found


def _set(line: str, folder: Path, where: str, settings: dict[str, str]) -> None:
    """Add what an option of a requirements file says of the indexes; refuse any other."""
    parts = _OPTION.match(line)
    option = _SHORT.get(parts[1], parts[1]) if parts else line
    name, value = option.removeprefix("--"), parts[2].strip() if parts else ""
    if option in _IGNORED:
        return
    if name in _SWITCHES:
        settings[name] = "1"
    elif name in _WITH_VALUE and value:
        if name == "find-links" and "://" not in value and (folder / value).exists():
            value = str((folder / value).resolve())
        old = "" if name == "index-url" else settings.get(name, "")
        settings[name] = f"{old} {value}".strip()
    else:
        raise BadInput(
            f"{where}{option} is not understood here: leave it out, what is checked are releases"
        )


def _keep_hashes(
    line: str, given: tuple[str, ...], where: str, kept: dict[str, tuple[str, ...]]
) -> None:
    """Keep the hashes of a requirement; refuse what cannot be verified, as pip does."""
    for one in given:
        if not hashes.is_hash(one):
            raise BadInput(f"{where}{one} is no hash: write sha256: and its 64 digits")
    key = hashes.key(line)
    if not key:
        raise BadInput(f"{where}{line} has a hash, and no one version: pin it with ==")
    if "@ git+" in line or _is_folder(line):
        raise BadInput(
            f"{where}{Requirement(line).name}: a repository or a folder has no hash that could be"
            " verified: leave --hash out"
        )
    kept[key] = tuple(dict.fromkeys((*kept.get(key, ()), *given)))


def _is_folder(line: str) -> bool:
    address = Requirement(line).url or ""
    return address.startswith("file:") and not address.endswith((".whl", ".tar.gz", ".zip"))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield what is said, without comments, with the number of its first line."""
    said, first = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        first = first or number
        if line.endswith("\\"):
            said += line[:-1] + " "
            continue
        stripped = re.sub(r"(^|\s)#.*$", "", said + line).strip()
        if stripped:
            yield first, stripped
        said, first = "", 0


def is_path(text: str) -> bool:
    """Tell the path of a folder, a wheel or an sdist from any other requirement."""
    return bool(_PATH.match(text)) or (" @ " not in text and text.endswith((".whl", ".tar.gz")))


def _line(text: str, folder: Path, names: _Names, where: str = "") -> tuple[str, str | None]:
    if is_address(text):
        text = _named(text, names.of_address, where)
    if is_path(text):
        path = (folder / Path(text.removeprefix("file://")).expanduser()).resolve()
        if not path.exists():
            raise BadInput(f"{where}there is nothing at {path}")
        name = names.of_path(path)
        if name is None:
            raise BadInput(
                f"{where}{path} is no Python project: it has no pyproject.toml with a name"
            )
        return f"{name} @ {path.as_uri()}", canonicalize_name(name)
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{where}{text!r} is not a requirement: {reason}") from error
    return str(requirement), canonicalize_name(requirement.name)


def _named(text: str, named: Namer, where: str) -> str:
    """Return the requirement for an address; `#egg=NAME`, as `pip freeze` writes it, names it."""
    address, _, marker = text.partition(" ; ")
    rest = f" ; {marker}" if marker else ""
    place, _, fragment = address.partition("#")
    parts = dict(part.partition("=")[::2] for part in fragment.split("&") if part)
    if egg := parts.pop("egg", ""):
        left = "&".join(f"{key}={value}" for key, value in parts.items())
        return f"{egg} @ {place}{f'#{left}' if left else ''}{rest}"
    try:
        return f"{named(address)}{rest}"
    except BadInput as error:
        raise BadInput(f"{where}{error}") from error


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
    if len(own := [name for name in present if name in wanted.asked]) == 1:
        present = own
    if len(present) > 1:
        raise BadInput(
            "two session libraries are there: which does the application use? say"
            f" --library {' or --library '.join(present)}"
        )
    if not present:
        libraries = sorted(name for name in adapters if name != PLAIN)
        hints = (did_you_mean(name, libraries) for name in sorted(wanted.names - {*NEEDED}))
        raise BadInput(
            f"no session library among the requirements{next(filter(None, hints), '')}:"
            f" add one of {', '.join(libraries)},"
            f" or say --library {PLAIN} to use none"
        )
    return present[0], adapters[present[0]]

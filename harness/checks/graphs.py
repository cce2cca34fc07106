"""Who asked for what: the application itself, or a package of it; pure.

A lock that holds two session libraries says which of them the application asked for. Where its
project file lies beside it, that says so; else what no package of the lock needs was asked for.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.checks import entries
from harness.checks.pins import Kind, Target

_OWN = ("virtual", "editable")
"""Where uv says that a package of its lock is the application."""
_VIA = re.compile(r"#\s*via\s*(.*)$")
_FILE = re.compile(r"^-r\s|\((?:pyproject\.toml|setup\.(?:py|cfg))\b")
"""What stands in the place of a package where a file asked for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Graph:
    """What the application asks for by name, and which packages need each."""

    asked: frozenset[str] = frozenset()
    by: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def told(self, library: str, others: Iterable[str]) -> str:
        """Return why this is the library that the application uses, where there are others."""
        said = [f"{library}: asked for by the application"]
        for name in others:
            by = " and ".join(sorted(self.by.get(name, ())))
            said.append(f"{name} by {by}" if by else f"{name} by another package")
        return "; ".join(said)


def of_lock(kind: Kind, text: str, project: str, target: Target) -> Graph:
    """Return the graph of a lock that can be read; `project` is the text of the file beside it."""
    data = {} if kind is Kind.PIPENV else _toml(text)
    packages = _list(data, "packages" if kind is Kind.PYLOCK else "package")
    needs = {_name(one): frozenset(_needed(kind, one)) for one in packages}
    own = {_name(one) for one in packages if _is_own(one)}
    by: dict[str, set[str]] = {}
    for name, needed in needs.items():
        for other in needed if name not in own else ():
            by.setdefault(other, set()).add(name)
    asked = {x for one in packages if _is_own(one) for x in _asked_by(one, target)}
    asked = asked or set(_declared(_toml(project), target))
    if not asked and by:
        asked = needs.keys() - by.keys() - own
    return Graph(asked=frozenset(asked), by={name: frozenset(some) for name, some in by.items()})


def of_requirements(texts: Iterable[str], names: Iterable[str]) -> Graph:
    """Return the graph that `# via` comments tell, as pip-compile and uv write them.

    What has no such comment a person has written, so it was asked for.
    """
    by: dict[str, set[str]] = {}
    for text in texts:
        for name, via in _commented(text):
            by.setdefault(name, set()).add(via)
    asked = {name for name in names if name not in by or any(map(_FILE.search, by[name]))}
    others = {
        name: frozenset(canonicalize_name(one) for one in some if _is_package(one))
        for name, some in by.items()
    }
    return Graph(asked=frozenset(asked), by=others)


def _is_package(via: str) -> bool:
    return not (via.startswith("-") or _FILE.search(via))


def _commented(text: str) -> Iterator[tuple[str, str]]:
    """Yield each package with each of those that its comments name."""
    name, is_open = "", False
    for line in text.splitlines():
        said, mark, comment = line.partition("#")
        if said.strip():
            with suppress(InvalidRequirement):
                plain = said.partition(" --")[0].strip().rstrip("\\")
                name, is_open = canonicalize_name(Requirement(plain).name), False
        via = _VIA.search(line)
        is_open = bool(via) or (is_open and bool(mark) and not said.strip())
        told = via[1] if via else comment if is_open else ""
        parts = [told] if _FILE.search(told.strip()) else told.split(",")
        yield from ((name, part.strip()) for part in parts if name and part.strip())


# What each kind says -----------------------------------------------------------------------------


def _toml(text: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}  # whoever reads it as a lock says so


def _list(data: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = data.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _name(one: Mapping[str, object]) -> str:
    return canonicalize_name(str(one.get("name", "")))


def _needed(kind: Kind, one: Mapping[str, object]) -> Iterator[str]:
    if kind is Kind.POETRY:
        yield from map(canonicalize_name, entries.table(one, "dependencies"))
    elif kind is Kind.PDM:
        yield from _names(entries.texts(one.get("dependencies")))
    else:
        yield from map(_name, _list(one, "dependencies"))


def _names(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        with suppress(InvalidRequirement):
            yield canonicalize_name(Requirement(line).name)


def _is_own(one: Mapping[str, object]) -> bool:
    return any(key in entries.table(one, "source") for key in _OWN)


def _asked_by(one: Mapping[str, object], target: Target) -> Iterator[str]:
    """Yield what a package of uv's lock asks for, with the extras and groups that are chosen."""
    yield from map(_name, _list(one, "dependencies"))
    for key, chosen in (
        ("optional-dependencies", target.extras),
        ("dev-dependencies", ("dev", *target.groups)),
    ):
        for name in chosen:
            yield from map(_name, _list(entries.table(one, key), name))


def _declared(data: Mapping[str, object], target: Target) -> Iterator[str]:
    """Yield what a pyproject.toml or a Pipfile asks for."""
    project = entries.table(data, "project")
    poetry = entries.table(entries.table(data, "tool"), "poetry")
    yield from _names(entries.texts(project.get("dependencies")))
    for name in target.extras:
        extras = entries.table(project, "optional-dependencies")
        yield from _names(entries.texts(extras.get(name)))
    for name in target.groups:
        yield from _names(entries.texts(entries.table(data, "dependency-groups").get(name)))
        group = entries.table(entries.table(poetry, "group"), name)
        yield from map(canonicalize_name, entries.table(group, "dependencies"))
    yield from map(canonicalize_name, entries.table(data, "packages"))
    for name in entries.table(poetry, "dependencies"):
        if name != "python":
            yield canonicalize_name(name)

"""What a pyproject.toml declares to need: its dependencies, extras and dependency groups; pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.dependency_groups import DependencyGroupResolver
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.checks.pins import Target
from harness.errors import BadInput


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """The requirements of an application, and what of its file they do not reflect."""

    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


def read(text: str, where: Path, target: Target) -> Declared:
    """Return what `[project] dependencies` say, with the extras and groups that are chosen."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not TOML: {error}") from error
    project, groups = _table(data, "project"), _table(data, "dependency-groups")
    if "dependencies" in _list(project, "dynamic", where):
        raise BadInput(
            f"{where} leaves its dependencies to its build: give a lock, or requirements"
        )
    if not project and not target.groups:
        raise BadInput(f"{where} has no [project]: give its lock, or choose a --group")
    found = [
        *_expanded(project, _list(project, "dependencies", where), where, ()),
        *_extras(project, target.extras, where),
        *_groups(groups, target.groups, where),
    ]
    return Declared(lines=tuple(map(str, found)), notes=tuple(_notes(data, found, where)))


def _extras(
    project: Mapping[str, object], names: tuple[str, ...], where: Path, above: tuple[str, ...] = ()
) -> Iterator[Requirement]:
    """Yield what extras of the project add."""
    known = {canonicalize_name(name): name for name in _table(project, "optional-dependencies")}
    for name in map(canonicalize_name, names):
        if name not in known:
            told = ", ".join(sorted(known)) or "none"
            raise BadInput(f"--extra {name}: {where} has no such; it has {told}")
        if name not in above:
            lines = _list(_table(project, "optional-dependencies"), known[name], where)
            yield from _expanded(project, lines, where, (*above, name))


def _expanded(
    project: Mapping[str, object], lines: list[str], where: Path, above: tuple[str, ...]
) -> Iterator[Requirement]:
    """Yield requirements; one for the project's own extras (`me[all]`) gives what these add."""
    own = canonicalize_name(str(project.get("name", "")))
    for line in lines:
        one = _requirement(line, where)
        if canonicalize_name(one.name) == own:
            yield from _extras(project, tuple(sorted(one.extras)), where, above)
        else:
            yield one


def _groups(
    groups: Mapping[str, object], names: tuple[str, ...], where: Path
) -> Iterator[Requirement]:
    known = sorted(map(canonicalize_name, groups))
    for name in names:
        if canonicalize_name(name) not in known:
            told = ", ".join(known) or "none"
            raise BadInput(f"--group {name}: {where} has no such; it has {told}")
        try:
            yield from DependencyGroupResolver(groups).resolve(name)  # type: ignore[arg-type]  # it checks the types itself
        except (ExceptionGroup, ValueError, TypeError) as error:
            raise BadInput(f"{where}: {' '.join(_causes(error))}") from error


def _causes(error: BaseException) -> Iterator[str]:
    parts = getattr(error, "exceptions", ())
    yield str(error) if not parts else f"{error}:"
    for part in parts:
        yield from _causes(part)


def _notes(data: Mapping[str, object], found: list[Requirement], where: Path) -> Iterator[str]:
    """Yield what another tool would take from elsewhere."""
    tool = _table(_table(data, "tool"), "uv")
    sources = set(map(canonicalize_name, _table(tool, "sources")))
    for name in sorted(sources.intersection(canonicalize_name(one.name) for one in found)):
        yield f"{name}: [tool.uv.sources] of {where.name} is not read; give uv.lock for it"


def _requirement(line: str, where: Path) -> Requirement:
    try:
        return Requirement(line)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{where}: {line!r} is not a requirement: {reason}") from error


def _table(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = data.get(key, {})
    return found if isinstance(found, dict) else {}


def _list(data: Mapping[str, object], key: str, where: Path) -> list[str]:
    found = data.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise BadInput(f"{where}: {key} is no list of texts")
    return found

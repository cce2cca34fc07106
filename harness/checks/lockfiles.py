"""What the lock files of the usual tools pin, as one kind of value; pure.

A lock is read for one Python: markers that do not hold there leave an entry out. What belongs to
the application itself (its own folder) is no pin, and is told.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import InvalidMarker, Marker
from packaging.pylock import Package, Pylock, PylockValidationError
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.checks.pins import Kind, Pin, Pins, Target
from harness.errors import BadInput


def read_pylock(text: str, where: Path, target: Target) -> Pins:
    """Return what a pylock.toml (PEP 751) pins."""
    try:
        lock = Pylock.from_dict(_toml(text, where))
    except PylockValidationError as error:
        raise BadInput(f"{where} is no pylock.toml: {error}") from error
    if lock.requires_python and not lock.requires_python.contains(target.python, prereleases=True):
        raise BadInput(
            f"{where} is for Python {lock.requires_python}, and this is {target.python}:"
            " choose another with --python"
        )
    _chosen("--extra", target.extras, lock.extras, where)
    _chosen("--group", target.groups, lock.dependency_groups, where)
    groups = frozenset(target.groups) | frozenset(lock.default_groups or ())
    chosen = {"extras": frozenset(target.extras), "dependency_groups": groups}
    variables: dict[str, str | frozenset[str]] = {**target.markers, **chosen}
    held = (
        package
        for package in lock.packages
        if package.marker is None or package.marker.evaluate(variables, "lock_file")
    )
    return _pins((_of_pylock(package, where) for package in held), where)


def read_poetry(text: str, where: Path, target: Target) -> Pins:
    """Return what a poetry.lock pins; the groups of before Poetry 2 are not told apart in it."""
    packages = _tables(_toml(text, where), "package", where)
    known = {name for one in packages for name in _texts(one.get("groups"))}
    _chosen("--group", target.groups, tuple(known), where)
    groups = {"main", *target.groups}

    def holds(one: Mapping[str, object]) -> bool:
        its = groups.intersection(_texts(one.get("groups"))) if "groups" in one else groups
        marker = _poetry_marker(one.get("markers"), its)
        python = str(one.get("python-versions", ""))
        return bool(its) and _holds(marker, target) and _is_for(python, target)

    held = filter(holds, packages)
    return _pins((_of_poetry(one, where) for one in held), where)


def read_pipenv(text: str, where: Path, target: Target) -> Pins:
    """Return what a Pipfile.lock pins: `default`, and the groups that are asked for."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadInput(f"{where} is not JSON: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("default"), dict):
        raise BadInput(f"{where} has no `default` packages")
    names = [name for name in data if not name.startswith("_")]
    groups = ["develop" if name == "dev" else name for name in target.groups]
    _chosen("--group", groups, names, where)
    held = (
        (name, one)
        for group in ("default", *groups)
        for name, one in data[group].items()
        if isinstance(one, dict) and _holds(str(one.get("markers", "")), target)
    )
    return _pins((_of_pipenv(name, one, where) for name, one in held), where)


def read_installed(told: Iterable[Mapping[str, object]], where: Path) -> Pins:
    """Return what is installed, as an interpreter tells it, with direct addresses (PEP 610)."""
    return _pins((_of_installed(one) for one in told), where)


# One entry of each kind -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """An entry of a lock; `is_own`: it is the application itself, or a folder that is gone."""

    pin: Pin
    is_own: bool = False


def _of_pylock(package: Package, where: Path) -> _Entry:
    name = str(package.name)
    if package.directory is not None:
        folder = package.directory.subdirectory or ""
        return _folder(name, where.parent / package.directory.path / folder, where.parent)
    if package.vcs is not None and package.vcs.url:
        vcs = package.vcs
        return _vcs(name, vcs.type, vcs.url or "", vcs.commit_id, vcs.subdirectory or "")
    if package.archive is not None:
        place = package.archive.url or (where.parent / (package.archive.path or "")).as_uri()
        return _Entry(pin=Pin(name=name, url=place))
    if package.version is None:
        raise BadInput(f"{where}: {name} has no version")
    return _Entry(pin=Pin(name=name, version=str(package.version)))


def _of_poetry(one: Mapping[str, object], where: Path) -> _Entry:
    name, version = canonicalize_name(str(one.get("name", ""))), str(one.get("version", ""))
    source = one.get("source")
    if isinstance(source, dict):
        address = str(source.get("url", ""))
        match source.get("type"):
            case "directory":
                return _folder(name, where.parent / address, where.parent)
            case "file":
                return _Entry(pin=Pin(name=name, url=(where.parent / address).resolve().as_uri()))
            case "url":
                return _Entry(pin=Pin(name=name, url=address))
            case "git":
                commit = str(source.get("resolved_reference") or source.get("reference", ""))
                return _vcs(name, "git", address, commit, str(source.get("subdirectory") or ""))
            case _:
                pass
    return _released(name, version, where)


def _of_pipenv(name: str, one: Mapping[str, object], where: Path) -> _Entry:
    key = canonicalize_name(name)
    folder = one.get("path")
    if isinstance(folder, str):
        return _folder(key, where.parent / folder, where.parent)
    if isinstance(one.get("git"), str):
        commit, inside = str(one.get("ref", "")), str(one.get("subdirectory") or "")
        return _vcs(key, "git", str(one["git"]), commit, inside)
    if isinstance(one.get("file"), str):
        return _Entry(pin=Pin(name=key, url=str(one["file"])))
    return _released(key, str(one.get("version", "")).removeprefix("=="), where)


def _of_installed(one: Mapping[str, object]) -> _Entry:
    name, direct = canonicalize_name(str(one["name"])), one.get("direct")
    if isinstance(direct, dict):
        address, inside = str(direct.get("url", "")), str(direct.get("subdirectory") or "")
        vcs = direct.get("vcs_info")
        if isinstance(vcs, dict):
            return _vcs(name, str(vcs.get("vcs")), address, str(vcs.get("commit_id", "")), inside)
        is_local = isinstance(direct.get("dir_info"), dict)
        return _Entry(pin=Pin(name=name, url=address, is_local=is_local))
    return _Entry(pin=Pin(name=name, version=str(one["version"])))


def _released(name: str, version: str, where: Path) -> _Entry:
    try:
        return _Entry(pin=Pin(name=name, version=str(Version(version))))
    except InvalidVersion as error:
        raise BadInput(f"{where}: {name} has no version: {version!r}") from error


def _folder(name: str, place: Path, root: Path) -> _Entry:
    resolved = place.resolve()
    own = resolved == root.resolve() or not resolved.exists()
    return _Entry(pin=Pin(name=name, url=resolved.as_uri(), is_local=True), is_own=own)


def _vcs(name: str, kind: str, url: str, commit: str, inside: str) -> _Entry:
    address = url if url.startswith(f"{kind}+") else f"{kind}+{url}"
    at = f"@{commit}" if commit else ""
    return _Entry(
        pin=Pin(name=name, url=f"{address}{at}{f'#subdirectory={inside}' if inside else ''}")
    )


def _pins(entries: Iterable[_Entry], where: Path) -> Pins:
    found: dict[str, Pin] = {}
    own: list[str] = []
    for entry in entries:
        pin = entry.pin
        if entry.is_own:
            own.append(pin.name)
            continue
        if found.setdefault(pin.name, pin) != pin:
            raise BadInput(
                f"{where} has {found[pin.name].shown} and {pin.shown} of {pin.name}, and does not"
                " say which is for this Python: export it (pylock.toml, or requirements)"
            )
    return Pins(by_name=found, own=tuple(own))


# What is common -------------------------------------------------------------------------------


def _toml(text: str, where: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not TOML: {error}") from error


def _tables(data: Mapping[str, object], key: str, where: Path) -> list[Mapping[str, object]]:
    found = data.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadInput(f"{where} has no [[{key}]]")
    return found


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _chosen(option: str, asked: Sequence[str], known: Iterable[str] | None, where: Path) -> None:
    """Refuse a group or extra that the file does not have."""
    names = sorted(map(canonicalize_name, known or ()))
    for name in asked:
        if canonicalize_name(name) not in names:
            told = ", ".join(names) or "none"
            raise BadInput(f"{option} {name}: {where} has no such; it has {told}")


def _holds(marker: str, target: Target) -> bool:
    if not marker:
        return True
    try:
        return Marker(marker).evaluate({**target.markers, "extra": ""})
    except InvalidMarker as error:
        raise BadInput(f"{marker!r} is no marker: {str(error).splitlines()[0]}") from error


def _poetry_marker(value: object, groups: Iterable[str]) -> str:
    """Return the marker of a package; where it has one for each group, that any of these holds."""
    if isinstance(value, dict):
        chosen = [str(value.get(name, "")) for name in groups]
        return " or ".join(f"({marker})" for marker in chosen) if all(chosen) else ""
    return str(value or "")


def _is_for(specifier: str, target: Target) -> bool:
    """Whether a package is for the target's Python; taken for granted where it is not clear."""
    try:
        return SpecifierSet(specifier).contains(target.python, prereleases=True)
    except InvalidSpecifier:
        return True


READERS: Mapping[Kind, Callable[[str, Path, Target], Pins]] = {
    Kind.PYLOCK: read_pylock,
    Kind.POETRY: read_poetry,
    Kind.PIPENV: read_pipenv,
}
"""How the locks are read that need no other program; uv itself turns its own into a pylock.toml."""

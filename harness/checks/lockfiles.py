"""What the lock files of the usual tools pin, as one kind of value; pure.

A lock is read for one Python: markers that do not hold there leave an entry out. What belongs to
the application itself (its own folder) is no pin, and is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from packaging.markers import Marker
from packaging.pylock import Package, Pylock, PylockValidationError
from packaging.utils import canonicalize_name

from harness.checks import entries
from harness.checks.entries import Entry
from harness.checks.pins import Kind, Pin, Pins, Target
from harness.errors import BadInput


def read_pylock(text: str, where: Path, target: Target) -> Pins:
    """Return what a pylock.toml (PEP 751) pins."""
    try:
        lock = Pylock.from_dict(entries.toml(text, where))
    except PylockValidationError as error:
        raise BadInput(f"{where} is no pylock.toml: {error}") from error
    if lock.requires_python and not lock.requires_python.contains(target.python, prereleases=True):
        raise _other_python(where, str(lock.requires_python), target)
    entries.chosen("--extra", target.extras, lock.extras, where)
    entries.chosen("--group", target.groups, lock.dependency_groups, where)
    groups = frozenset(target.groups) | frozenset(lock.default_groups or ())
    chosen = {"extras": frozenset(target.extras), "dependency_groups": groups}
    variables: dict[str, str | frozenset[str]] = {**target.markers, **chosen}

    def is_there(marker: Marker | None) -> bool:
        return marker is None or marker.evaluate(variables, "lock_file")

    if lock.environments and not any(map(is_there, lock.environments)):
        raise _other_python(where, " or ".join(map(str, lock.environments)), target)
    held = (package for package in lock.packages if is_there(package.marker))
    return entries.pins((_of_pylock(package, where) for package in held), where)


def read_poetry(text: str, where: Path, target: Target) -> Pins:
    """Return what a poetry.lock pins; the groups of before Poetry 2 are not told apart in it."""
    data = entries.toml(text, where)
    packages = entries.tables(data, "package", where)
    python = str(entries.table(data, "metadata").get("python-versions", ""))
    if not entries.is_for(python, target):
        raise _other_python(where, python, target)
    entries.chosen("--extra", target.extras, entries.table(data, "extras"), where)
    if not any("groups" in one for one in packages):
        return _read_poetry_1(data, packages, where, target)
    known = {name for one in packages for name in entries.texts(one.get("groups"))}
    entries.chosen("--group", target.groups, known, where)
    groups = {"main", *map(canonicalize_name, target.groups)}

    def is_held(one: Mapping[str, object]) -> bool:
        mine = [
            name for name in entries.texts(one.get("groups")) if canonicalize_name(name) in groups
        ]
        its_python = str(one.get("python-versions", ""))
        marker = _poetry_marker(one.get("markers"), mine)
        return bool(mine) and entries.holds(marker, target) and entries.is_for(its_python, target)

    held = filter(is_held, packages)
    return entries.pins((_of_poetry(one, where) for one in held), where)


def _read_poetry_1(
    data: Mapping[str, object],
    packages: list[Mapping[str, object]],
    where: Path,
    target: Target,
) -> Pins:
    """Return the pins of a lock without groups and markers: all but what only extras ask for."""
    if target.groups:
        raise BadInput(
            f"{where} is of Poetry 1, and does not tell its groups apart: leave --group out, all of"
            " them are taken"
        )
    extras = entries.table(data, "extras")
    chosen = set(map(canonicalize_name, target.extras))
    wanted = {
        canonicalize_name(name.partition(" ")[0])
        for extra, names in extras.items()
        if canonicalize_name(extra) in chosen
        for name in entries.texts(names)
    }
    by_name = {canonicalize_name(str(one.get("name", ""))): one for one in packages}
    waiting = list(wanted)
    while waiting:
        needed = entries.table(by_name.get(waiting.pop(), {}), "dependencies")
        new = set(map(canonicalize_name, needed)) - wanted
        wanted |= new
        waiting += new
    held = [
        one
        for one in packages
        if (one.get("optional") is not True or canonicalize_name(str(one.get("name"))) in wanted)
        and entries.is_for(str(one.get("python-versions", "")), target)
    ]
    pins = entries.pins((_of_poetry(one, where) for one in held), where)
    told = f"{where.name} is of Poetry 1: it has no groups and no markers, so all of it counts"
    return replace(pins, notes=(told,))


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
    entries.chosen("--extra", target.extras, (), where)
    entries.chosen("--group", groups, names, where)
    held = (
        (name, one)
        for group in ("default", *groups)
        for name, one in data[group].items()
        if isinstance(one, dict) and entries.holds(str(one.get("markers", "")), target)
    )
    found = (_of_pipenv(name, one, where) for name, one in held if not _is_open(one))
    return entries.pins(found, where)


def read_pdm(text: str, where: Path, target: Target) -> Pins:
    """Return what a pdm.lock pins; extras and groups are of one kind there."""
    data = entries.toml(text, where)
    packages = entries.tables(data, "package", where)
    metadata = entries.table(data, "metadata")
    if not all("groups" in one for one in packages):  # without its strategy inherit_metadata
        raise BadInput(
            f"{where} does not say what is in which group: give what `pdm export -f pylock` writes"
        )
    pythons = [str(one.get("requires_python", "")) for one in _targets(metadata)]
    if pythons and not any(entries.is_for(one, target) for one in pythons):
        raise _other_python(where, " or ".join(pythons), target)
    known = entries.texts(metadata.get("groups"))
    entries.chosen("--extra", target.extras, known, where)
    entries.chosen("--group", target.groups, known, where)
    groups = {"default", *map(canonicalize_name, (*target.groups, *target.extras))}

    def is_held(one: Mapping[str, object]) -> bool:
        mine = map(canonicalize_name, entries.texts(one.get("groups")))
        return not groups.isdisjoint(mine) and entries.holds(str(one.get("marker", "")), target)

    held = filter(is_held, packages)
    return entries.pins((_of_pdm(one, where) for one in held), where)


def read_installed(told: Iterable[Mapping[str, object]], where: Path) -> Pins:
    """Return what is installed, as an interpreter tells it, with direct addresses (PEP 610)."""
    return entries.pins((_of_installed(one) for one in told), where)


def _other_python(where: Path, wanted: str, target: Target) -> BadInput:
    return BadInput(
        f"{where} is for Python {wanted}, and this is {target.python}: choose another with --python"
    )


# One entry of each kind -----------------------------------------------------------------------


def _of_pylock(package: Package, where: Path) -> Entry:
    name = str(package.name)
    if package.directory is not None:
        folder = package.directory.subdirectory or ""
        return entries.folder(name, where.parent / package.directory.path / folder, where.parent)
    if package.vcs is not None and package.vcs.url:
        vcs = package.vcs
        return entries.vcs(name, vcs.type, vcs.url or "", vcs.commit_id, vcs.subdirectory or "")
    hashes = entries.hashes(_hashes_of_pylock(package))
    if package.archive is not None:
        place = package.archive.url or (where.parent / (package.archive.path or "")).as_uri()
        return Entry(pin=Pin(name=name, url=place, hashes=hashes))
    if package.version is None:
        raise BadInput(f"{where}: {name} has no version")
    return Entry(pin=Pin(name=name, version=str(package.version), hashes=hashes))


def _hashes_of_pylock(package: Package) -> Iterator[str]:
    for file in (package.archive, package.sdist, *(package.wheels or ())):
        if file is not None:
            yield from (f"{kind}:{digits}" for kind, digits in file.hashes.items())


def _of_poetry(one: Mapping[str, object], where: Path) -> Entry:
    name, version = canonicalize_name(str(one.get("name", ""))), str(one.get("version", ""))
    given = [file.get("hash") for file in _files(one)]
    source = one.get("source")
    if isinstance(source, dict):
        address = str(source.get("url", ""))
        match source.get("type"):
            case "directory":
                return entries.folder(name, where.parent / address, where.parent)
            case "file":
                url = (where.parent / address).resolve().as_uri()
                return Entry(pin=Pin(name=name, url=url, hashes=entries.hashes(given)))
            case "url":
                return Entry(pin=Pin(name=name, url=address, hashes=entries.hashes(given)))
            case "git":
                commit = str(source.get("resolved_reference") or source.get("reference", ""))
                inside = str(source.get("subdirectory") or "")
                return entries.vcs(name, "git", address, commit, inside)
            case _:
                pass
    return entries.released(name, version, where, given)


def _of_pipenv(name: str, one: Mapping[str, object], where: Path) -> Entry:
    key, given = canonicalize_name(name), entries.texts(one.get("hashes"))
    folder = one.get("path")
    if isinstance(folder, str):
        return entries.folder(key, where.parent / folder, where.parent)
    if isinstance(one.get("git"), str):
        commit, inside = str(one.get("ref", "")), str(one.get("subdirectory") or "")
        return entries.vcs(key, "git", str(one["git"]), commit, inside)
    if isinstance(one.get("file"), str):
        return Entry(pin=Pin(name=key, url=str(one["file"]), hashes=entries.hashes(given)))
    return entries.released(key, str(one.get("version", "")).removeprefix("=="), where, given)


def _is_open(one: Mapping[str, object]) -> bool:
    """Whether Pipenv leaves the version open: what its lock was made on had no use for it."""
    return one.get("version") == "*"


def _of_pdm(one: Mapping[str, object], where: Path) -> Entry:
    name, version = canonicalize_name(str(one.get("name", ""))), str(one.get("version", ""))
    given = [file.get("hash") for file in _files(one)]
    if isinstance(one.get("path"), str):
        place = where.parent / str(one["path"])
        if place.is_file():
            url = place.resolve().as_uri()
            return Entry(pin=Pin(name=name, url=url, hashes=entries.hashes(given)))
        return entries.folder(name, place, where.parent)
    if isinstance(one.get("git"), str):
        commit = str(one.get("revision") or one.get("ref") or "")
        inside = str(one.get("subdirectory") or "")
        return entries.vcs(name, "git", str(one["git"]), commit, inside)
    if isinstance(one.get("url"), str):
        return Entry(pin=Pin(name=name, url=str(one["url"]), hashes=entries.hashes(given)))
    return entries.released(name, version, where, given)


def _of_installed(one: Mapping[str, object]) -> Entry:
    name, direct = canonicalize_name(str(one["name"])), one.get("direct")
    if isinstance(direct, dict):
        address, inside = str(direct.get("url", "")), str(direct.get("subdirectory") or "")
        vcs = direct.get("vcs_info")
        if isinstance(vcs, dict):
            kind, commit = str(vcs.get("vcs")), str(vcs.get("commit_id", ""))
            return entries.vcs(name, kind, address, commit, inside)
        is_local = isinstance(direct.get("dir_info"), dict)
        return Entry(pin=Pin(name=name, url=address, is_local=is_local))
    return Entry(pin=Pin(name=name, version=str(one["version"])))


# What is said in a way of its own ----------------------------------------------------------------


def _files(one: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = one.get("files")
    return [file for file in found if isinstance(file, dict)] if isinstance(found, list) else []


def _targets(metadata: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = metadata.get("targets")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _poetry_marker(value: object, groups: Iterable[str]) -> str:
    """Return the marker of a package; where it has one for each group, that any of these holds."""
    if isinstance(value, dict):
        chosen = [str(value.get(name, "")) for name in groups]
        return " or ".join(f"({marker})" for marker in chosen) if all(chosen) else ""
    return str(value or "")


READERS: Mapping[Kind, Callable[[str, Path, Target], Pins]] = {
    Kind.PYLOCK: read_pylock,
    Kind.POETRY: read_poetry,
    Kind.PIPENV: read_pipenv,
    Kind.PDM: read_pdm,
}
"""How the locks are read that need no other program; uv itself turns its own into a pylock.toml."""

"""What the readers of lock files share: an entry of any of them, and how it becomes a pin; pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.checks.pins import Pin, Pins, Target
from harness.errors import BadInput
from harness.measure.hashes import is_hash

_EXTRA = re.compile(r"""\bextra\s*(==|!=)\s*("[^"]*"|'[^']*')""")
_IN = {"==": "in", "!=": "not in"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An entry of a lock; `is_own`: it is the application itself, or a folder that is gone."""

    pin: Pin
    is_own: bool = False


def released(name: str, version: str, where: Path, given: Iterable[object] = ()) -> Entry:
    """Return the entry of a release, with the hashes that the lock gives for its files."""
    try:
        pin = Pin(name=name, version=str(Version(version)), hashes=hashes(given))
        return Entry(pin=pin)
    except InvalidVersion as error:
        raise BadInput(f"{where}: {name} has no version: {version!r}") from error


def folder(name: str, place: Path, root: Path) -> Entry:
    """Return the entry of a folder: the lock's own is the application itself."""
    resolved = place.resolve()
    own = resolved == root.resolve() or not resolved.exists()
    return Entry(pin=Pin(name=name, url=resolved.as_uri(), is_local=True), is_own=own)


def vcs(name: str, kind: str, url: str, commit: str, inside: str) -> Entry:
    """Return the entry of a commit in a repository."""
    address = url if url.startswith(f"{kind}+") else f"{kind}+{url}"
    at = f"@{commit}" if commit else ""
    return Entry(
        pin=Pin(name=name, url=f"{address}{at}{f'#subdirectory={inside}' if inside else ''}")
    )


def hashes(given: Iterable[object]) -> tuple[str, ...]:
    """Return hashes as they are verified; none where one of them is of no known kind."""
    found = tuple(dict.fromkeys(str(one).lower() for one in given))
    return found if all(map(is_hash, found)) else ()


def pins(entries: Iterable[Entry], where: Path) -> Pins:
    """Return what is pinned; two pins of one package that differ are refused."""
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


# What is in the text -------------------------------------------------------------------------


def toml(text: str, where: Path) -> dict[str, object]:
    """Return what a file in TOML says."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where} is not TOML: {error}") from error


def table(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    """Return a table; an empty one where there is none."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def tables(data: Mapping[str, object], key: str, where: Path) -> list[Mapping[str, object]]:
    """Return the tables of an array of them."""
    found = data.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadInput(f"{where} has no [[{key}]]")
    return found


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list; none where it is something else."""
    return tuple(map(str, value)) if isinstance(value, list) else ()


def chosen(option: str, asked: Sequence[str], known: Iterable[str] | None, where: Path) -> None:
    """Refuse a group or extra that the file does not have."""
    names = sorted(map(canonicalize_name, known or ()))
    for name in asked:
        if canonicalize_name(name) not in names:
            told = f"has no such; it has {', '.join(names)}" if names else "has none"
            raise BadInput(f"{option} {name}: {where} {told}")


def holds(marker: str, target: Target) -> bool:
    """Whether a marker holds for the target, with all the extras that are chosen at once.

    Poetry writes what is in no extra, or not beside another, as `extra == "a" and extra != "b"`: a
    set of extras answers that, which a marker of PEP 508 has not.
    """
    if not marker:
        return True
    spoken = _EXTRA.sub(lambda found: f"{found[2]} {_IN[found[1]]} extras", marker)
    extras = frozenset(map(canonicalize_name, target.extras))
    variables: dict[str, str | frozenset[str]] = {**target.markers, "extras": extras}
    try:
        return Marker(spoken).evaluate(variables, "lock_file")
    except InvalidMarker as error:
        raise BadInput(f"{marker!r} is no marker: {str(error).splitlines()[0]}") from error


def is_for(specifier: str, target: Target) -> bool:
    """Whether a package is for the target's Python; taken for granted where it is not clear."""
    try:
        return SpecifierSet(specifier).contains(target.python, prereleases=True)
    except InvalidSpecifier:
        return True

"""What the index says of two lines of releases: which there are, since when, what they declare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise, product

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.errors import BadInput
from harness.inquiries import ranges
from harness.inquiries.ranges import Kind, Line, Place, Showing
from harness.releases.index import Index, Release

AFTERWARDS = timedelta(days=1)
"""Not all files of a release come at once: its time is a day later."""


def line(
    index: Index, name: str, wanted: Sequence[SpecifierSet] = (), *, prereleases: bool = False
) -> Line:
    """Return the releases of a package that any of the specifiers allows; of all, where none.

    None that is yanked, and pre-releases where they are asked for.
    """
    public = [one for one in index.releases(name) if _is_public(one, prereleases)]
    numbers = [at for at, one in enumerate(public) if _is_wanted(one, wanted)]
    if not numbers:
        asked = " or ".join(map(str, wanted)) or "that is no pre-release"
        raise BadInput(f"{name} has no release {asked}")
    versions = tuple(one.version for one in public)
    suspects = ranges.hasty(versions, [one.uploaded for one in public])
    return Line(
        name=name,
        releases=tuple(versions[at] for at in numbers),
        suspects=frozenset(new for new, at in enumerate(numbers) if at in suspects),
        gaps=frozenset(
            new for new, (before, at) in enumerate(pairwise(numbers), 1) if at != before + 1
        ),
    )


def _is_public(one: Release, prereleases: bool) -> bool:  # noqa: FBT001 - as it was asked
    return not one.yanked and (prereleases or not one.version.is_prerelease)


def _is_wanted(one: Release, wanted: Sequence[SpecifierSet]) -> bool:
    return not wanted or any(spec.contains(one.version, prereleases=True) for spec in wanted)


def declared(index: Index, a: Line, b: Line, python: str) -> dict[Place, Showing]:
    """Return the combinations that the packages' own metadata forbid, each with the reason."""
    found: dict[Place, Showing] = {}
    for one, other, turned in ((a, b, False), (b, a, True)):
        needs = _needs(index, one, other.name, python)
        old = {
            i: needed
            for i, version in enumerate(one.releases)
            if (needed := _python_needed(index, one.name, version, python))
        }
        for i, j in product(range(len(one.releases)), range(len(other.releases))):
            reason = old.get(i) or _refused(needs.get(i), other.releases[j])
            if reason:
                cause = f"{one.name} {one.releases[i]} needs {reason}"
                place = (j, i) if turned else (i, j)
                found.setdefault(place, Showing(kind=Kind.NOT_ALLOWED, cause=cause))
    return found


def _refused(needed: Requirement | None, version: Version) -> str:
    if needed is None or needed.specifier.contains(version, prereleases=True):
        return ""
    return f"{canonicalize_name(needed.name)}{needed.specifier}"


def _needs(index: Index, one: Line, other: str, python: str) -> dict[int, Requirement]:
    """Return what the releases declare of the other; nothing where the newest does not name it."""
    if requirement(index, one.name, one.releases[-1], other, python) is None:
        return {}
    told = {
        i: requirement(index, one.name, version, other, python)
        for i, version in enumerate(one.releases)
    }
    return {i: needed for i, needed in told.items() if needed is not None}


def requirement(
    index: Index, name: str, version: Version, other: str, python: str
) -> Requirement | None:
    """Return what a release declares of another package on a Python; None where nothing."""
    for one in index.requires(name, str(version)) or ():
        if canonicalize_name(one.name) == other and holds(one, python):
            return one
    return None


def holds(one: Requirement, python: str) -> bool:
    """Whether a requirement counts on a Python, without extras."""
    here = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    return one.marker is None or one.marker.evaluate(here)


def _python_needed(index: Index, name: str, version: Version, python: str) -> str:
    needed = index.release(name, str(version)).requires_python
    return "" if needed.contains(f"{python}.99") else f"Python {needed}"


def own_time(index: Index, requirements: Sequence[str]) -> datetime | None:
    """Return when the latest of the releases that are pinned came out, and a day; None: unknown."""
    times = []
    for text in requirements:
        try:
            one = Requirement(text)
        except InvalidRequirement:
            continue
        version = pinned(one)
        if version:
            times.append(index.release(one.name, version).uploaded)
    known = [one for one in times if one is not None]
    return max(known) + AFTERWARDS if known and len(known) == len(times) else None


def pinned(one: Requirement) -> str:
    """Return the one release that a requirement allows; "" where it allows several."""
    specifiers = list(one.specifier)
    exact = len(specifiers) == 1 and specifiers[0].operator == "=="
    version = specifiers[0].version if exact else ""
    return "" if version.endswith(".*") else version


def stamp(time: datetime) -> str:
    """Return a time as uv takes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")

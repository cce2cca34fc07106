"""Which packages, between a set that works and the one of today, break it; pure.

Packages are moved from the working set to today's, as few as possible at a time. One that needs
another to move as well takes it along, or no installer would make the set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from packaging.specifiers import SpecifierSet

Packages: TypeAlias = Mapping[str, str]
Needs: TypeAlias = Callable[[str, str], Iterable[tuple[str, SpecifierSet]]]
"""What a release declares to need, by name."""
Breaks: TypeAlias = Callable[[frozenset[str]], bool | None]
"""Whether it breaks as it does today with these packages moved; None: not known, or otherwise."""


def moved(working: Packages, today: Packages, pinned: Iterable[str] = ()) -> frozenset[str]:
    """Return the packages that differ, those that came or went too; none that is pinned."""
    names = (working.keys() | today.keys()) - set(pinned)
    return frozenset(name for name in names if working.get(name) != today.get(name))


def taken_along(
    chosen: frozenset[str], working: Packages, today: Packages, needs: Needs
) -> frozenset[str]:
    """Return the chosen packages and those that have to move with them, by what they declare."""
    movable = moved(working, today)
    while True:
        packages = mixed(chosen, working, today)
        more = {
            other if name in chosen else name
            for name, version in packages.items()
            for other, specifier in needs(name, version)
            if not _meets(packages.get(other), specifier)
        }
        if more & movable <= chosen:
            return chosen
        chosen |= more & movable


def _meets(version: str | None, specifier: SpecifierSet) -> bool:
    return version is not None and specifier.contains(version, prereleases=True)


def mixed(chosen: frozenset[str], working: Packages, today: Packages) -> dict[str, str]:
    """Return the working set with the chosen packages as they are today."""
    names = sorted(working.keys() | today.keys())
    found = {name: (today if name in chosen else working).get(name) for name in names}
    return {name: version for name, version in found.items() if version is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Smallest:
    """The packages that break it when they move."""

    names: frozenset[str]
    is_smallest: bool
    """Whether each single package was tried, and none of them breaks it alone."""


def smallest(candidates: Iterable[str], breaks: Breaks) -> Smallest:
    """Return the smallest set found that breaks, of packages that break it all together.

    By delta debugging, which finds one of which nothing can be left out, and leaves out the first
    first; where that is not a single package, every single one is tried.
    """
    known: dict[frozenset[str], bool | None] = {}

    def tried(names: Iterable[str]) -> bool | None:
        key = frozenset(names)
        if key not in known:
            known[key] = breaks(key)
        return known[key]

    every = list(candidates)
    left = _minimal(every, tried)
    if len(left) > 1:
        left = next(([name] for name in every if tried([name])), left)
    singles = [known.get(frozenset([name])) for name in every]
    sure = len(left) <= 1 or all(one is False for one in singles)
    return Smallest(names=frozenset(left), is_smallest=sure)


def _minimal(names: list[str], breaks: Callable[[Iterable[str]], bool | None]) -> list[str]:
    parts = 2
    while len(names) > 1:
        size = -(-len(names) // parts)
        chunks = [names[at : at + size] for at in range(0, len(names), size)]
        rests = [[name for name in names if name not in chunk] for chunk in chunks]
        smaller = next((one for one in chunks if breaks(one)), None)
        if smaller is not None:
            names, parts = smaller, 2
            continue
        smaller = next((one for one in rests if parts > 2 and breaks(one)), None)  # noqa: PLR2004 - halves are each other's rest
        if smaller is not None:
            names, parts = smaller, max(parts - 1, 2)
        elif parts >= len(names):
            return names
        else:
            parts = min(parts * 2, len(names))
    return names

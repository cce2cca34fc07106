"""What packages declare of each other, as bounds that can be tested; pure.

A bound is one end of a Requires-Dist: its floor (`>=2.0`) or its cap (`<2.2`). Where a measurement
says that another one is true, `true_line` gives the line of metadata that would say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from packaging.requirements import Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version


class End(StrEnum):
    """Which end of a range."""

    FLOOR = "floor"
    CAP = "cap"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """One end of what a release declares of another package."""

    package: str
    version: str
    requirement: str
    """The whole line, as it is declared."""
    dependency: str
    end: End
    limit: str
    """The version at that end."""

    @property
    def told(self) -> str:
        """The bound in a sentence: whose it is, and the line."""
        return f"{self.package} {self.version} declares {self.requirement}"


_ENDS = {">=": End.FLOOR, ">": End.FLOOR, "~=": End.FLOOR, "<": End.CAP, "<=": End.CAP}


def needed(requires: Iterable[Requirement], python: str) -> tuple[Requirement, ...]:
    """Return what of it counts on a Python, without the extras."""
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    return tuple(one for one in requires if one.marker is None or one.marker.evaluate(environment))


def bounds(
    package: str, version: str, requires: Iterable[Requirement], python: str
) -> tuple[Bound, ...]:
    """Return the floors and caps that a release declares, without those of its extras."""
    return tuple(
        Bound(
            package=package,
            version=version,
            requirement=_plain(one),
            dependency=canonicalize_name(one.name),
            end=_ENDS[part.operator],
            limit=part.version,
        )
        for one in needed(requires, python)
        for part in sorted(one.specifier, key=str)
        if part.operator in _ENDS
    )


def outside(bound: Bound, releases: Sequence[Version]) -> tuple[Version, ...]:
    """Return the releases that the bound forbids, the nearest to it first."""
    part = next(one for one in Requirement(bound.requirement).specifier if _is(one, bound))
    beyond = sorted(one for one in releases if not part.contains(one, prereleases=True))
    return tuple(reversed(beyond)) if bound.end is End.FLOOR else tuple(beyond)


def _is(part: Specifier, bound: Bound) -> bool:
    return part.version == bound.limit and _ENDS.get(part.operator) is bound.end


def at_floor(bound: Bound, releases: Sequence[Version]) -> Version | None:
    """Return the oldest release that the whole requirement allows; None where there is none."""
    allowed = Requirement(bound.requirement).specifier
    return min((one for one in releases if allowed.contains(one)), default=None)


def true_line(requirement: str, *, at_least: str = "", below: str = "") -> str:
    """Return the requirement with another floor, with another cap, or with both."""
    one = Requirement(requirement)
    kept = [
        str(part)
        for part in one.specifier
        if not (at_least and _ENDS.get(part.operator) is End.FLOOR)
        and not (below and _ENDS.get(part.operator) is End.CAP)
    ]
    new = [f">={at_least}"] * bool(at_least) + [f"<{below}"] * bool(below)
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    parts = SpecifierSet(",".join([*kept, *new]))
    return f"{one.name}{extras}{','.join(sorted(map(str, parts), reverse=True))}"


def declared_of(requires: Iterable[Requirement], dependency: str, python: str) -> str:
    """Return the line in which a release declares a package; its name alone where it does not."""
    lines = [
        _plain(one)
        for one in needed(requires, python)
        if canonicalize_name(one.name) == canonicalize_name(dependency)
    ]
    return lines[0] if lines else dependency


def forbidding(
    packages: Mapping[str, str], declared: Mapping[str, Sequence[Requirement]], python: str
) -> tuple[str, ...]:
    """Return each line of the packages' metadata that this very set of versions breaks.

    `declared` are the Requires-Dist of those packages of which they are known.
    """
    found = []
    for name, requires in sorted(declared.items()):
        for one in needed(requires, python):
            version = packages.get(canonicalize_name(one.name))
            if version and not one.specifier.contains(version, prereleases=True):
                found.append(f"{name} {packages[name]} declares {_plain(one)}")
    return tuple(dict.fromkeys(found))


def is_allowed(requirement: Requirement, series: SpecifierSet, releases: Iterable[Version]) -> bool:
    """Whether some release of a series, a level of the matrix, meets a requirement."""
    return any(series.contains(one) and requirement.specifier.contains(one) for one in releases)


def _plain(requirement: Requirement) -> str:
    """Return a requirement without its marker."""
    return str(requirement).partition(";")[0].strip()


def testable(bounds: Iterable[Bound], names: Iterable[str]) -> tuple[Bound, ...]:
    """Return the bounds on packages that the scenarios put to use, each once."""
    wanted = set(names)
    return tuple(dict.fromkeys(one for one in bounds if one.dependency in wanted))

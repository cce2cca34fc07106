"""Which levels of the matrix the packages' metadata do not allow together; pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.config import AXES, Level, Rule, Spec
from harness.inquiries.bounds import is_allowed, needed

Releases = Callable[[str], Sequence[Version]]
Requires = Callable[[str, str], Sequence[Requirement]]
RequiresPython = Callable[[str, str], SpecifierSet]


@dataclass(frozen=True, kw_only=True, slots=True)
class Forbidden:
    """Two levels that the metadata of the first one's package do not allow together."""

    one: tuple[str, str]
    other: tuple[str, str]
    by: str
    """The line of metadata, with whose it is."""
    requirement: str
    """The line alone; of Requires-Python, the specifier."""
    is_python: bool
    combinations: int = 0
    """How many combinations of the matrix it takes away, if it were alone."""

    @property
    def told(self) -> str:
        """The two levels in words."""
        return f"{' '.join(self.one)} with {' '.join(self.other)}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Metadata:
    """What the index says; each is a function so that it is asked only of what is needed."""

    releases: Releases
    """Releases that an installer takes without being told: no pre-releases, none yanked."""
    requires: Requires
    requires_python: RequiresPython


def pinned(level: Level, metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """Return the releases that a level stands for: of a series, its newest one."""
    found = []
    for line in level.requirements:
        one = Requirement(line)
        fitting = [x for x in metadata.releases(one.name) if one.specifier.contains(x)]
        if fitting:
            found.append((canonicalize_name(one.name), str(max(fitting))))
    return tuple(found)


def forbidden(spec: Spec, metadata: Metadata) -> tuple[Forbidden, ...]:
    """Return each pair of levels that Requires-Dist or Requires-Python do not allow."""
    levels = [level for axis in AXES for level in spec.axes[axis]]
    found: list[Forbidden] = []
    for level in levels:
        for name, version in pinned(level, metadata):
            found += _of_python(spec, level, (name, version), metadata)
            found += _of_packages(spec, level, (name, version), metadata)
    unique = {(one.one, one.other, one.by): one for one in found}
    return tuple(unique[key] for key in sorted(unique))


def _of_python(
    spec: Spec, level: Level, release: tuple[str, str], metadata: Metadata
) -> Iterator[Forbidden]:
    needs = metadata.requires_python(*release)
    for python in spec.axes["python"]:
        if not needs.contains(f"{python.id}.99", prereleases=True):
            yield Forbidden(
                one=(level.axis, level.id),
                other=("python", python.id),
                by=f"{' '.join(release)} declares Requires-Python {needs}",
                requirement=str(needs),
                is_python=True,
                combinations=_count(spec, level.axis, "python"),
            )


def _of_packages(
    spec: Spec, level: Level, release: tuple[str, str], metadata: Metadata
) -> Iterator[Forbidden]:
    newest = spec.python_levels[-1]
    for line in needed(metadata.requires(*release), newest):
        name = canonicalize_name(line.name)
        for other in spec.axes.get(name, ()) if name != level.axis else ():
            series = Requirement(other.requirements[0]).specifier
            if not is_allowed(line, series, metadata.releases(name)):
                text = str(line).partition(";")[0].strip()
                yield Forbidden(
                    one=(level.axis, level.id),
                    other=(other.axis, other.id),
                    by=f"{' '.join(release)} declares {text}",
                    requirement=text,
                    is_python=False,
                    combinations=_count(spec, level.axis, other.axis),
                )


def _count(spec: Spec, *axes: str) -> int:
    """Return how many combinations there are with a level given on each of these axes."""
    count = 1
    for axis in AXES:
        count *= 1 if axis in axes else len(spec.axes[axis])
    return count


def unfounded(spec: Spec, found: Sequence[Forbidden]) -> tuple[Rule, ...]:
    """Return the constraints of the matrix that hold for a pair which no metadata forbid."""
    return tuple(rule for rule in spec.constraints if not _is_founded(spec, rule, found))


def _is_founded(spec: Spec, rule: Rule, found: Sequence[Forbidden]) -> bool:
    pairs = {frozenset((one.one, one.other)) for one in found}
    met = [
        [(axis, level.id) for level in spec.axes[axis] if rule.meets(level)] for axis in rule.when
    ]
    return all(
        any(frozenset(two) in pairs for two in itertools.combinations(chosen, 2))
        for chosen in itertools.product(*met)
    )


def unlisted(spec: Spec, found: Iterable[Forbidden]) -> tuple[Forbidden, ...]:
    """Return the pairs that metadata forbid and no constraint of the matrix leaves out."""
    return tuple(
        one for one in found if not any(_leaves_out(spec, r, one) for r in spec.constraints)
    )


def _leaves_out(spec: Spec, rule: Rule, one: Forbidden) -> bool:
    axes = {one.one[0], one.other[0]}
    return set(rule.when) <= axes and all(
        rule.meets(spec.level(axis, name))
        for axis, name in (one.one, one.other)
        if axis in rule.when
    )


def override(requirement: str, specifier: str) -> str:
    """Return what takes the place of a requirement: another version, the extras kept."""
    one = Requirement(requirement)
    extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
    return f"{canonicalize_name(one.name)}{extras}{specifier}"

"""What has been released since `harness/matrix.toml` was written, and the levels it makes; pure.

In go the matrix and what the index has of its packages, out come the levels that the policies add
and those that they would drop; `harness.rewrite` puts the first into the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import policy
from harness.config import LIBRARY, VERSION_AXES, Level, Spec, is_series, package_of
from harness.libraries import is_alike, model_of, pins_of, renamed, version_of
from harness.policy import Kind, Policy, Release

Index = Mapping[str, Sequence[Release] | None]
"""The releases of each package, oldest first; None of one that the index does not have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """A level that a policy asks for, and the release that it is."""

    axis: str
    id: str
    like: str
    """The id of the level that it is written after, and in the manner of."""
    release: Release


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """A level that a policy does not ask for; nothing removes it unasked."""

    axis: str
    id: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What was found of one package."""

    package: str
    headline: str
    added: tuple[Added, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()


def packages(spec: Spec) -> tuple[str, ...]:
    """Return every package that the matrix names: under test, beside one, and companions."""
    named = [axis for axis in VERSION_AXES if axis != "python"]
    first = [package_of(level) for level in spec.library_levels if level.requirements]
    beside = [text for level in spec.library_levels for text in level.requirements[1:]]
    pinned = [rule.requirement for rule in spec.companions]
    others = sorted(canonicalize_name(Requirement(text).name) for text in (*beside, *pinned))
    return tuple(dict.fromkeys([*named, *first, *others]))


def found(spec: Spec, index: Index, *, pre_releases: bool = False) -> tuple[Found, ...]:
    """Return what the index has of each package of the matrix that it was asked for.

    With `pre_releases` every policy also takes those that announce a release.
    """
    libraries = {package_of(level) for level in spec.library_levels}
    told = []
    for package, releases in index.items():
        offered = [one for one in releases or () if not one.yanked]
        axis = package if package in VERSION_AXES else LIBRARY
        if not releases or not offered:
            what = "is not in the index" if releases is None else "has no release in the index"
            told.append(Found(package=package, headline=f"{package} {what}: its levels stay"))
        elif axis == LIBRARY and package not in libraries:
            told.append(Found(package=package, headline=_pinned(spec, package, offered)))
        else:
            rule = spec.discover.get(package, Policy())
            rule = replace(rule, pre_releases=rule.pre_releases or pre_releases)
            told.append(_of_package(spec, package, axis, rule, releases))
    return tuple(told)


def _of_package(
    spec: Spec, package: str, axis: str, rule: Policy, releases: Sequence[Release]
) -> Found:
    headline = _headline(package, str(rule), releases)
    wanted = policy.chosen(rule, releases)
    if wanted is None:
        told = f"{headline}; its policy asks for a day, and the index tells none: its levels stay"
        return Found(package=package, headline=told)
    written = package in spec.discover
    if axis == LIBRARY:
        return _of_library(spec, package, wanted, releases, headline, written=written)
    levels = spec.axes[axis]
    by_id = _by_id(levels, rule, wanted)
    present = {Version(level.id) for level in levels}
    return Found(
        package=package,
        headline=headline,
        added=tuple(
            Added(axis=axis, id=name, like=_lower(levels, Version(name)).id, release=release)
            for name, release in by_id.items()
            if Version(name) not in present
        ),
        dropped=tuple(
            Dropped(axis=axis, id=level.id, reason=_why(level.version, wanted, releases, rule))
            for level in levels
            if written and level.version not in {*map(Version, by_id), *rule.keep}
        ),
    )


def _by_id(
    levels: Iterable[Level], rule: Policy, wanted: Iterable[Release]
) -> Mapping[str, Release]:
    """Return the ids of the levels that a policy asks for: release lines where those are usual."""
    finals = [level for level in levels if not level.version.is_prerelease]
    lines = rule.kind is not Kind.ALL and all(is_series(level.version) for level in finals)
    return {_level_id(one.version, line=lines): one for one in wanted}


def _level_id(version: Version, *, line: bool) -> str:
    return policy.series(version) if line and not version.is_prerelease else str(version)


def _lower(levels: Sequence[Level], version: Version) -> Level:
    """Return the level that a new one comes after; the first where it comes before them all."""
    return [levels[0], *(one for one in levels if one.version < version)][-1]


# Libraries: a level is a package with those beside it ---------------------------------------------


def _of_library(  # noqa: PLR0913 - all of them are what is known of one package
    spec: Spec,
    package: str,
    wanted: Sequence[Release],
    releases: Sequence[Release],
    headline: str,
    *,
    written: bool,
) -> Found:
    model = model_of(spec, package)
    alike = [one for one in spec.library_levels if is_alike(one, model)]
    present = {version_of(level): level for level in alike}
    asked = {one.version for one in wanted}
    older = [
        level.id
        for level in spec.library_levels
        if level not in alike and package in pins_of(level) and pins_of(level)[package] not in asked
    ]
    rule = spec.discover.get(package, Policy())
    notes = f"also holds an older one of it, and stays: {', '.join(older)}" if older else ""
    return Found(
        package=package,
        headline=headline,
        added=tuple(
            Added(axis=LIBRARY, id=renamed(model, str(one.version)), like=model.id, release=one)
            for one in wanted
            if one.version not in present
        ),
        dropped=tuple(
            Dropped(axis=LIBRARY, id=level.id, reason=_why(version, wanted, releases, rule))
            for version, level in present.items()
            if written and version not in {*asked, *rule.keep}
        ),
        notes=(notes,) if notes else (),
    )


# In words -----------------------------------------------------------------------------------------


def _headline(package: str, told: str, releases: Sequence[Release]) -> str:
    yanked = sum(one.yanked for one in releases)
    pre = sum(one.version.is_prerelease and not one.yanked for one in releases)
    counts = f"{len(releases)} releases, {yanked} of them yanked, {pre} pre-releases"
    return f"{package} ({told}): {counts}"


def _pinned(spec: Spec, package: str, offered: Sequence[Release]) -> str:
    """Tell of a package that is no axis and no library: it has no levels of its own."""
    finals = [one for one in offered if not one.version.is_prerelease] or offered
    inside = [
        f"{level.id} has {pins[package]}"
        for level in spec.library_levels
        if package in (pins := pins_of(level))
    ]
    companions = [
        f"a companion, {rule.requirement}"
        for rule in spec.companions
        if canonicalize_name(Requirement(rule.requirement).name) == package
    ]
    newest = f"the newest is {finals[-1].version} ({day(finals[-1])})"
    return f"{package}: {newest}; {'; '.join([*inside, *companions])}"


def _why(
    version: Version, wanted: Sequence[Release], releases: Iterable[Release], rule: Policy
) -> str:
    """Return why a level is none that its policy asks for."""
    if is_series(version):
        of_it = [one for one in releases if policy.series(one.version) == policy.series(version)]
    else:
        of_it = [one for one in releases if one.version == version]
    if not of_it:
        return "the index has no such release"
    if all(one.yanked for one in of_it):
        return "it is yanked"
    for one in wanted:
        if policy.series(one.version) == policy.series(version) and one.version > version:
            return f"{one.version} came after it ({day(one)})"
    return f"the policy does not ask for it: {rule}"


def day(release: Release) -> str:
    """Return the day when a release was uploaded, in words where it is not known."""
    return release.uploaded.date().isoformat() if release.uploaded else "day not known"


def told(one: Found, *, written: bool) -> Iterator[str]:
    """Give the lines about one package; `written` says that its additions are in the file."""
    yield one.headline
    for added in one.added:
        python = getattr(added.release, "requires_python", "")
        needs = f", needs Python {python}" if str(python) else ""
        release = f"{one.package} {added.release.version}"
        verb = "added" if written else "would add"
        yield f"  {verb} {added.axis} {added.id}: {release}, of {day(added.release)}{needs}"
    for dropped in one.dropped:
        yield f"  would drop {dropped.axis} {dropped.id}: {dropped.reason}; it stays"
    yield from (f"  {note}" for note in one.notes)

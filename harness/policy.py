"""Which releases of a package become levels: the policies of `harness/matrix.toml`; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from packaging.version import InvalidVersion, Version

from harness.errors import BadInput

KEYS = ("policy", "last", "since", "keep", "pre-releases")
"""What a policy is made of in `matrix.toml`."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")


class Kind(StrEnum):
    """Which of the releases are meant; the value is what `matrix.toml` says."""

    NEWEST = "newest"
    MINORS = "newest patch of each minor"
    ALL = "every release"


class Release(Protocol):
    """What a policy looks at in a release."""

    @property
    def version(self) -> Version:
        """Its version."""

    @property
    def uploaded(self) -> datetime | None:
        """When it came; None where the index does not say."""

    @property
    def yanked(self) -> bool:
        """Whether it was withdrawn."""


AnyRelease = TypeVar("AnyRelease", bound=Release)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """Which releases of a package are levels."""

    kind: Kind = Kind.NEWEST
    last: int = 0
    """At most so many, the newest; all where 0."""
    since: Version | date | None = None
    """None older than this release, or uploaded before this day."""
    keep: tuple[Version, ...] = ()
    """Levels that stay although nothing of this asks for them."""
    pre_releases: bool = False
    """Also those that announce a release that is not out."""

    def __str__(self) -> str:
        told = [str(self.kind)]
        if self.last:
            told.append(f"the last {self.last}")
        if self.since is not None:
            told.append(f"since {self.since}")
        told += [f"and {one}" for one in self.keep]
        return ", ".join([*told, *(["with pre-releases"] if self.pre_releases else [])])


def read(path: str, table: Mapping[str, object]) -> Policy:
    """Return the policy that a table says; a mistake is `BadInput` with its place."""
    kind = table.get("policy", Kind.NEWEST)
    if kind not in tuple(Kind):
        known = ", ".join(f'"{one}"' for one in Kind)
        raise BadInput(f"{path}.policy: expected one of {known}, found {kind!r}")
    last = table.get("last", 0)
    if isinstance(last, bool) or not isinstance(last, int) or last < 0:
        raise BadInput(f"{path}.last: expected a number of releases, found {last!r}")
    pre = table.get("pre-releases", False)
    if not isinstance(pre, bool):
        raise BadInput(f"{path}.pre-releases: expected true or false, found {pre!r}")
    return Policy(
        kind=Kind(str(kind)),
        last=last,
        since=_since(f"{path}.since", table.get("since")),
        keep=_versions(f"{path}.keep", table.get("keep", [])),
        pre_releases=pre,
    )


def _since(path: str, value: object) -> Version | date | None:
    if value is None:
        return None
    if isinstance(value, date):  # what TOML itself calls a date
        return value.date() if isinstance(value, datetime) else value
    try:
        text = value if isinstance(value, str) else ""
        return date.fromisoformat(text) if _DATE.match(text) else Version(text)
    except (ValueError, InvalidVersion) as error:
        raise BadInput(
            f'{path}: expected a release like "2.0" or a day like 2025-01-31, found {value!r}'
        ) from error


def _versions(path: str, value: object) -> tuple[Version, ...]:
    try:
        return tuple(map(Version, value if isinstance(value, list) else [value]))
    except (InvalidVersion, TypeError) as error:
        raise BadInput(f'{path}: expected levels like ["2.2.0"], found {value!r}') from error


def chosen(policy: Policy, releases: Iterable[AnyRelease]) -> tuple[AnyRelease, ...] | None:
    """Return the releases that are levels, oldest first, none of them yanked.

    None where that is not known: the policy asks for a day, and the index tells no days.
    """
    offered = sorted((one for one in releases if not one.yanked), key=lambda one: one.version)
    finals = [one for one in offered if not one.version.is_prerelease]
    announced = _announcing(offered, finals) if policy.pre_releases else ()
    if isinstance(policy.since, date):
        if any(one.uploaded is None for one in (*finals, *announced)):
            return None
        finals = [one for one in finals if _day(one) >= policy.since]
    elif policy.since is not None:
        finals = [one for one in finals if one.version >= policy.since]
    kept = _of_kind(policy.kind, finals)
    return (*kept[-policy.last :], *announced)


def _of_kind(kind: Kind, finals: Sequence[AnyRelease]) -> tuple[AnyRelease, ...]:
    match kind:
        case Kind.ALL:
            return tuple(finals)
        case Kind.MINORS:
            return tuple({series(one.version): one for one in finals}.values())
        case Kind.NEWEST:
            return tuple(finals[-1:])


def _announcing(
    offered: Sequence[AnyRelease], finals: Sequence[AnyRelease]
) -> tuple[AnyRelease, ...]:
    """Return the pre-releases that nothing newer was released after, the newest of each series."""
    found = (
        one
        for one in offered
        if one.version.is_prerelease and not (finals and one.version < finals[-1].version)
    )
    return tuple({series(one.version): one for one in found}.values())


def _day(release: Release) -> date:
    return release.uploaded.date() if release.uploaded else date.min


def series(version: Version) -> str:
    """Return the release line of a version: `3.1` of 3.1.2."""
    return f"{version.major}.{version.minor}"

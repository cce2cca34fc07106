"""Which releases are asked what became of them since their time, and on which Python each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.config import LIBRARY, Level, Spec
from harness.errors import BadInput
from harness.inquiries import indexed
from harness.inquiries.indexed import pinned
from harness.releases.index import Index

PYTHONS = {
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
"""When each Python was first released: PEP 596, 619, 664, 693, 719 and 745."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """The releases of one level under test, as they are pinned."""

    requirements: tuple[str, ...]
    library: str
    """The session library; "" where the level is no library."""


def cases(spec: Spec) -> Iterator[Case]:
    """Yield each release of Flask-Admin and of the libraries that a level pins, once.

    A library that cannot be without another one stands with it.
    """
    for level in spec.axes["flask-admin"]:
        if all(map(_version, level.requirements)):
            yield Case(requirements=level.requirements, library="")
    simplest: dict[str, Level] = {}
    for level in sorted(spec.axes[LIBRARY], key=lambda one: len(one.requirements)):
        if level.requirements and all(map(_version, level.requirements)):
            simplest.setdefault(level.requirements[0], level)
    for level in spec.axes[LIBRARY]:
        if level in simplest.values():
            name = canonicalize_name(Requirement(level.requirements[0]).name)
            yield Case(requirements=level.requirements, library=name)


def _version(line: str) -> str:
    return pinned(Requirement(line))


def python(time: datetime | None, here: Collection[str]) -> str:
    """Return the newest of these Pythons that was out at a time; the oldest where none was.

    Of a time that is not known, the newest that has a date.
    """
    ordered = sorted(here, key=Version)
    out = [one for one in ordered if one in PYTHONS and (not time or PYTHONS[one] <= time.date())]
    return out[-1] if out else ordered[0]


def existed(index: Index, level: str, requirements: Sequence[str]) -> str:
    """Return the day after everything that is pinned had been released, a series by its first one.

    BadInput where the index has no upload time for a release: then that day cannot be known.
    """
    days = [PYTHONS[level]] if level in PYTHONS else []
    for line in requirements:
        day = _first_day(index, line)
        if day is None:
            raise BadInput(f"{line}: the index has no upload time, so that its time is not known")
        days.append(day)
    return (max(days) + indexed.AFTERWARDS).isoformat()


def later(index: Index, day: str, requirements: Sequence[str]) -> str:
    """Return the first of these that had not been released on a day; "" where none is known."""
    then = date.fromisoformat(day)
    days = ((line, _first_day(index, line)) for line in requirements)
    return next((line for line, first in days if first is not None and first > then), "")


def _first_day(index: Index, line: str) -> date | None:
    """Return when the first release came out that a requirement allows; None where unknown."""
    one = Requirement(line)
    fitting = [x for x in index.releases(one.name) if one.specifier.contains(x.version)]
    first = min(fitting, key=lambda x: x.version, default=None)
    return first.uploaded.date() if first and first.uploaded else None

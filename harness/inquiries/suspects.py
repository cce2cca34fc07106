"""What a failing cell is compared with: single changes to try, and cells that work; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.inquiries.blame import ABSENT, PYTHON, Case, Change, Neighbour, Pins, differences
from harness.inquiries.symptom import Shown, Symptom, shown
from harness.model import Cell, EnvironmentStatus, JudgedCell

FIRST = ("sqlalchemy", "flask", "flask-admin")
COMPANIONS = ("werkzeug", "wtforms")
"""What the packages under test bring with them and break with most."""
Versions = Mapping[str, Sequence[Version]]


def pins(judged: JudgedCell) -> Pins:
    """Return the interpreter and the packages that a cell was measured with."""
    result = judged.result
    return {PYTHON: result.cell.combination[PYTHON], **result.environment.packages}


def library_packages(cell: Cell) -> tuple[str, ...]:
    """Return the packages that make the cell's session library, the one with the adapter first."""
    names = (canonicalize_name(Requirement(line).name) for line in cell.requirements)
    return tuple(name for name in dict.fromkeys(names) if name not in FIRST)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a failing cell can be compared with."""

    table: tuple[JudgedCell, ...]
    released: Versions
    """Releases to try of packages of which the table has a single version."""
    optional: frozenset[str]
    """What the packages under test name in their metadata, extras included."""
    pythons: tuple[str, ...]
    """The Pythons of this machine."""


def case(judged: JudgedCell, found: Sequence[Symptom], known: Known) -> Case:
    """Return what is needed to investigate symptoms of a cell."""
    cell = judged.result.cell
    ready = [one for one in known.table if one.result.environment.status is EnvironmentStatus.READY]
    here = pins(judged)
    libraries = library_packages(cell)
    versions = [pins(one) for one in ready]
    return Case(
        judged=judged,
        pins=here,
        symptoms=tuple(found),
        candidates=(
            *candidates(here, (*FIRST, *libraries), versions, known.released),
            *(Change(package=name, version=ABSENT) for name in libraries[1:] if name in here),
            *_additions(here, ready, known.optional),
        ),
        further=(
            *extremes(here, (*FIRST, *libraries, *COMPANIONS), versions),
            *candidates(here, COMPANIONS, versions, known.released),
            *_pythons(here, known.pythons),
        ),
        neighbours=neighbours(judged, found, ready, known.pythons),
        libraries=frozenset(libraries),
    )


def neighbours(
    judged: JudgedCell,
    found: Sequence[Symptom],
    ready: Iterable[JudgedCell],
    pythons: Sequence[str],
) -> tuple[Neighbour, ...]:
    """Return the cells with the same adapter that show none of the symptoms, the nearest first."""
    here = pins(judged)
    fitting = [
        Neighbour(cell=one.result.cell.id, pins=pins(one))
        for one in ready
        if one.result.cell.adapter == judged.result.cell.adapter
        and one.result.cell.combination[PYTHON] in pythons
        and all(shown(one.result, symptom) is Shown.GONE for symptom in found)
    ]
    return tuple(sorted(fitting, key=lambda one: (len(differences(here, one.pins)), one.cell)))


def candidates(
    here: Pins, names: Iterable[str], known: Sequence[Pins], released: Versions
) -> tuple[Change, ...]:
    """Return the nearest older and the nearest newer version of each of these packages."""
    found: list[Change] = []
    for name in names:
        if name in here:
            version = Version(here[name])
            versions = {Version(one[name]) for one in known if name in one}
            if versions <= {version}:
                versions |= set(released.get(name, ()))
            found += [Change(package=name, version=str(one)) for one in _near(version, versions)]
    return tuple(found)


def extremes(here: Pins, names: Iterable[str], known: Sequence[Pins]) -> tuple[Change, ...]:
    """Return the oldest and the newest version that other cells have of each of these packages."""
    found: list[Change] = []
    for name in names:
        versions = sorted({Version(one[name]) for one in known if name in one})
        if name in here and versions:
            others = {versions[0], versions[-1]} - {Version(here[name])}
            found += [Change(package=name, version=str(one)) for one in sorted(others)]
    return tuple(found)


def _additions(
    here: Pins, ready: Iterable[JudgedCell], optional: Collection[str]
) -> tuple[Change, ...]:
    """Return session libraries that are named, that other cells have and this one has not."""
    newest: dict[str, Version] = {}
    for one in ready:
        there = pins(one)
        for name in library_packages(one.result.cell)[:1]:
            if name in optional and name in there and name not in here:
                newest[name] = max(newest.get(name, Version("0")), Version(there[name]))
    return tuple(Change(package=name, version=str(newest[name])) for name in sorted(newest))


def _pythons(here: Pins, levels: Iterable[str]) -> tuple[Change, ...]:
    near = _near(Version(here[PYTHON]), map(Version, levels))
    return tuple(Change(package=PYTHON, version=str(one)) for one in near)


def _near(version: Version, versions: Iterable[Version]) -> list[Version]:
    """Return the nearest older and the nearest newer one."""
    others = sorted(set(versions) - {version})
    older = [one for one in others if one < version][-1:]
    newer = [one for one in others if one > version][:1]
    return [*older, *newer]

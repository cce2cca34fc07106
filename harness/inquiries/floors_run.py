"""The experiments behind `nox -s floors`: each release's floors, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.allowed import works
from harness.config import AXES, LIBRARY
from harness.errors import BadInput
from harness.inquiries import blame, bounds, declared, floors, forbids, suspects, symptom
from harness.inquiries.blame import PYTHON
from harness.inquiries.bounds import Bound, End
from harness.inquiries.declared_rows import chosen_patterns, library_level
from harness.inquiries.edge import Boundary, boundary
from harness.inquiries.experiment import Experiment, Finding
from harness.inquiries.floors import Floor, Standing
from harness.inquiries.inquiry import Inquiry, is_forbidden
from harness.inquiries.symptom import Shown
from harness.model import JudgedCell, PatternName

_MAIN = ("flask", "flask-admin", "sqlalchemy", "werkzeug", "wtforms", "jinja2", "markupsafe")
_FIRST = ("flask-admin", LIBRARY, "sqlalchemy", "flask")
_OF_LIBRARY = ("import library", "library alone")
_OWNERS = {"import flask": "flask", "flask alone": "flask", "import sqlalchemy": "sqlalchemy"}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frame:
    """What stands beside a release while its floors are tested."""

    base: Experiment
    newest: Finding
    """What it shows with everything as new as it may be."""
    patterns: tuple[PatternName, ...]
    told: str

    @property
    def texts(self) -> frozenset[str]:
        """What fails with the newest already, and so is no finding about a floor."""
        return symptom.texts(symptom.symptoms(self.newest.judged))


def releases(asked: Inquiry, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the releases to test: those that were named, or those that levels are named after."""
    levels = [level for axis in _FIRST for level in asked.here.spec.axes[axis]]
    known = dict.fromkeys(
        one for level in levels for one in forbids.pinned(level, asked.metadata)[:1]
    )
    if not names:
        return tuple(known)
    wanted = [_named(name) for name in names]
    for name, version in wanted:
        asked.index.release(name, version)
        if name not in {one for one, _ in known}:
            raise BadInput(
                f"{name} is under test nowhere in the matrix; choose from {_told(known)}"
            )
    return tuple(wanted)


def _named(text: str) -> tuple[str, str]:
    name, equal, version = text.partition("==")
    if not (name and equal and version):
        raise BadInput(f"{text}: expected PACKAGE==VERSION, like flask-admin==2.2.1")
    return canonicalize_name(name.strip()), version.strip()


def _told(known: dict[tuple[str, str], None]) -> str:
    return ", ".join(sorted({name for name, _ in known}))


def tested(asked: Inquiry, name: str, version: str) -> Iterator[Floor]:
    """Test each floor of a release."""
    python = asked.pythons[0]
    every = bounds.bounds(name, version, asked.requires(name, version), python)
    found = [one for one in every if one.end is End.FLOOR]
    frame = _frame(asked, name, version) if found else None
    for one in found:
        floor = _unframed(one, python) if frame is None else _tested(asked, one, frame)
        asked.say(f"{one.told}, at {floor.at or 'nothing'}: {floor.standing} {floor.line}")
        yield floor


def _unframed(one: Bound, python: str) -> Floor:
    told = f"the table has no working cell with {one.package} {one.version} to start from"
    return Floor(
        bound=one, python=python, at="", beside="", standing=Standing.UNKNOWN, cause=(told,)
    )


def _frame(asked: Inquiry, name: str, version: str) -> _Frame | None:
    """Return what to test a release in: everything newest, or the levels with which it works."""
    level = library_level(asked, name, version)
    cells = [one for one in asked.table if level and _has(one, name, version)]
    cell = level and _simplest(asked, cells, level)
    if not cell:
        return None
    patterns = chosen_patterns(cell)[:1]
    own = (f"{name}=={version}",)
    libraries = tuple(one for one in _pins(cell) if one.partition("==")[0] != name)
    others = tuple(one for one in ("flask", "flask-admin", "sqlalchemy") if one != name)
    free = _experiment(asked, cell, (*own, *libraries, *others))
    newest = asked.tried(free, (), patterns)
    if symptom.failed_control(newest.judged.result) is None:
        return _Frame(base=free, newest=newest, patterns=patterns, told="everything else newest")
    levels = tuple(x for x in cell.result.cell.requirements if _name(x) in others)
    kept = _experiment(asked, cell, (*own, *libraries, *levels, *cell.result.cell.companions))
    broken = symptom.symptoms(newest.judged)[0].text
    return _Frame(
        base=kept,
        newest=asked.tried(kept, (), patterns),
        patterns=patterns,
        told=f"with {', '.join((*levels, *cell.result.cell.companions))}, since the newest do not"
        f" work with it at all ({broken}); the rest newest",
    )


def _simplest(
    asked: Inquiry, cells: Sequence[JudgedCell], level: tuple[str, str]
) -> JudgedCell | None:
    """Return a working cell with as few session libraries as there are: each has floors, too."""
    sizes = {len(suspects.library_packages(one.result.cell)) for one in cells}
    for size in sorted(sizes):
        among = [one for one in cells if len(suspects.library_packages(one.result.cell)) == size]
        found = declared.frame(among, level, asked.pythons, AXES)
        if found is not None:
            return found
    return None


def _has(one: JudgedCell, name: str, version: str) -> bool:
    return one.result.environment.packages.get(name) == version


def _pins(cell: JudgedCell) -> tuple[str, ...]:
    names = suspects.library_packages(cell.result.cell)
    return tuple(x for x in cell.result.cell.requirements if _name(x) in names)


def _name(line: str) -> str:
    return canonicalize_name(Requirement(line).name)


def _experiment(asked: Inquiry, cell: JudgedCell, lines: tuple[str, ...]) -> Experiment:
    one = cell.result.cell
    python = one.combination[PYTHON]
    return Experiment(
        python=python if python in asked.pythons else asked.pythons[0],
        requirements=lines,
        library=one.library,
        adapter=one.adapter,
    )


def _tested(asked: Inquiry, one: Bound, frame: _Frame) -> Floor:
    releases = asked.releases(one.dependency)
    at = bounds.at_floor(one, releases)
    if at is None:
        return _unframed(one, frame.base.python)
    seen = _seen(asked, one, frame, str(at))
    packages = seen.finding.packages
    return Floor(
        bound=one,
        python=frame.base.python,
        at=str(at),
        beside=frame.told,
        standing=seen.standing,
        cause=seen.cause,
        lifted_by=seen.lifted_by,
        along=seen.along,
        edge=_edge(asked, one, frame, at) if seen.standing is Standing.FALSE else None,
        packages=tuple((name, packages[name]) for name in _MAIN if name in packages),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """What a release shows with a package at a version."""

    finding: Finding
    standing: Standing
    cause: tuple[str, ...]
    lifted_by: str
    """Why no installer makes it; it was then installed against the metadata."""
    along: str = ""
    """What else the version took down as it is declared, and what that shows."""


def _seen(asked: Inquiry, one: Bound, frame: _Frame, version: str) -> _Seen:
    """Run it as it is declared; where that takes others down and fails, also without them."""
    finding, lifted = _at(asked, one, frame, version)
    standing, cause = _standing(finding, frame, one)
    moved = _moved(finding, frame, one)
    if standing is not Standing.FALSE or lifted or not moved:
        return _Seen(finding=finding, standing=standing, cause=cause, lifted_by=lifted)
    along = f"as declared it takes {', '.join(moved)} along, where {cause[0]}"
    alone = _alone(asked, one, frame, version)
    standing, cause = _standing(alone, frame, one)
    return _Seen(finding=alone, standing=standing, cause=cause, lifted_by=lifted, along=along)


def _moved(finding: Finding, frame: _Frame, one: Bound) -> tuple[str, ...]:
    """Return which other main packages are not what they are with the newest."""
    newest, here = frame.newest.packages, finding.packages
    return tuple(
        f"{name} {here[name]}"
        for name in _MAIN
        if name not in (one.dependency, one.package) and name in here
        if here[name] != newest.get(name)
    )


def _alone(asked: Inquiry, one: Bound, frame: _Frame, version: str) -> Finding:
    """Run the newest packages with a single one at a version, against the metadata if need be."""
    pins = {**frame.newest.packages, one.dependency: version}
    lines = tuple(f"{name}=={pin}" for name, pin in sorted(pins.items()))
    return asked.tried(replace(frame.base, requirements=lines), lines, frame.patterns)


def _at(asked: Inquiry, one: Bound, frame: _Frame, version: str) -> tuple[Finding, str]:
    """Run the release with a package at a version; also what forbids it, where something does.

    Where the metadata do not allow it, it is installed against them.
    """
    kept = [line for line in frame.base.requirements if _name(line) != one.dependency]
    experiment = replace(frame.base, requirements=(*kept, f"{one.dependency}=={version}"))
    over = forbids.override(one.requirement, f"=={version}")
    found = asked.tried(experiment, (over,), frame.patterns)
    if not found.experiment.resolution.against:
        return found, ""
    blocked = asked.tried(experiment, (), frame.patterns)
    return found, blocked.judged.result.environment.message if is_forbidden(blocked) else ""


def _is_of_the_client(finding: Finding) -> bool:
    found = symptom.symptoms(finding.judged)
    return any(blame.is_of_the_client(one.traceback) for one in found)


def _standing(finding: Finding, frame: _Frame, bound: Bound) -> tuple[Standing, tuple[str, ...]]:
    judged = finding.judged
    control = symptom.failed_control(judged.result)
    found = symptom.symptoms(judged)
    if works(judged) is None:
        return Standing.UNKNOWN, (declared.why_unknown(judged),)
    if works(frame.newest.judged) is None:
        told = declared.why_unknown(frame.newest.judged)
        return Standing.UNKNOWN, (f"there is nothing to compare it with, {frame.told}: {told}",)
    if _is_of_the_client(finding):
        return Standing.UNKNOWN, (
            "it fails in the test client, which no deployed application uses",
        )
    libraries = suspects.library_packages(judged.result.cell)
    lifted = bool(finding.experiment.resolution.against)
    if control and is_of_another(control.control, bound, libraries, lifted=lifted):
        told = f"another package does not work there itself: {control.control}: {control.text}"
        return Standing.UNKNOWN, (told,)
    return floors.compared(symptom.texts(found), frame.texts)


def is_of_another(control: str, bound: Bound, libraries: Sequence[str], *, lifted: bool) -> bool:
    """Whether a package fails by itself that has no part in the floor.

    One that declares a higher floor of its own was installed against it: it may well fail.
    """
    if control in _OF_LIBRARY:
        return bound.package not in libraries
    owner = _OWNERS.get(control)
    return lifted and owner is not None and owner not in (bound.package, bound.dependency)


def _edge(asked: Inquiry, one: Bound, frame: _Frame, at: Version) -> Boundary | None:
    """Find the lowest release that works, between the floor and what the newest cell has."""
    newest = frame.newest.packages.get(one.dependency)
    if newest is None or Version(newest) <= at:
        return None
    answers = {Standing.HOLDS: Shown.GONE, Standing.FALSE: Shown.SAME}

    def shows(version: str) -> Shown:
        standing = _seen(asked, one, frame, version).standing
        asked.say(f"  {one.dependency} {version}: {standing}")
        return answers.get(standing, Shown.UNKNOWN)

    return boundary(asked.releases(one.dependency), Version(newest), at, shows)

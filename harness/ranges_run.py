"""Real runs over a grid of releases: what the metadata allow, what is beside, what is shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise, product

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import install, ranges, resolve, store
from harness.errors import BadInput, MissingInterpreter
from harness.experiment import FOLDER, Experiment, Finding, Laboratory
from harness.index import Index, Release
from harness.model import Resolution
from harness.ranges import Grid, Kind, Line, Place, Showing
from harness.resolve import Lock, Unresolvable, Why
from harness.setting import Deadlines
from harness.showing import showing

AFTERWARDS = timedelta(days=1)
"""Not all files of a release come at once: its time is a day later."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Which releases of `a` work with which of `b`, on one Python, with one session library."""

    a: str
    b: str
    python: str
    library: str
    adapter: str
    others: Callable[[Version], tuple[str, ...]]
    """What else is required beside a release of `b`."""
    held: bool = False
    """Whether that is every other package, so that no time would choose others."""

    def experiment(self, grid: Grid, place: Place, resolution: Resolution) -> Experiment:
        """Return how a combination is tried."""
        one, other = grid.a.releases[place[0]], grid.b.releases[place[1]]
        return Experiment(
            python=self.python,
            requirements=(f"{self.a}=={one}", f"{self.b}=={other}", *self.others(other)),
            library=self.library,
            adapter=self.adapter,
            resolution=resolution,
        )


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


@dataclass(kw_only=True)
class Exploration:
    """A grid while it is explored; what was seen by then stays, whatever stops it."""

    laboratory: Laboratory
    index: Index
    question: Question
    grid: Grid
    seen: dict[Place, Showing]
    told: Callable[[str], None]
    findings: dict[Place, Finding] = field(default_factory=dict)

    def explore(self, *, every: bool = False) -> None:
        """Run what is needed until every combination is answered."""
        while todo := ranges.next_places(self.grid, ranges.with_one_cause(self.seen), every=every):
            allowed = len(self.grid.company)
            self.told(f"{len(todo)} of {allowed} combinations that can be installed are run now")
            self._run(todo)

    def found(self) -> Mapping[Place, ranges.Found]:
        """Return what is known by now of every combination."""
        return ranges.answer(self.grid, ranges.with_one_cause(self.seen))

    def _run(self, todo: Sequence[Place]) -> None:
        today = Resolution()
        places = {self.question.experiment(self.grid, one, today): one for one in todo}
        for finding in self.laboratory.findings(places):
            place = places[finding.experiment]
            self.findings[place] = finding
            self.seen[place] = self._showing(finding, place)
            self._tell(place)
        again = {} if self.question.held else dict(self._in_their_time(todo))
        for finding in self.laboratory.findings(again):
            place = again[finding.experiment]
            if self._showing(finding, place).kind is Kind.WORKS:
                self.seen[place] = replace(self.seen[place], kind=Kind.IN_ITS_TIME)
                self._tell(place)

    def _in_their_time(self, todo: Sequence[Place]) -> Iterator[tuple[Experiment, Place]]:
        """Yield what breaks today as it was when the later of the two came out.

        Only where other packages were chosen then: else it would be the same once more.
        """
        for place in todo:
            experiment = self.question.experiment(self.grid, place, Resolution())
            time = own_time(self.index, experiment.requirements)
            if self.seen[place].kind is not Kind.BROKEN or time is None:
                continue
            then = replace(experiment, resolution=Resolution(as_of=stamp(time)))
            packages = packages_of(self.laboratory, then)
            if not isinstance(packages, str) and packages != packages_of(
                self.laboratory, experiment
            ):
                yield then, place

    def _showing(self, finding: Finding, place: Place) -> Showing:
        pair = (self.question.a, self.question.b)
        one, other = self.grid.a.releases[place[0]], self.grid.b.releases[place[1]]
        return showing(finding, pair, (str(other), str(one)))

    def _tell(self, place: Place) -> None:
        one, other = self.grid.a.releases[place[0]], self.grid.b.releases[place[1]]
        shown = self.seen[place]
        why = f": {shown.cause}" if shown.cause else ""
        self.told(f"{self.question.a} {one} with {self.question.b} {other} {shown.kind}{why}")


def prepared(
    laboratory: Laboratory,
    index: Index,
    question: Question,
    lines: tuple[Line, Line],
    told: Callable[[str], None],
) -> Exploration:
    """Return the grid of two lines, with what the metadata and the resolver say of it."""
    seen = declared(index, *lines, question.python)
    grid = Grid(a=lines[0], b=lines[1])
    left = [place for place in grid.places if place not in seen]
    told(
        f"{len(seen)} combinations are forbidden by metadata; the resolver is asked of {len(left)}"
    )
    company: dict[Place, str] = {}

    def packages(place: Place) -> Mapping[str, str] | str | None:
        experiment = question.experiment(grid, place, Resolution())
        return packages_of(laboratory, experiment)

    with ThreadPoolExecutor(laboratory.jobs) as pool:
        for place, beside in zip(left, pool.map(packages, left), strict=True):
            if isinstance(beside, str):
                built = not beside.startswith(_NOT_BUILT)
                kind = Kind.NOT_ALLOWED if built else Kind.NOT_BUILT
                seen[place] = Showing(kind=kind, cause=beside.removeprefix(_NOT_BUILT))
            elif beside is not None:
                pair = (canonicalize_name(question.a), canonicalize_name(question.b))
                company[place] = lock_text({n: v for n, v in beside.items() if n not in pair})
    return Exploration(
        laboratory=laboratory,
        index=index,
        question=question,
        grid=replace(grid, company=company),
        seen=seen,
        told=told,
    )


_NOT_BUILT = "cannot be built: "


def packages_of(laboratory: Laboratory, experiment: Experiment) -> Mapping[str, str] | str:
    """Return the packages that the resolver chooses today, or the reason why there are none."""
    folder = laboratory.here.root / FOLDER / "locks" / experiment.id
    file = folder / f"{laboratory.day}.json"
    with suppress(OSError, ValueError):
        kept = json.loads(file.read_text(encoding="utf-8"))
        return kept if isinstance(kept, str) else dict(kept)
    if experiment.python not in laboratory.here.pythons:
        here = ", ".join(laboratory.here.pythons) or "none"
        raise MissingInterpreter(
            f"there is no Python {experiment.python} on this machine; found: {here}"
        )
    store.fresh_folder(folder)
    locked = resolve.lock(
        experiment.cell,
        laboratory.here.pythons[experiment.python],
        folder=folder,
        env=install.child_environment(os.environ),
        deadline_seconds=Deadlines().lock,
    )
    found = _why(locked) if isinstance(locked, Unresolvable) else _versions(locked)
    store.write_text(file, lock_text(found))
    return found


def _why(locked: Unresolvable) -> str:
    return f"{_NOT_BUILT if locked.why is Why.BUILD_FAILED else ''}{locked.message}"


def _versions(locked: Lock) -> dict[str, str]:
    return dict(sorted(locked.packages.items()))


def lock_text(found: Mapping[str, str] | str) -> str:
    """Return what the resolver chose as it is kept on disk: the packages, or why there are none."""
    return json.dumps(found, sort_keys=True)


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

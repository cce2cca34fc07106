"""Real runs over a grid of releases: what the metadata allow, what is beside, what is shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace

from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import store
from harness.errors import MissingInterpreter
from harness.inquiries import indexed, ranges
from harness.inquiries.experiment import FOLDER, Experiment, Finding, Laboratory
from harness.inquiries.ranges import Grid, Kind, Line, Place, Showing
from harness.inquiries.showing import showing
from harness.measure import install, resolve
from harness.measure.resolve import Lock, Unresolvable, Why
from harness.measure.setting import Deadlines
from harness.model import Resolution
from harness.releases.index import Index


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
        self._confirm()

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

    def _confirm(self) -> None:
        """Run once more what stands out from its neighbours: one odd run is not a finding."""
        again = replace(self.laboratory, anew=True)
        for place in ranges.odd(self.grid, ranges.with_one_cause(self.seen)):
            before = self.seen[place]
            finding = self.findings.get(place)
            if finding is None or before.kind is Kind.UNKNOWN:
                continue
            mark = self.laboratory.here.root / FOLDER / finding.experiment.id / "twice"
            if mark.exists():
                continue
            after = self._showing(again.finding(finding.experiment), place)
            if (after.kind is Kind.WORKS) == (before.kind is Kind.WORKS):
                store.write_text(mark, "")
            else:
                told = " and ".join(f"{one.kind} {one.cause}".strip() for one in (before, after))
                cause = f"run twice, it {told}"
                self.seen[place] = Showing(kind=Kind.UNKNOWN, cause=cause)
            self._tell(place)

    def _in_their_time(self, todo: Sequence[Place]) -> Iterator[tuple[Experiment, Place]]:
        """Yield what breaks today as it was when the later of the two came out.

        Only where other packages were chosen then: else it would be the same once more.
        """
        for place in todo:
            experiment = self.question.experiment(self.grid, place, Resolution())
            time = indexed.own_time(self.index, experiment.requirements)
            if self.seen[place].kind is not Kind.BROKEN or time is None:
                continue
            then = replace(experiment, resolution=Resolution(as_of=indexed.stamp(time)))
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
    seen = indexed.declared(index, *lines, question.python)
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

"""Real runs of a set of pins: with the packages of today, of its time, and the lowest allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import levels
from harness.errors import BadInput
from harness.inquiries import indexed, ranges_run, since
from harness.inquiries.experiment import Experiment, Finding, Laboratory, Standing
from harness.inquiries.ranges import Line, Showing
from harness.inquiries.ranges_run import Exploration, Question
from harness.inquiries.showing import ADMIN, showing
from harness.inquiries.since import Smallest
from harness.model import Resolution
from harness.releases.index import Index

TODAY = "today"
ITS_TIME = "its time"
LOWEST = "lowest allowed"


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What one way to choose the other packages came to."""

    name: str
    finding: Finding
    locked: Mapping[str, str]
    """The packages that the resolver chose; none where there is no such set."""

    @property
    def works(self) -> bool:
        """Whether some pattern passes every scenario."""
        return self.finding.standing is Standing.WORKS

    @property
    def showing(self) -> Showing:
        """What it shows."""
        return showing(self.finding, (ADMIN,))


@dataclass(frozen=True, kw_only=True)
class Culprit:
    """What has to move, from a set that works to the one of today, to break it."""

    reference: Tried
    smallest: Smallest
    along: frozenset[str]
    """What cannot but move with it."""
    exploration: Exploration | None = None
    """The releases of the companion between the two, run one by one; None where it is no single."""


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """A set of pins, and where and with what it is tried."""

    laboratory: Laboratory
    index: Index
    experiment: Experiment
    told: Callable[[str], None]

    @property
    def pins(self) -> dict[str, str]:
        """The releases that are pinned, by package."""
        found = (Requirement(line) for line in self.experiment.requirements)
        pairs = ((canonicalize_name(one.name), indexed.pinned(one)) for one in found)
        return {name: version for name, version in pairs if version}

    def tried(self) -> tuple[Tried, ...]:
        """Run the pins with the packages of today, of their time, and the lowest allowed."""
        if not self.pins:
            raise BadInput("no release is pinned: write flask-admin==1.6.1, say")
        time = indexed.own_time(self.index, self.experiment.requirements)
        choices = {TODAY: Resolution(), LOWEST: Resolution(lowest=True)}
        if time is None:
            self.told("the index has no upload times for these pins: their own time is not tried")
        else:
            choices[ITS_TIME] = Resolution(as_of=indexed.stamp(time))
        experiments = {name: self._chosen(way) for name, way in choices.items()}
        names = {experiment: name for name, experiment in experiments.items()}
        done = {}
        for finding in self.laboratory.findings(experiments.values()):
            name = names[finding.experiment]
            done[name] = self._one(name, finding)
            shown = done[name].showing
            self.told(f"{name}: {shown.kind}{f': {shown.cause}' if shown.cause else ''}")
        return tuple(done[name] for name in (TODAY, ITS_TIME, LOWEST) if name in done)

    def _chosen(self, resolution: Resolution) -> Experiment:
        lines = self.experiment.requirements
        if resolution.lowest:
            spec = self.laboratory.here.spec
            lines = tuple(levels.from_the_oldest(spec, line) for line in lines)
        return replace(self.experiment, requirements=lines, resolution=resolution)

    def _one(self, name: str, finding: Finding) -> Tried:
        packages = ranges_run.packages_of(self.laboratory, finding.experiment)
        return Tried(
            name=name, finding=finding, locked={} if isinstance(packages, str) else packages
        )

    def culprit(self, tried: tuple[Tried, ...]) -> Culprit | None:
        """Return what breaks it today, where it breaks today only; None otherwise."""
        today = next(one for one in tried if one.name == TODAY)
        working = [one for one in tried if one.works]
        if today.finding.standing is not Standing.BROKEN or not working:
            return None
        reference = working[0]
        candidates = since.moved(reference.locked, today.locked, self.pins)
        self.told(f"{len(candidates)} packages differ: {', '.join(sorted(candidates))}")
        found = since.smallest(
            self._ordered(candidates, reference, today),
            lambda one: self._breaks(one, reference, today),
        )
        found = self._without_followers(found, reference, today)
        along = self._along(found.names, reference.locked, today.locked) - found.names
        culprit = Culprit(reference=reference, smallest=found, along=along)
        if len(found.names) != 1:
            return culprit
        (name,) = found.names
        return replace(culprit, exploration=self._explored(name, reference, today))

    def _without_followers(self, found: Smallest, reference: Tried, today: Tried) -> Smallest:
        """Return the package taken along that breaks it with less, where there is one.

        What drags the culprit along breaks it too, and is none: greenlet is not needed by
        SQLAlchemy 2.1 any more, so that without it SQLAlchemy moves.
        """

        def along(*names: str) -> frozenset[str]:
            return self._along(frozenset(names), reference.locked, today.locked)

        whole = along(*found.names)
        for name in sorted(whole - found.names, key=lambda one: (len(along(one)), one)):
            if along(name) < whole and self._breaks(frozenset({name}), reference, today):
                return Smallest(names=frozenset({name}), is_smallest=True)
        return found

    def _ordered(self, candidates: frozenset[str], reference: Tried, today: Tried) -> list[str]:
        """Return what takes least along first: of two that break it, the first is kept."""

        def weight(name: str) -> tuple[int, str]:
            return len(self._along(frozenset({name}), reference.locked, today.locked)), name

        return sorted(candidates, key=weight)

    def _breaks(self, chosen: frozenset[str], reference: Tried, today: Tried) -> bool | None:
        """Whether it breaks as today with these packages as they are today."""
        moving = self._along(chosen, reference.locked, today.locked)
        packages = since.mixed(moving, reference.locked, today.locked)
        finding = self.laboratory.finding(self._held(packages))
        found = self._alike(finding, today.finding)
        other = " in another way" if finding.standing is Standing.BROKEN and not found else ""
        self.told(f"with the {', '.join(sorted(moving))} of today: {finding.standing}{other}")
        return found

    def _alike(self, finding: Finding, today: Finding) -> bool | None:
        match finding.standing:
            case Standing.WORKS:
                return False
            case Standing.BROKEN:
                return True if self._cause(finding) == self._cause(today) else None
            case Standing.NOT_ALLOWED | Standing.UNKNOWN:
                return None

    def _cause(self, finding: Finding) -> str:
        shown = showing(finding, (ADMIN,))
        return shown.site or shown.cause

    def _held(self, packages: Mapping[str, str]) -> Experiment:
        return replace(self.experiment, requirements=self._lines(packages))

    def _lines(self, packages: Mapping[str, str]) -> tuple[str, ...]:
        """Return every package pinned, and as it was asked for what no index has."""
        asked = (Requirement(line) for line in self.experiment.requirements)
        elsewhere = (str(one) for one in asked if canonicalize_name(one.name) not in packages)
        return (*(f"{name}=={version}" for name, version in packages.items()), *elsewhere)

    def _along(
        self, chosen: frozenset[str], working: since.Packages, today: since.Packages
    ) -> frozenset[str]:
        return since.taken_along(chosen, working, today, self._needs)

    def _needs(self, name: str, version: str) -> Iterator[tuple[str, SpecifierSet]]:
        for one in self.index.requires(name, version) or ():
            if indexed.holds(one, self.experiment.python):
                yield canonicalize_name(one.name), one.specifier

    def _explored(self, name: str, reference: Tried, today: Tried) -> Exploration:
        """Run the releases of the companion from the one that works to the one of today."""
        pin, version = next(iter(self.pins.items()))
        first, last = reference.locked.get(name), today.locked.get(name)
        span = SpecifierSet(",".join([*[f">={first}"] * bool(first), *[f"<={last}"] * bool(last)]))
        either = {Version(one) for one in (first, last) if one}
        pre = any(one.is_prerelease for one in either)

        def others(release: Version) -> tuple[str, ...]:
            then = {**today.locked, name: str(release)}
            moving = self._along(frozenset({name}), reference.locked, then)
            held = since.mixed(frozenset(), reference.locked, {})
            kept = {n: v for n, v in held.items() if n not in moving | {name, pin}}
            return self._lines_beside(kept, name, pin)

        question = Question(
            a=pin,
            b=name,
            python=self.experiment.python,
            library=self.experiment.library,
            adapter=self.experiment.adapter,
            others=others,
            held=True,
        )
        lines = (
            Line(name=pin, releases=(Version(version),)),
            indexed.line(self.index, name, (span,), prereleases=pre),
        )
        exploration = ranges_run.prepared(self.laboratory, self.index, question, lines, self.told)
        exploration.explore()
        return exploration

    def _lines_beside(self, kept: Mapping[str, str], *besides: str) -> tuple[str, ...]:
        lines = self._lines({**kept, **dict.fromkeys(besides, "")})
        return tuple(line for line in lines if not line.endswith("=="))

"""Where the questions about metadata and blame meet the index and the laboratory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness import catalog
from harness.inquiries import blame, suspects, symptom
from harness.inquiries.blame import PYTHON, Blame, Member, Pins
from harness.inquiries.edge import Boundary, boundary
from harness.inquiries.experiment import Experiment, Finding, Laboratory
from harness.inquiries.forbids import Metadata
from harness.inquiries.symptom import Shown, Symptom
from harness.model import (
    EnvironmentStatus,
    Guards,
    JudgedCell,
    PatternName,
    Resolution,
    ScenarioId,
)
from harness.project import Project
from harness.releases.index import Index

PREFERRED = ("3.12", "3.11")
"""The Pythons that most releases know; what is asked of one Python is asked of the first here."""
ONE_PATTERN = PatternName("scoped-session")
"""What is run where a control is asked and no pattern: a run needs some."""


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """One checkout with its index, laboratory and table."""

    here: Project
    index: Index
    lab: Laboratory
    table: tuple[JudgedCell, ...]
    say: Callable[[str], None]
    python: str | None = None
    """The one Python to prefer."""

    @property
    def pythons(self) -> tuple[str, ...]:
        """The preferred Pythons of this machine; all of them where none of those is here."""
        if self.python:
            return (self.python,)
        found = tuple(one for one in PREFERRED if one in self.here.pythons)
        return found or tuple(self.here.pythons)

    @property
    def metadata(self) -> Metadata:
        """What the index says, as pure functions ask for it."""
        return Metadata(
            releases=self.releases, requires=self.requires, requires_python=self.requires_python
        )

    def releases(self, name: str) -> tuple[Version, ...]:
        """Return the releases that an installer takes without being told."""
        return tuple(
            one.version
            for one in self.index.releases(name)
            if not one.yanked and not one.version.is_prerelease
        )

    def requires(self, name: str, version: str) -> tuple[Requirement, ...]:
        """Return what a release declares; nothing where the index does not say."""
        return self.index.requires(name, version) or ()

    def requires_python(self, name: str, version: str) -> SpecifierSet:
        """Return which Pythons a release declares."""
        return self.index.release(name, version).requires_python

    def tried(
        self,
        experiment: Experiment,
        against: Sequence[str],
        patterns: Iterable[PatternName] = (),
        scenarios: Iterable[ScenarioId] = (),
    ) -> Finding:
        """Run an experiment as it is; where the metadata forbid it, against them."""
        lab = replace(self.lab, patterns=tuple(patterns), scenarios=tuple(scenarios))
        finding = lab.finding(experiment)
        if not is_forbidden(finding):
            return finding
        over = Resolution(against=tuple(against))
        return lab.finding(replace(experiment, resolution=over))

    def look(self, judged: JudgedCell, pins: Pins, asked: Sequence[Symptom]) -> Mapping[str, Shown]:
        """Run exact pins with a cell's adapter, and return what they show of each symptom.

        Against the metadata only a failure tells something: what goes there may have gone with a
        library that cannot be imported any more.
        """
        cell = judged.result.cell
        lines = tuple(f"{n}=={v}" for n, v in sorted(pins.items()) if n != PYTHON)
        experiment = Experiment(
            python=pins[PYTHON], requirements=lines, library=cell.library, adapter=cell.adapter
        )
        patterns = sorted({one.pattern for one in asked if one.pattern}) or [ONE_PATTERN]
        scenarios = sorted({one.scenario for one in asked if one.scenario})
        finding = self.tried(experiment, lines, patterns, scenarios or [self._any_scenario()])
        told = {one.text: symptom.shown(finding.judged.result, one) for one in asked}
        if finding.experiment.resolution.against:
            told = {x: Shown.UNKNOWN if y is Shown.GONE else y for x, y in told.items()}
        changed = ", ".join(
            f"{one.package} {one.version or 'absent'}"
            for one in blame.differences(suspects.pins(judged), pins)
        )
        self.say(f"  {changed or 'as it is'}: {_told(told.values())}")
        return told

    def _any_scenario(self) -> ScenarioId:
        return next(
            one.id for one in catalog.read(self.here.scenarios) if one.guards is Guards.SESSIONS
        )

    def blamed(self, judged: JudgedCell, asked: Sequence[Symptom]) -> tuple[Blame, ...]:
        """Return whom these symptoms of a cell are to be blamed on."""
        cell = judged.result.cell
        here = suspects.pins(judged)
        names = ("flask-admin", *suspects.library_packages(cell))
        present = [name for name in names if name in here]
        case = suspects.case(
            judged,
            asked,
            suspects.Known(
                table=self.table,
                released={n: self.releases(n) for n in (*present, *suspects.COMPANIONS)},
                optional=frozenset(
                    canonicalize_name(one.name)
                    for name in present
                    for one in self.requires(name, here[name])
                ),
                pythons=tuple(self.here.pythons),
            ),
        )
        self.say(f"{cell.id}: {len(asked)} failures, {len(case.candidates)} changes to try")
        return blame.investigate(case, lambda pins, some: self.look(judged, pins, some))

    def edge(self, judged: JudgedCell, found: Blame, other: Member) -> Boundary | None:
        """Return where the failure begins among the releases of one member; None where unknown.

        Nothing is known where it only mends together with others, or by being left out.
        """
        mended_by = next(filter(None, other.mended_by), "")
        if other.package == PYTHON or found.together or not mended_by:
            return None
        releases = self.releases(other.package)
        works = Version(mended_by)
        fails = Version(other.version) if other.version else min(releases)
        asked = found.symptoms[:1]
        text = asked[0].text

        def shows(version: str) -> Shown:
            changed = {**found.pins, other.package: version}
            return self.look(judged, changed, asked).get(text, Shown.UNKNOWN)

        if not other.version and shows(str(fails)) is Shown.GONE:
            return None
        return boundary(releases, works, fails, shows)


def is_forbidden(finding: Finding) -> bool:
    """Whether the packages cannot be had together, as the resolver says."""
    return finding.judged.result.environment.status is EnvironmentStatus.UNRESOLVABLE


def _told(answers: Iterable[Shown]) -> str:
    found = list(answers)
    return ", ".join(f"{found.count(one)} {one}" for one in Shown if one in found)

"""One set of pins after another, each in an environment of its own; what was measured is kept.

The questions that no single cell answers (which releases work with which, who is to blame, what a
floor is worth) are asked here. An answer is only ever a measurement: see `Finding`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from harness import collect, judge, patterns, store
from harness.config import DATABASE
from harness.drivers import DEFAULT
from harness.errors import MissingInterpreter
from harness.measure import environment, execute, install, resolve
from harness.measure.resolve import Unresolvable
from harness.measure.setting import Deadlines, Selection, Setting
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Ending,
    EnvironmentStatus,
    JudgedCell,
    Judgement,
    PatternName,
    Resolution,
    ScenarioId,
    Verdict,
)
from harness.project import Project
from harness.releases import indexes
from harness.releases.indexes import Settings

FOLDER = Path(".nox", "experiments")
"""Where environments and what they showed are kept; removing it costs time and nothing else."""


class Standing(StrEnum):
    """What an experiment says of a set of pins."""

    WORKS = "works"
    """Some pattern passes every scenario that was run."""
    BROKEN = "broken"
    """They install, and no pattern does."""
    NOT_ALLOWED = "not allowed"
    """No installer makes this set: the metadata forbid it, or a package cannot be built here."""
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Experiment:
    """A set of pins to try, on one Python, with one adapter."""

    python: str
    requirements: tuple[str, ...]
    library: str
    adapter: str
    resolution: Resolution = field(default_factory=Resolution)

    @property
    def id(self) -> CellId:
        """A name made of what is tried."""
        return CellId(f"try-{hashlib.sha256(repr(self).encode()).hexdigest()[:12]}")

    @property
    def cell(self) -> Cell:
        """The cell that is measured for it."""
        axes = {"python": self.python, "library": self.library, DATABASE: DEFAULT}
        return Cell(
            id=self.id,
            combination=axes,
            requirements=self.requirements,
            adapter=self.adapter,
            library=self.library,
            resolution=self.resolution,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What an experiment showed."""

    experiment: Experiment
    judged: JudgedCell

    @property
    def standing(self) -> Standing:
        """What it says of the pins."""
        verdicts = [one.verdict for one in self._patterns.values()]
        if Verdict.COMPATIBLE in verdicts:
            return Standing.WORKS
        if not verdicts or Verdict.INCONCLUSIVE in verdicts:
            return Standing.UNKNOWN
        if self.judged.result.environment.status in _FORBIDDEN:
            return Standing.NOT_ALLOWED
        return Standing.BROKEN

    @property
    def cause(self) -> str:
        """Why nothing works, told of the pattern that comes nearest to it; "" where one works."""
        if self.standing is Standing.WORKS:
            return ""
        # A pattern that exists nowhere here fails in no way: what tells is one that fails.
        failed = [one for one in self._patterns.values() if one.verdict is not Verdict.UNSUPPORTED]
        told = [one.because for one in failed or self._patterns.values() if one.because]
        return min(told, key=lambda reasons: (len(reasons), reasons), default=("",))[0]

    @property
    def packages(self) -> Mapping[str, str]:
        """The versions that were installed."""
        return self.judged.result.environment.packages

    @property
    def working(self) -> tuple[PatternName, ...]:
        """The patterns that pass every scenario."""
        return patterns.working(self.judged.verdicts)

    @property
    def _patterns(self) -> Mapping[PatternName, Judgement]:
        return patterns.own(self.judged.verdicts)


_FORBIDDEN = (EnvironmentStatus.UNRESOLVABLE, EnvironmentStatus.UNINSTALLABLE)


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """Where experiments are run: so many at once, with these patterns and scenarios.

    All patterns and scenarios are run where none is named. What an earlier experiment of the same
    day showed, with the same scenarios, is taken from disk unless `anew`.
    """

    here: Project
    day: str
    jobs: int = 1
    patterns: tuple[PatternName, ...] = ()
    scenarios: tuple[ScenarioId, ...] = ()
    anew: bool = False
    settings: Settings = field(default_factory=dict)
    """Where else packages come from, as a requirements file says it."""

    def findings(self, experiments: Iterable[Experiment]) -> Iterator[Finding]:
        """Run them, and yield what each showed as it ends.

        Raises MissingInterpreter and RegistryUnreachable; what was measured by then is kept.
        """
        waiting: set[Future[Finding]] = set()
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                for one in dict.fromkeys(experiments):
                    if len(waiting) == self.jobs:
                        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        yield from (future.result() for future in done)
                    waiting.add(pool.submit(self.finding, one))
                while waiting:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def finding(self, experiment: Experiment) -> Finding:
        """Run one experiment, or take what it showed earlier today."""
        folder = self.here.root / FOLDER / experiment.id
        key = self._key(experiment)
        known = None if self.anew else _known(folder, experiment, key)
        result = known or self._measured(experiment, folder)
        if known is None and _is_lasting(result):
            store.write_text(folder / "key", key)
        judged = judge.judge(result, self._planned, self._criteria)
        return Finding(experiment=experiment, judged=judged)

    def allows(self, experiment: Experiment) -> bool:
        """Whether an installer makes this set: it is resolved, and nothing is installed."""
        folder = self.here.root / FOLDER / "resolved"
        folder.mkdir(parents=True, exist_ok=True)
        found = resolve.lock(
            experiment.cell,
            self._python(experiment),
            folder=folder,
            env=self._env,
            deadline_seconds=Deadlines().lock,
        )
        return not isinstance(found, Unresolvable)

    @property
    def _env(self) -> Mapping[str, str]:
        return indexes.with_settings(install.child_environment(os.environ), self.settings)

    def _python(self, experiment: Experiment) -> Path:
        if experiment.python not in self.here.pythons:
            here = ", ".join(self.here.pythons) or "none"
            raise MissingInterpreter(
                f"there is no Python {experiment.python} on this machine; found: {here}"
            )
        return self.here.pythons[experiment.python]

    def _measured(self, experiment: Experiment, folder: Path) -> CellResult:
        venv = environment.make(folder / "venv", self._python(experiment))
        chosen = (*self.patterns, patterns.NEUTRAL) if self.patterns else ()
        try:
            return execute.measure(
                Setting(
                    cell=experiment.cell,
                    venv=venv,
                    bytecode=self.here.bytecode,
                    web_servers=self.here.web_servers,
                    folder=folder,
                    scenarios=self.here.scenarios,
                    selection=Selection(patterns=chosen, scenarios=self.scenarios),
                    expected=self._planned,
                    env=self._env,
                )
            )
        finally:
            shutil.rmtree(venv, ignore_errors=True)

    @cached_property
    def _criteria(self) -> judge.Criteria:
        return self.here.criteria()

    @cached_property
    def _planned(self) -> tuple[tuple[ScenarioId, PatternName], ...]:
        return patterns.narrowed(self.here.pairs(self.patterns), self.patterns, self.scenarios)

    def _key(self, experiment: Experiment) -> str:
        asked = repr((self.day, self.patterns, self.scenarios))
        asked += repr(sorted(self.settings.items())) if self.settings else ""
        return f"{collect.key(self.here, experiment.cell)} {asked}"


def _known(folder: Path, experiment: Experiment, key: str) -> CellResult | None:
    """Return what is on disk of this very experiment, if anything."""
    try:
        same = (folder / "key").read_text(encoding="utf-8") == key
    except (OSError, UnicodeDecodeError):
        return None
    found = store.read_result(folder, experiment.id).result if same else None
    return found if found is not None and found.cell == experiment.cell else None


def _is_lasting(result: CellResult) -> bool:
    """Whether the same would be seen again: a process that was killed says nothing for later."""
    tried = result.environment.status is not EnvironmentStatus.UNKNOWN
    return tried and result.ending not in (Ending.CRASHED, Ending.TIMED_OUT)

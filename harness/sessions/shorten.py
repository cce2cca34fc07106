"""Make a script shorter by running it, and see that it passes where the scenario passed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from harness import project
from harness.measure.rerun import CannotRun, Ran, Rerun, environment
from harness.model import Error, JudgedCell, Matrix, Observation
from harness.rootcause import root_cause
from harness.scripts import failures
from harness.scripts import repro as scripts
from harness.scripts.shrink import OutOfTime, reached, shrunk


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A failure of the table, and the script for it."""

    name: str
    judged: JudgedCell
    error: Error | None
    script: scripts.Script
    seen: Observation | None = None
    control: str = ""
    """The control that failed, where it was no scenario."""

    @property
    def cause(self) -> str:
        """The failure as the report's causes tell it."""
        text = root_cause(self.error)
        return f"{self.control}: {text}" if self.control else text


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What every script is made of."""

    here: project.Project
    matrix: Matrix
    sources: Mapping[str, str]
    titles: Mapping[str, str]


class _Trial:
    """Whether a body shows the failure where it was seen, and nothing where all is well."""

    def __init__(self, held: Held, case: Case, fails: Rerun, ends: float) -> None:
        self._held = held
        self._case = case
        self._fails = fails
        self._passes: Rerun | None = None
        self._ends = ends
        self._seconds = 30
        self._raised = {False: frozenset[str](), True: frozenset[str]()}
        self.pattern = str(case.seen.pattern) if case.seen else ""
        self.instead = self.pattern
        self.runs = 0

    def begin(self) -> set[int] | None:
        """Run it as it is; give the lines that it did not come to, None if it differs."""
        body = self._case.script.body
        started = time.monotonic()
        ran = self._fails.run(scripts.runnable(body), self._seconds, trace=True)
        if not scripts.is_same(ran.status, ran.output, self._case.error):
            return None
        self._seconds = min(30, int(5 * (time.monotonic() - started)) + 3)
        self._raised[False] = ran.raised
        return set(range(1, body.count("\n") + 2)) - ran.lines

    def has_witness(self, passes: Rerun, pattern: str) -> bool:
        """Whether the whole script passes there, so that a shorter one has to pass as well."""
        self._passes, self.instead = passes, pattern
        ran = self._mended(self._case.script.body)
        self._raised[True] = ran.raised
        if ran.status:
            self._passes = None
        return ran.status == 0

    def is_right(self, body: str) -> bool:
        """Whether it shows the same, raises nothing else, and still passes where the whole does."""
        if not self.shows(body):
            return False
        ran = self._mended(body)
        return ran.status == 0 and ran.raised <= self._raised[True]

    def shows(self, body: str) -> bool:
        """Whether it shows the same, and no request fails that did not."""
        if time.monotonic() > self._ends:
            raise OutOfTime
        self.runs += 1
        ran = self._fails.run(scripts.runnable(body), self._seconds)
        same = scripts.is_same(ran.status, ran.output, self._case.error)
        return same and ran.raised <= self._raised[False]

    def _mended(self, body: str) -> Ran:
        assert self._passes is not None  # noqa: S101 - `has_witness` came before
        body = scripts.with_pattern(body, self.pattern, self.instead, self._held.sources)
        return self._passes.run(scripts.runnable(body), self._seconds)


def shorter(held: Held, case: Case, seconds: float) -> tuple[scripts.Script, int]:
    """Give the script as short as it can be, and how many runs it took."""
    if case.seen is None:
        return case.script, 0
    body = case.script.body
    with ExitStack() as stack:
        modules = scripts.imported(body)
        here = environment(case.script.head, python_of(held, case.judged), modules, seconds)
        fails = stack.enter_context(here)
        trial = _Trial(held, case, fails, time.monotonic() + seconds)
        unreached = trial.begin()
        if unreached is None:
            raise CannotRun("it does not show here what was observed")
        for judged, pattern in failures.witnesses(held.matrix, case.judged, case.seen):
            passes = fails
            if judged.result.cell.id != case.judged.result.cell.id:
                there = scripts.head(judged)
                with suppress(CannotRun):
                    python = python_of(held, judged)
                    passes = stack.enter_context(environment(there, python, modules, seconds))
            if trial.has_witness(passes, pattern):
                break
        else:
            body = reached(body, trial.shows, called=scripts.RUN, unreached=unreached)
            return case.script.shorter(body), trial.runs
        same = trial.instead == trial.pattern
        kept = () if same else scripts.pattern_parts(trial.pattern, held.sources)
        body = shrunk(body, trial.is_right, called=scripts.RUN, kept=kept, unreached=unreached)
        return case.script.shorter(body), trial.runs


def python_of(held: Held, judged: JudgedCell) -> Path:
    """Return the interpreter of a cell; CannotRun where this machine has none."""
    level = judged.result.cell.combination["python"]
    if level not in held.here.pythons:
        raise CannotRun(f"Python {level} is not on this machine")
    return held.here.pythons[level]

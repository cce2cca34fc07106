"""The nearest set of pins that works: first other releases of what the error names, then the table.

What is advised was run, with all of the checks. A set that the user's own ranges or the packages'
metadata forbid is never run and never counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from harness import patterns
from harness.checks import named, nearest, used
from harness.checks.checking import Bench, Checked
from harness.checks.nearest import Candidate
from harness.drivers import DEFAULT
from harness.errors import BadInput, HarnessError
from harness.inquiries.experiment import Experiment, Finding, Laboratory, Standing
from harness.model import (
    Cell,
    CellId,
    Error,
    JudgedCell,
    Matrix,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.releases.index import Index
from harness.report.cell_text import best, exceptions
from harness.report.counts import counted

TRIES = 6
"""How many sets of the table are run, at most."""
RESOLVED = 24
"""How many of them are looked at for it: many are forbidden."""
NAMED = 10
"""How many releases of what the error names are run, at most, each until it fails."""
MOST_NAMED = 4
"""How many packages are moved together, at most, each named by the error that was left."""
CONTROL = PatternName("bare-session")
_BASES = 3
"""Under how many patterns a release of what the error names is tried."""

Failures: TypeAlias = Mapping[ScenarioId | None, Error]
"""An error of each scenario that fails; of the controls under None."""
Moved: TypeAlias = tuple[dict[str, str], Finding]
"""The releases that were put in the place of others, and what was seen with them."""


def search(
    bench: Bench,
    checked: Checked,
    read_table: Callable[[], Matrix | None],
    day: str,
    tell: Callable[[str], None],
) -> str:
    """Return the nearest pins that work, tried by running them, in a sentence; why not, else.

    The table takes seconds to read, and is read where it is asked.

    What was measured before is not lost where the index stops answering: the sentence says so.
    Where something works, only what an error of it names in so many words is asked about.
    """
    asked = bench.asked
    if not (asked.search and checked.is_known):
        return ""
    if asked.adapter_file or asked.database != DEFAULT:
        return "" if checked.works else "not searched: it is for known libraries, on SQLite"
    one = Search(bench=bench, checked=checked, read_table=read_table, day=day, tell=tell)
    try:
        return one.answer()
    except HarnessError as error:
        return f"not known: {error}"


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search that goes on: what it starts from, and what it has tried."""

    bench: Bench
    checked: Checked
    read_table: Callable[[], Matrix | None]
    day: str
    tell: Callable[[str], None]
    ran: dict[str, bool] = field(default_factory=dict)
    """What was run, in words, and whether the error named it."""
    forbidden: set[str] = field(default_factory=set)
    steps: list[Moved] = field(default_factory=list)
    """What brought it nearer: an error was gone, others were left."""

    def answer(self) -> str:
        """Return what works, or what was tried in vain."""
        found = self._named()
        if found is None and not self.checked.works:
            found = self._of_table()
        if found is not None:
            return self._told(*found)
        return "" if self.checked.works else self._in_vain()

    # Other releases of what the error names -----------------------------------------------------

    def _named(self) -> Moved | None:
        """Move what the error names; what then fails otherwise may name another to move too."""
        changed: dict[str, str] = {}
        failures = self._failures(self.checked.judged)
        while failures and len(changed) < MOST_NAMED:
            step = self._step(changed, failures)
            if step is None or step[1].standing is Standing.WORKS:
                return step
            self.steps.append(step)
            changed, failures = step[0], self._failures(step[1].judged)
        return None

    def _step(self, changed: Mapping[str, str], failures: Failures) -> Moved | None:
        """Return the first release with which a failure is gone, and what is seen with it."""
        # What is left after a step may be of any kind: frames alone would lead anywhere.
        for name in self._packages(failures.values(), said_only=bool(changed)):
            if name in changed or name not in self.have:
                continue
            mine = [at for at, error in failures.items() if name in self._packages([error])]
            for version in self._releases(name):
                if sum(self.ran.values()) >= NAMED:
                    return None
                new = {**changed, name: version}
                found = self._run(self._candidate(new), is_named=True, first=mine[0])
                if found is not None and self._is_gone(name, mine, found):
                    return new, found
        return None

    def _is_gone(self, name: str, mine: Collection[ScenarioId | None], found: Finding) -> bool:
        """Whether the failures that name a package are not seen any more; others may be."""
        if found.standing not in (Standing.WORKS, Standing.BROKEN):
            return False
        left = self._failures(found.judged)
        if None in left:
            return None in mine and self._packages([left[None]])[:1] != (name,)
        return left.keys().isdisjoint(mine)

    def _packages(self, errors: Iterable[Error], *, said_only: bool = False) -> tuple[str, ...]:
        said_only = said_only or self.checked.works
        return named.packages(errors, self._owners, said_only=said_only)

    def _releases(self, name: str) -> tuple[str, ...]:
        try:
            known = self._index.releases(name)
        except BadInput:
            return ()  # it comes from elsewhere
        return named.releases(name, self.have[name], known, self.cell)

    def _candidate(self, changed: Mapping[str, str]) -> Candidate:
        own = patterns.own(self.checked.judged.verdicts)
        there = [name for name, one in own.items() if one.verdict is not Verdict.UNSUPPORTED]
        return Candidate(changed=changed, cell=CellId(""), patterns=tuple(there))

    def _failures(self, judged: JudgedCell) -> Failures:
        """Return what fails under the patterns that come into question."""
        working = patterns.working(judged.verdicts)
        under = (*working, patterns.NEUTRAL) if working else ()
        return named.failures(judged, under)

    # What the table knows -----------------------------------------------------------------------

    def _of_table(self) -> Moved | None:
        if self.table is None:
            return None
        every = nearest.candidates(self.table, self.cell, self.have, self.bench.asked.patterns)
        for one in every[:RESOLVED]:
            if sum(not is_named for is_named in self.ran.values()) >= TRIES:
                return None
            found = self._run(one, is_named=False)
            if found is not None and found.standing is Standing.WORKS:
                return dict(one.changed), found
        return None

    # One set of pins ----------------------------------------------------------------------------

    def _run(
        self, one: Candidate, *, is_named: bool, first: ScenarioId | None = None
    ) -> Finding | None:
        """Run a set, its `first` scenario alone before all others; None where it is forbidden."""
        shown = ", ".join(f"{name}=={version}" for name, version in one.changed.items())
        experiment = self._allowed(one) if named.is_allowed(one.changed, self.cell) else None
        if experiment is None:
            self.forbidden.add(shown)
            return None
        if shown in self.ran:
            return None
        self.tell(f"trying {shown}")
        self.ran[shown] = is_named
        chosen = self._patterns(one, is_named=is_named)
        if first is not None:
            alone = self._laboratory(chosen, (first,)).finding(experiment)
            if not named.passes(alone.judged, first):
                return alone
        asked = tuple(map(ScenarioId, self.bench.asked.scenarios))
        return self._laboratory(chosen, asked).finding(experiment)

    def _patterns(self, one: Candidate, *, is_named: bool) -> tuple[PatternName, ...]:
        asked = tuple(map(PatternName, self.bench.asked.patterns))
        if asked or not is_named:
            return asked or nearest.patterns(one)
        bases = {patterns.base_of(name) for name in one.patterns}
        first = [base for base in patterns.PREFERENCE if base in bases][:_BASES]
        return tuple(name for name in one.patterns if patterns.base_of(name) in first)

    def _laboratory(
        self, chosen: tuple[PatternName, ...], scenarios: tuple[ScenarioId, ...]
    ) -> Laboratory:
        level, program, here = self.python, self.bench.asked.interpreter, self.bench.here
        if level not in here.pythons and program is not None:
            here = replace(here, pythons={**here.pythons, level: self.bench.folder / program})
        return Laboratory(
            here=here,
            day=self.day,
            patterns=chosen if scenarios else (*chosen, CONTROL),
            scenarios=scenarios,
            settings=self.checked.settings,
        )

    def _allowed(self, one: Candidate) -> Experiment | None:
        """Return the experiment: all other pins as they are, or, where that cannot be, some free.

        None where the packages' own metadata forbid it.
        """
        rest = self.cell.resolution
        for free in (False, True) if rest.within or rest.against else (False,):
            experiment = nearest.experiment(self.cell, one, free=free)
            if self._laboratory((), ()).allows(experiment):
                return experiment
        return None

    # What it starts from ------------------------------------------------------------------------

    @property
    def cell(self) -> Cell:
        """The cell that was measured."""
        return self.checked.judged.result.cell

    @property
    def python(self) -> str:
        """Its Python level."""
        return self.cell.combination["python"]

    @cached_property
    def table(self) -> Matrix | None:
        """The committed table, if there is one."""
        return self.read_table()

    @cached_property
    def have(self) -> Mapping[str, str]:
        """The user's versions."""
        return nearest.versions(self.cell, self.checked.judged.result.environment.packages)

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        """Which package brings each top module, in the environment that was measured."""
        found = owners_in(self.bench.here.kept / self.cell.id)
        return {module: name for module, name in found.items() if name in self.have}

    @cached_property
    def _index(self) -> Index:
        return Index(self.bench.here.kept / "index", settings=self.checked.settings)

    # What is told -------------------------------------------------------------------------------

    def _told(self, changed: Mapping[str, str], found: Finding) -> str:
        """Return the pins that differ from the user's in what was run, and the run."""
        moved = {
            name: version
            for name, version in found.packages.items()
            if name in changed
            or (self.have.get(name, "")[:1].isdigit() and self.have[name] != version)
        }
        counts = counted(found.judged.result.observations, found.working)
        names = ", ".join(name for name in found.working if name != patterns.NEUTRAL)
        under = f" (under {names})" if names else ""
        told = f"{nearest.told(moved, self.have)}; measured today: {counts.told}{under}"
        name = best(found.judged)
        verdicts, problems = found.judged.verdicts, self.bench.here.problems
        needs = exceptions(verdicts[name], problems) if name else ()
        return f"{told}, except for {'; for '.join(needs)}" if needs else told

    def _in_vain(self) -> str:
        mine = [shown for shown, is_named in self.ran.items() if is_named]
        others = len(self.ran) - len(mine)
        parts = [f"{'; '.join(mine)} (the error names it)"] if mine else []
        parts += [f"{others} of the table's"] if others else []
        count = len(self.forbidden)
        also = f"; {count} more {'is' if count == 1 else 'are'} forbidden" if count else ""
        if self.steps:
            changed, found = self.steps[-1]
            gone = nearest.told(changed, self.have)
            ways = tuple(patterns.own(found.judged.verdicts))
            counts = counted(found.judged.result.observations, ways)
            also += f"; with {gone} the error that names it is gone: {counts.told}"
        if not parts and self.table is None:
            return "not searched: there is no committed table, and the error names no package"
        if not parts:
            return f"not found: there is no other set that is allowed{also}"
        return f"not found: none of the sets that were run works here: {' and '.join(parts)}{also}"


def owners_in(venv: Path) -> Mapping[str, str]:
    """Return which package of an environment brings each top module."""
    places = (*venv.glob("lib*/python*/site-packages"), *venv.glob("Lib/site-packages"))
    return {module: name for one in places for module, name in used.owners(one).items()}

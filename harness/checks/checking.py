"""What `nox -s check` does: read what is asked for, measure it, look for the nearest that works."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from harness import drivers, interpreters, judge, patterns
from harness import store as stores
from harness.checks import applications, check, facts, nearest, requirements
from harness.checks.applications import Application
from harness.checks.facts import Interpreter
from harness.checks.requirements import Wanted
from harness.checks.used import Bay
from harness.drivers import DEFAULT, Server
from harness.errors import BadInput, HarnessError, MissingInterpreter, NotMeasurable
from harness.inquiries.experiment import Finding, Laboratory, Standing
from harness.measure import databases, environment, execute, install, oldest
from harness.measure.hashes import Hashes
from harness.measure.setting import Selection, Setting
from harness.model import (
    Cell,
    CellId,
    EnvironmentStatus,
    JudgedCell,
    Matrix,
    PatternName,
    Resolution,
    ScenarioId,
    Verdict,
)
from harness.options import CheckOptions
from harness.project import Project
from harness.record import Pair
from harness.releases import indexes
from harness.releases.indexes import Settings
from harness.report.counts import counted

TRIES = 6
"""How many sets of pins are run, at most, to find one that works."""
RESOLVED = 24
"""How many are resolved for it: one that the metadata forbid is told in a moment."""
CONTROL = PatternName("bare-session")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What a check came to, and what is to be told beside the measurement."""

    judged: JudgedCell
    notes: tuple[str, ...] = ()
    settings: Settings = field(default_factory=dict)
    """Where packages came from, as a requirements file says it."""

    @property
    def works(self) -> bool:
        """Whether some pattern passes every scenario."""
        return bool(patterns.working(self.judged.verdicts))

    @property
    def is_known(self) -> bool:
        """Whether it was found out: nothing may have been run, or nothing that applies."""
        verdicts = {one.verdict for one in patterns.own(self.judged.verdicts).values()}
        if self.works:
            return True
        return Verdict.INCONCLUSIVE not in verdicts and bool(verdicts - {Verdict.UNSUPPORTED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What a check is made with: the project, the question, the place of the user."""

    here: Project
    asked: CheckOptions
    folder: Path
    workers: int

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns to run; the usual ones where there is none.

        Not every scenario catches the control, all of them together do: it says nothing of a few.
        """
        if self.asked.patterns or not self.asked.scenarios:
            return self.asked.patterns
        return tuple(name for name in patterns.USUAL if not patterns.is_control(name))

    @property
    def narrowed(self) -> tuple[str, ...]:
        """What to tell where only some scenarios are run."""
        every = {scenario for scenario, _ in self.here.pairs()}
        asked = len(set(self.asked.scenarios))
        told = f"{asked} of {len(every)} checks asked for: no verdict on the rest"
        return (told,) if asked else ()


def prepared(bench: Bench, environ: Mapping[str, str]) -> Bench:
    """Return it with the interpreter that is asked for, and each scenario by its whole name.

    Any interpreter of this machine will do, of the matrix or not; one that the checks cannot be run
    on is NotMeasurable.
    """
    known = [scenario.id for scenario in bench.here.catalog]
    asked = replace(bench.asked, scenarios=check.scenarios(bench.asked.scenarios, known))
    bench = replace(bench, asked=asked)
    if asked.interpreter is not None:
        return bench
    level = asked.python or RUNNING
    if not _LEVEL.fullmatch(level):
        raise BadInput(
            f"--python {level}: write a version like {RUNNING}, or an interpreter's path"
        )
    _require_new(level)
    found = {**interpreters.find([level], environ), **bench.here.pythons}
    if level not in found and asked.download_python:
        found[level] = environment.fetched(level, environ)
    if level not in found:
        raise MissingInterpreter(
            f"there is no Python {level} on this machine: --download-python fetches it"
            f" (here: {', '.join(found)})"
        )
    return replace(bench, here=replace(bench.here, pythons=found))


def _require_new(level: str) -> None:
    if told := oldest.too_old({oldest.PYTHON: level}):
        raise NotMeasurable(told)


RUNNING = ".".join(platform.python_version_tuple()[:2])
"""The level of the interpreter that runs this."""
_LEVEL = re.compile(r"\d+\.\d+")


def checked(bench: Bench) -> Checked:
    """Measure what is asked for, of a bench that is prepared."""
    env = install.child_environment(os.environ)
    python = _python(bench, env)
    pairs = check.select(bench.patterns, bench.asked.scenarios, bench.here.pairs(bench.patterns))
    kept = bench.here.kept
    found = applications.read(bench.asked, bench.folder, python, kept / "application", env)
    roots = check.roots(bench.asked, bench.here.spec)
    if isinstance(found, Application):
        bay = Bay(
            folder=kept / "application" / "unpacked",
            python=python.path,
            env=indexes.with_settings(env, found.beside.settings),
            hashes=found.hashes,
        )
        found = applications.with_used(found, roots, bay)
    wanted = found if isinstance(found, Wanted) else found.wanted(roots)
    place = _Place(
        python=python, hashes=wanted.hashes, env=indexes.with_settings(env, wanted.settings)
    )
    cell = check.cell(bench.asked, bench.here.spec, bench.folder, python.level, wanted)
    with databases.servers((bench.asked.database,), kept) as servers:
        server = servers.get(bench.asked.database)
        judged = _measured(bench, cell, place, pairs, server)
        notes: tuple[str, ...] = ()
        if not isinstance(found, Application):
            notes = (*_from_addresses(bench, judged), *_unused(bench, found.names))
            return Checked(judged=judged, notes=notes, settings=wanted.settings)
        status = judged.result.environment.status
        if found.is_exact and status is EnvironmentStatus.UNRESOLVABLE:
            reason = judged.result.environment.message
            notes = (f"{found.source} goes against the packages' own metadata: {reason}",)
            judged = _measured(bench, _against(cell), place, pairs, server)
    told = found.told(judged.result.environment.packages)
    return Checked(
        judged=judged,
        notes=(
            *notes,
            *told,
            *_of_several(bench, found, cell.library),
            *_from_addresses(bench, judged),
            *_unused(bench, found.pins.by_name.keys() | found.beside.names),
        ),
        settings=wanted.settings,
    )


def _of_several(bench: Bench, found: Application, library: str) -> Iterator[str]:
    """Yield how the library was told from others that the application has."""
    known = check.adapters(bench.here.spec).keys() - {library, requirements.PLAIN}
    others = sorted(known & found.pins.by_name.keys())
    if others and not bench.asked.library and library in found.graph.asked:
        yield found.graph.told(library, others)


def _unused(bench: Bench, names: Collection[str]) -> Iterator[str]:
    """Yield which drivers were not used for there was no server: they were not measured."""
    if bench.asked.database == DEFAULT:
        yield from drivers.told_unused(names)


def _from_addresses(bench: Bench, judged: JudgedCell) -> Iterator[str]:
    """Yield what is no release of an index: the version alone would not tell what was measured."""
    result = judged.result
    lock = stores.cell_folder(bench.here.reports, result.cell.id) / "lock.txt"
    for line in lock.read_text(encoding="utf-8").splitlines() if lock.exists() else ():
        name, at, address = line.partition(" --hash=")[0].partition(" @ ")
        version = result.environment.packages.get(canonicalize_name(name.partition("[")[0]))
        if at and version:
            yield f"{name} {version} is from {address}"


def _python(bench: Bench, env: dict[str, str]) -> Interpreter:
    """Return the interpreter to check on: the one that is named, of the level, or that runs nox."""
    program = bench.asked.interpreter
    if program is not None:
        # Not resolved: an environment's interpreter is a link to the one that made it.
        found = facts.of(bench.folder / program, env)
        _require_new(found.level)
        return found
    level = bench.asked.python or RUNNING
    path = bench.here.pythons[level]
    if bench.asked.files:
        return facts.of(path, env)
    return Interpreter(path=path, markers={"python_version": level})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a cell is measured: its interpreter, where its packages are from, and their hashes."""

    python: Interpreter
    hashes: Hashes
    env: Mapping[str, str]


def _measured(
    bench: Bench, cell: Cell, place: _Place, pairs: tuple[Pair, ...], server: Server | None
) -> JudgedCell:
    asked, here = bench.asked, bench.here
    result = execute.measure(
        Setting(
            cell=cell,
            venv=environment.make(bench.here.kept / cell.id, place.python.path),
            bytecode=here.bytecode,
            web_servers=here.web_servers,
            folder=stores.cell_folder(here.reports, cell.id),
            scenarios=here.scenarios,
            workers=bench.workers,
            selection=Selection(
                patterns=(*bench.patterns, patterns.NEUTRAL) if bench.patterns else (),
                scenarios=asked.scenarios,
            ),
            expected=pairs,
            env=place.env,
            hashes=place.hashes,
            server=server,
            adapter_file=check.adapter_file(asked, bench.folder),
        ),
        refuse_bad_input=True,
    )
    return judge.judge(result, pairs, here.criteria())


def _against(cell: Cell) -> Cell:
    """Return the cell with its pins in the place of whatever the packages declare."""
    pins = tuple(dict.fromkeys((*cell.requirements, *cell.resolution.within)))
    return replace(cell, id=CellId(f"{cell.id}-as-locked"), resolution=Resolution(against=pins))


# The nearest set of pins that works --------------------------------------------------------------


def search(
    bench: Bench, checked: Checked, table: Matrix | None, day: str, tell: Callable[[str], None]
) -> str:
    """Return the nearest pins that work, tried by running them, in a sentence; why not, else.

    What was measured before is not lost where the index stops answering: the sentence says so.
    """
    judged, asked = checked.judged, bench.asked
    cell = judged.result.cell
    verdicts = [one.verdict for one in patterns.own(judged.verdicts).values()]
    if not asked.search or not verdicts or Verdict.INCONCLUSIVE in verdicts:
        return ""
    if table is None or asked.adapter_file or asked.database != DEFAULT:
        return "not searched: the committed table has to tell of known libraries on SQLite"
    have = nearest.versions(cell, judged.result.environment.packages)
    found = nearest.candidates(table, cell, have, asked.patterns)[:RESOLVED]
    if not found:
        under = f" under {', '.join(asked.patterns)}" if asked.patterns else ""
        return f"not known: the table has nothing that works with {cell.library}{under}"
    ran = 0
    try:
        for tried, one in enumerate(found, start=1):
            tell("trying " + ", ".join(f"{name}=={new}" for name, new in one.changed.items()))
            finding = _finding(bench, cell, one, day, checked.settings)
            if finding.standing is Standing.WORKS:
                return _told(finding, one.changed, have)
            ran += finding.standing is not Standing.NOT_ALLOWED
            if ran == TRIES or tried == len(found):
                break
    except HarnessError as error:
        return f"not known: {error}"
    return f"not found: {tried} sets from the table were tried, and none is known to work here"


def _finding(
    bench: Bench, cell: Cell, one: nearest.Candidate, day: str, settings: Settings
) -> Finding:
    """Run a candidate: all other pins as they are, or, where that cannot be, some free."""
    level, program, here = cell.combination["python"], bench.asked.interpreter, bench.here
    if level not in here.pythons and program is not None:
        here = replace(here, pythons={**here.pythons, level: bench.folder / program})
    chosen = tuple(map(PatternName, bench.asked.patterns)) or nearest.patterns(one)
    laboratory = Laboratory(
        here=here,
        day=day,
        patterns=chosen if bench.asked.scenarios else (*chosen, CONTROL),
        scenarios=tuple(map(ScenarioId, bench.asked.scenarios)),
        settings=settings,
    )
    finding = laboratory.finding(nearest.experiment(cell, one))
    held = cell.resolution.within or cell.resolution.against
    if held and finding.standing is Standing.NOT_ALLOWED:
        return laboratory.finding(nearest.experiment(cell, one, free=True))
    return finding


def _told(finding: Finding, changed: Mapping[str, str], have: Mapping[str, str]) -> str:
    """Return the pins that differ from the user's in what was run, and the run."""
    moved = {
        name: version
        for name, version in finding.packages.items()
        if name in changed or (have.get(name, "")[:1].isdigit() and have[name] != version)
    }
    counts = counted(finding.judged.result.observations, finding.working)
    names = ", ".join(name for name in finding.working if name != patterns.NEUTRAL)
    under = f" (under {names})" if names else ""
    return f"{nearest.told(moved, have)}; measured today: {counts.told}{under}"

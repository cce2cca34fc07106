"""What `nox -s check` does: read what is asked for, measure it, look for the nearest that works."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from harness import drivers, interpreters, judge, patterns
from harness import store as stores
from harness.checks import applications, check, facts, requirements
from harness.checks.applications import Application
from harness.checks.facts import Interpreter
from harness.checks.requirements import Wanted
from harness.checks.used import Bay
from harness.config import did_you_mean
from harness.drivers import DEFAULT, Server
from harness.errors import (
    INCOMPATIBLE,
    UNCHANGED,
    BadInput,
    MissingInterpreter,
    NothingMeasured,
    NotMeasurable,
)
from harness.measure import databases, environment, execute, install, oldest
from harness.measure.hashes import Hashes
from harness.measure.setting import Selection, Setting
from harness.model import (
    Cell,
    CellId,
    EnvironmentStatus,
    JudgedCell,
    Problem,
    Resolution,
    State,
)
from harness.options import CheckOptions
from harness.project import Project
from harness.record import Pair
from harness.releases import indexes
from harness.releases.indexes import Settings
from harness.report.cell_text import best
from harness.state import overall


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What a check came to, and what is to be told beside the measurement."""

    judged: JudgedCell
    notes: tuple[str, ...] = ()
    settings: Settings = field(default_factory=dict)
    """Where packages came from, as a requirements file says it."""

    @property
    def works(self) -> bool:
        """Whether some pattern works, if only except for a named problem."""
        return bool(patterns.working(self.judged.verdicts))

    @property
    def state(self) -> State:
        """What a check came to under all patterns together."""
        return overall(one.state for one in patterns.own(self.judged.verdicts).values())

    @property
    def is_known(self) -> bool:
        """Whether it was found out: nothing may have been run, or nothing that applies."""
        return self.state is not State.NOT_RUN

    def status(self, allowed: Collection[str]) -> int:
        """Return the exit status, where the problems that are `allowed` are accepted."""
        own = patterns.own(self.judged.verdicts)
        match self.state:
            case State.WORKS:
                return UNCHANGED
            case State.WORKS_EXCEPT:
                name = best(self.judged, allowed)
                met = own[name].problems if name else ()
                return UNCHANGED if set(met) <= set(allowed) else INCOMPATIBLE
            case State.NOT_RUN:
                return NothingMeasured.status
            case State.UNSAFE | State.DOES_NOT_WORK | State.DOES_NOT_START:
                return INCOMPATIBLE

    def unmet(self, allowed: Iterable[str]) -> Iterator[str]:
        """Yield what is to be told of problems that are allowed and that nothing met."""
        own = patterns.own(self.judged.verdicts).values()
        met = {slug for one in own for slug in one.problems}
        for slug in allowed:
            if slug not in met:
                yield f"--allow {slug} accepts nothing here: the problem was not met"


def refuse_unknown(allowed: Iterable[str], problems: Iterable[Problem]) -> None:
    """Refuse the slug of a problem that there is none of."""
    known = [one.slug for one in problems]
    for slug in allowed:
        if slug not in known:
            hint = did_you_mean(slug, known)
            raise BadInput(
                f"--allow {slug}: unknown problem{hint}; harness/problems.toml has their names"
            )


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

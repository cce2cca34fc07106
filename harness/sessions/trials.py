"""`nox -s bench`, `controls` and `steadiness`: what cells cost, what scenarios are worth."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness import collect, options, plan, problems, project
from harness.checks import check as checks
from harness.errors import INCOMPATIBLE, UNCHANGED, MissingInterpreter
from harness.measure import benchmark, environment, execute, load, trial
from harness.measure.setting import Selection, Setting
from harness.model import Cell, CellResult, Ending, Guards
from harness.patterns import NEUTRAL
from harness.record import Pair
from harness.report.tally import natural
from harness.sessions.telling import cores, guarded, say


def bench(root: Path, arguments: Sequence[str]) -> int:
    """Print what the cells of the last run cost; of cells that are named, measured anew."""
    return guarded(lambda: _bench(project.load(root), arguments))


def _bench(here: project.Project, arguments: Sequence[str]) -> int:
    if any(not (here.root / argument).is_dir() for argument in arguments):
        for cell in _trial_cells(here, options.parse_trial("bench", arguments)):
            setting = _trial(here, cell, Selection())
            result = execute.measure(setting)
            scenarios = setting.spent[-1].cpu_seconds
            imports = min(execute.import_seconds(setting) for _ in range(3))
            say(benchmark.told(result, imports, scenarios))
        return 0
    folder = here.root / arguments[0] if arguments else here.reports
    *_, cells = collect.last_plan(here, folder / collect.PLAN)
    say(benchmark.table(collect.results(here, cells, {})))
    return 0


def controls(root: Path, arguments: Sequence[str]) -> int:
    """Print which scenario catches which control; 1 where one is blind or fails what is good."""
    return guarded(lambda: _controls(project.load(root), arguments))


def _controls(here: project.Project, arguments: Sequence[str]) -> int:
    asked = options.parse_trial("controls", arguments)
    names = (*trial.control_names(here.scenarios), *trial.GOOD)
    selection = Selection(patterns=names, scenarios=asked.scenarios, any_pattern=True)
    sessions = [one.id for one in here.catalog if one.guards is Guards.SESSIONS]
    pages = trial.page_names(here.scenarios)
    status = UNCHANGED
    for cell in _trial_cells(here, asked):
        result = execute.measure(_trial(here, cell, selection))
        found = trial.caught(result.observations, sessions, pages, _named(here, result))
        say(f"{cell.id}\n{trial.controls_table(found)}\n")
        if result.ending is not Ending.COMPLETED:
            say(f"{cell.id}: {result.ending}: {result.message}", sys.stderr)
        if result.ending is not Ending.COMPLETED or found.is_amiss:
            status = INCOMPATIBLE
    return status


def _named(here: project.Project, result: CellResult) -> Iterator[Pair]:
    """Yield the failures of what is good that a named problem is about."""
    for seen in result.observations:
        told = problems.told(seen.error, seen.reason)
        is_good = seen.pattern in trial.GOOD
        if is_good and problems.matching(here.problems, result, seen.scenario, told):
            yield seen.scenario, seen.pattern


def steadiness(root: Path, arguments: Sequence[str]) -> int:
    """Run a cell's scenarios many times, and print what did not show the same each time."""
    return guarded(lambda: _steadiness(project.load(root), arguments))


def _steadiness(here: project.Project, arguments: Sequence[str]) -> int:
    asked = options.parse_trial("steadiness", arguments, times=20)
    status = UNCHANGED
    for cell in _trial_cells(here, asked):
        chosen = Selection(patterns=asked.patterns, scenarios=asked.scenarios)
        setting = _trial(here, cell, chosen)
        found = trial.Steadiness()
        with load.busy(cores() if asked.busy else 0):
            for result in execute.repeated(setting, asked.times, asked.jobs):
                found.add(result.observations)
                if result.ending is not Ending.COMPLETED:
                    say(f"run {found.runs}: {result.ending}: {result.message}", sys.stderr)
                    status = INCOMPATIBLE
                differs = f", {len(found.unsteady)} differ" if found.unsteady else ""
                say(f"[{found.runs}/{asked.times}] {found.observations} observations{differs}")
        say(f"{cell.id}: {found.text()}")
        status = INCOMPATIBLE if found.unsteady else status
    return status


def _trial_cells(here: project.Project, asked: options.TrialOptions) -> list[Cell]:
    """Return the cells that were named, or the newest of the smoke cells.

    A scenario or pattern that there is none of is `BadInput`.
    """
    named = [name for name in asked.patterns if name != NEUTRAL]
    checks.select(named, asked.scenarios, here.pairs())
    if asked.cells:
        return [here.cell(name) for name in asked.cells]
    smoke = plan.make(here.spec, here.pythons, strength="smoke", selection={})
    return [max(smoke.cells, key=lambda cell: list(map(natural, cell.requirements)))]


def _trial(here: project.Project, cell: Cell, selection: Selection) -> Setting:
    """Return how a cell is put on trial: in a fresh environment of its own."""
    level = cell.combination["python"]
    if level not in here.pythons:
        raise MissingInterpreter(f"{cell.id} needs Python {level}, which is not on this machine")
    folder = here.kept / f"trial-{cell.id}"
    return Setting(
        cell=cell,
        venv=environment.make(folder, here.pythons[level]),
        bytecode=here.bytecode,
        web_servers=here.web_servers,
        folder=here.kept / f"trial-{cell.id}-records",
        scenarios=here.scenarios,
        selection=selection,
    )

"""`nox`, `nox -l`, `nox -s "matrix(...)"`: the cells that are listed, run and measured."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from harness import collect, config, levels, options, plan, project, replan, resolutions, store
from harness.changes import against, installable, origin
from harness.errors import BadInput, MissingInterpreter
from harness.measure import databases, execute, run
from harness.measure.setting import Selection, Setting
from harness.model import Cell, CellId, Resolution
from harness.patterns import NEUTRAL
from harness.report.cell_text import cell_to_terminal
from harness.sessions.rendering import rendered
from harness.sessions.telling import cores, guarded, now, say, width

ONE_OF_MANY = "MATRIX_ONE_OF_MANY"
"""Set for the sessions of a plan: each cell keeps to one process, the cores are taken."""
ROUNDS = 12
"""How often cells are added, at most, for what an early failure masked."""
_ASKED_FOR = re.compile(r"matrix[^()]*\((?P<id>[^()]+)\)$")


def listed(root: Path, argv: Sequence[str], param: Callable[..., Any]) -> list[Any]:
    """Return the cells that nox lists, as parameters; a mistake ends the program with one line.

    Where cells are asked for by id on the command line, those are listed and nothing is planned:
    that is how a cell that is in no default plan can be run, and why a session starts quickly.
    """
    found: list[Any] = []
    status = guarded(lambda: _list(project.load(root), argv, param, found))
    if status:
        sys.exit(status)
    return found


def _list(
    here: project.Project, argv: Sequence[str], param: Callable[..., Any], found: list[Any]
) -> int:
    named = [match["id"] for match in map(_ASKED_FOR.search, argv) if match]
    cells = [here.cell(name) for name in dict.fromkeys(named)]
    download = "--download-python" in argv
    for cell in cells:
        level = cell.combination["python"]
        if level not in here.pythons and not download:
            raise MissingInterpreter(
                f"{cell.id} needs Python {level}, which is not on this machine"
            )
    if not cells and "check" not in argv:
        cells = list(_default_plan(here).cells)
    for cell in cells:
        level = cell.combination["python"]
        tags = [name for axis, name in cell.combination.items() if axis == "library"]
        found.append(param(str(here.pythons.get(level, level)), cell.id, id=cell.id, tags=tags))
    return 0


def _default_plan(here: project.Project) -> plan.Plan:
    known = here.known()
    return plan.make(here.spec, here.pythons, strength="2", selection={}, known=known)


def measure(root: Path, name: str, venv: Path) -> int:
    """Measure one cell in the environment that nox has made for it."""
    return guarded(lambda: _measure(project.load(root), name, venv))


def _measure(here: project.Project, name: str, venv: Path) -> int:
    cell = here.cell(name)
    folder = store.cell_folder(here.reports, cell.id)
    alone = ONE_OF_MANY not in os.environ
    kind = cell.combination["database"]
    names = here.patterns(cell)
    with databases.servers((kind,), here.kept) as servers:
        result = execute.measure(
            Setting(
                cell=cell,
                venv=venv,
                bytecode=here.bytecode,
                web_servers=here.web_servers,
                folder=folder,
                scenarios=here.scenarios,
                workers=cores() if alone else 1,
                selection=Selection(patterns=(*names, NEUTRAL)),
                expected=here.pairs(names),
                server=servers.get(kind),
            )
        )
    told = json.dumps(collect.fingerprints(here), indent=1)
    store.write_text(folder / collect.FINGERPRINTS, told + "\n")
    store.write_text(folder / "key", collect.key(here, cell))
    if alone:
        say(cell_to_terminal(collect.judged(here, [result])[0], width(), here.problems))
    return 0


def compatibility(root: Path, arguments: Sequence[str], folder: Path | None = None) -> int:
    """Measure what `nox -- ARGUMENTS` asks for and render it; return the exit status."""
    return guarded(lambda: _compatibility(project.load(root), arguments, folder or root))


def _compatibility(here: project.Project, arguments: Sequence[str], invoked: Path) -> int:
    signal.signal(signal.SIGTERM, _interrupted)
    asked = options.parse_run(arguments, (*here.spec.axes, config.DATABASE), cores())
    pythons = here.spec.python_levels if asked.download_python else tuple(here.pythons)
    asked, local = _workshop(here, invoked).adopt(asked)
    if local:
        levels.keep(here.reports, local)
        here = replace(here, local=levels.read(here.reports))
    planned = _planned(here, asked, pythons)
    folder = collect.output_folder(here, asked)
    for left in planned.left_out:
        if left.what.startswith("python "):
            say(f"left out: {left.what}: {left.reason}")
    say(f"{len(planned.cells)} cells, strength {asked.strength}, {asked.jobs} at a time")
    with databases.servers(planned.databases, here.kept) as servers:
        for server in servers.values():
            if server.reason:
                say(server.reason)
        cells, reasons = _gathered(here, asked, planned, folder)
    found = collect.results(here, cells, reasons)
    matrix = collect.made(here, planned, found, now())
    return rendered(here, matrix, folder, part=not asked.is_default)


def _published(here: project.Project, name: str, wanted: str) -> str:
    """Return the version of a package that the index has for what is wanted of it."""
    from harness.releases.index import Index  # noqa: PLC0415 - a second of every start otherwise

    return str(Index(here.kept / "index").release(name, wanted).version)


def _workshop(here: project.Project, invoked: Path) -> installable.Workshop:
    return installable.Workshop(
        spec=here.spec,
        folder=invoked,
        published=partial(_published, here),
        builder=origin.Builder(python=Path(sys.executable), work=here.kept / "levels", say=say),
    )


def _planned(here: project.Project, asked: options.RunOptions, pythons: Sequence[str]) -> plan.Plan:
    """Return the plan asked for; one for a change where a level is not of the matrix."""
    local = here.chosen(asked.selection)
    spec = levels.extended(here.spec, local)
    change = asked.strength == against.CHANGE
    made = plan.make(
        spec,
        pythons,
        strength="full" if change else asked.strength,
        selection=asked.selection,
        known=here.known(),
    )
    if asked.others:
        made = replace(made, cells=tuple(_resolved(here, spec, asked.others, made.cells)))
        if not made.cells:
            raise BadInput(f"no cell of the plan had been released on {asked.others}")
    if not change:
        return made
    return against.planned(spec, made, against.replaced(here.spec, local), here.known())


def _resolved(
    here: project.Project, spec: config.Spec, others: str, cells: Sequence[Cell]
) -> Iterator[Cell]:
    """Yield the cells with the other packages of another time, or the lowest."""
    from harness.inquiries import times  # noqa: PLC0415 - asks the index: a second of every start
    from harness.releases.index import Index  # noqa: PLC0415 - the same

    index = Index(here.kept / "index")
    for cell in cells:
        levels = plan.combination_of(cell)
        if others == options.LOWEST:
            chosen = Resolution(lowest=True)
        elif others == resolutions.ITS_TIME:
            chosen = Resolution(
                as_of=times.existed(index, cell.combination["python"], cell.requirements)
            )
        else:
            absent = times.later(index, others, cell.requirements)
            if absent:
                say(f"left out: {cell.id}: {absent} had not been released on {others}")
                continue
            chosen = Resolution(as_of=others)
        yield plan.cell(spec, levels, cell.combination[config.DATABASE], chosen)


def _interrupted(_number: int, _frame: object) -> None:
    """Take a request to end for Ctrl-C, so that no cell goes on without us."""
    raise KeyboardInterrupt


def _gathered(
    here: project.Project,
    asked: options.RunOptions,
    planned: plan.Plan,
    folder: Path,
) -> tuple[tuple[Cell, ...], dict[CellId, str]]:
    """Run the cells of the plan, and those added for what an early failure masked."""
    cells: tuple[Cell, ...] = ()
    reasons: dict[CellId, str] = {}
    more = planned.cells
    for _ in range(ROUNDS):
        cells = (*cells, *more)
        store.write_text(folder / collect.PLAN, collect.plan_text(cells, asked))
        reasons |= _run(here, asked, more, cells)
        if asked.others or asked.strength in ("smoke", "full", against.CHANGE):
            break
        ran = collect.ran(collect.results(here, cells, reasons))
        more = replan.additional_cells(here.every, planned, ran)
        if not more:
            break
        say(f"{len(more)} more cells, for pairs of levels that an early failure masked")
    return cells, reasons


def _run(
    here: project.Project,
    asked: options.RunOptions,
    more: Sequence[Cell],
    cells: Sequence[Cell],
) -> dict[CellId, str]:
    """Run these cells, unless they are done already; return what each session said last."""
    reasons: dict[CellId, str] = {}
    waiting = [cell for cell in more if not (asked.resume and collect.is_done(here, cell))]
    by_id = {cell.id: cell for cell in waiting}
    for cell in waiting:
        store.fresh_folder(store.cell_folder(here.reports, cell.id))
    first = done = len(cells) - len(waiting)
    began = time.monotonic()
    for ended in run.sessions(
        waiting, root=here.root, jobs=asked.jobs, download=asked.download_python
    ):
        done += 1
        reasons[ended.cell] = run.why_no_result(ended.lines)
        result = collect.results(here, [by_id[ended.cell]], reasons)[0]
        told = collect.one_line(result, collect.judged(here, [result])[0])
        passed = time.monotonic() - began
        left = passed / (done - first) * (len(cells) - done)
        say(f"[{done}/{len(cells)}, {passed:.0f} s, about {left:.0f} s left] {told}")
    return reasons


def report(root: Path, arguments: Sequence[str]) -> int:
    """Render again what the last run left on disk, whether or not it came to its end."""
    return guarded(lambda: _report(project.load(root), arguments))


def _report(here: project.Project, arguments: Sequence[str]) -> int:
    folder = here.root / arguments[0] if arguments else here.reports
    strength, selection, cells = collect.last_plan(here, folder / collect.PLAN)
    found = collect.results(here, cells, {})
    if strength == against.CHANGE:
        matrix = collect.made(here, against.of_cells(cells), found, now())
        return rendered(here, matrix, folder, part=True)
    planned = plan.make(
        levels.extended(here.spec, here.chosen(selection)),
        tuple({cell.combination["python"]: 0 for cell in cells} | dict.fromkeys(here.pythons, 0)),
        strength=strength,
        selection=selection,
    )
    matrix = collect.made(here, planned, found, now())
    others = any(cell.resolution != Resolution() for cell in cells)
    return rendered(here, matrix, folder, part=bool(selection) or strength != "2" or others)

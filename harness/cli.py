"""What the nox sessions do, told to a person: the only module that prints and reads the clock."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness import baseline, benchmark, check, execute, judge, matrix, options, plan, project
from harness import resolve, run, store
from harness.errors import INCOMPATIBLE, UNCHANGED, BadInput, HarnessError, MissingInterpreter
from harness.model import Cell, CellId, JudgedCell, Matrix, Verdict
from harness.report.page import make_page
from harness.report.to_json import to_json
from harness.report.to_markdown import to_markdown
from harness.report.to_terminal import one_cell, to_terminal

ONE_OF_MANY = "MATRIX_ONE_OF_MANY"
"""Set for the sessions of a plan: each cell then keeps to one process, the cores are taken."""


def guarded(action: Callable[[], int]) -> int:
    """Do it, and turn the ways to fail into one line on standard error and an exit status."""
    try:
        return action()
    except HarnessError as error:
        say(f"error: {' '.join(str(error).split())}", sys.stderr)
        return error.status
    except KeyboardInterrupt:
        say("interrupted: what was measured is kept, `nox -- --resume` goes on", sys.stderr)
        return 130


def say(text: str, stream: Any = None) -> None:  # noqa: ANN401 - any text stream
    """Print a line at once, so that a pipe sees it when it happens."""
    print(text, file=stream or sys.stdout, flush=True)


def now() -> str:
    """Return the time as the reports hold it, in UTC."""
    return datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# -- nox -------------------------------------------------------------------------------------------


def compatibility(root: Path, arguments: Sequence[str]) -> int:
    """Measure what `nox -- ARGUMENTS` asks for and render it; return the exit status."""
    return guarded(lambda: _compatibility(project.load(root), arguments))


def _compatibility(here: project.Project, arguments: Sequence[str]) -> int:
    asked = options.parse_run(arguments, here.spec.axis_names)
    pythons = here.every_python() if asked.download_python else here.pythons
    planned = plan.make(
        here.spec, pythons, strength=asked.strength, selection=asked.selection
    )
    folder = matrix.folder(here, asked)
    store.write_text(folder / "plan.json", matrix.to_plan_file(planned, asked))
    started = time.monotonic()
    say(f"{len(planned.cells)} cells, strength {asked.strength}, {asked.cores} at a time")
    cells, reasons = _measured(here, asked, planned, started)
    return _rendered(here, asked, matrix.made(here, planned, cells, reasons, now()), folder)


def _measured(
    here: project.Project, asked: options.RunOptions, planned: plan.Plan, started: float
) -> tuple[tuple[Cell, ...], dict[CellId, str]]:
    """Run the cells of the plan, and those added for what an early failure masked."""
    cells: tuple[Cell, ...] = ()
    reasons: dict[CellId, str] = {}
    more = planned.cells
    while more:
        cells = (*cells, *more)
        waiting = [cell for cell in more if not (asked.resume and matrix.is_done(here, cell))]
        for cell in waiting:
            store.forget(here.reports, cell.id)
        done = len(cells) - len(waiting)
        for ended in run.sessions(
            waiting, root=here.root, jobs=asked.cores, download=asked.download_python
        ):
            done += 1
            reasons[ended.cell] = run.why_no_result(ended.lines)
            said = matrix.one_line(here, ended.cell, reasons[ended.cell])
            say(f"{run.progress(done, len(cells), started, time.monotonic())}  {said}")
        more = matrix.added(here, planned, cells)
        if more:
            say(f"{len(more)} cells more, for pairs that an early failure masked")
    return cells, reasons

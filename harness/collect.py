"""From what the cells of a plan left on disk to the matrix that the reports are rendered from."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from harness import judge, plan, replan, store
from harness.baseline import SCENARIOS, SHARED
from harness.config import DATABASE
from harness.covering import Combination
from harness.errors import BadInput
from harness.measure import run
from harness.model import (
    Cell,
    CellId,
    CellResult,
    Ending,
    EnvironmentStatus,
    Json,
    JudgedCell,
    Matrix,
    Outcome,
    Verdict,
)
from harness.options import RunOptions
from harness.patterns import is_control, own
from harness.project import Project

PLAN = "cells/plan.json"
FINGERPRINTS = "scenarios.json"
"""The file of a cell that says which scenarios it was measured with."""
TOOLS = Path("harness", "measure", "tools.txt")


def output_folder(here: Project, asked: RunOptions) -> Path:
    """Return where the tables go: the committed ones hold the default plan and nothing else."""
    if asked.is_default:
        return here.reports
    only_database = asked.selection.keys() == {DATABASE}
    if asked.strength == "smoke" and only_database and not asked.others:
        return here.reports / "-".join(asked.selection[DATABASE])
    chosen = (f"{axis}-{name}" for axis, names in asked.selection.items() for name in names)
    parts = [asked.strength, *chosen, *filter(None, [asked.others])]
    return here.reports / "runs" / re.sub(r"[^A-Za-z0-9._+-]", "_", "-".join(parts))


def results(
    here: Project, cells: Iterable[Cell], reasons: Mapping[CellId, str]
) -> tuple[CellResult, ...]:
    """Return a result for each cell, also for one that has left none."""
    return run.gather(cells, reports=here.reports, reasons=reasons)


def judged(here: Project, found: Iterable[CellResult]) -> tuple[JudgedCell, ...]:
    """Return the verdicts on these results."""
    planned, criteria = here.pairs(), here.criteria()
    return tuple(judge.judge(result, planned, criteria) for result in found)


def ran(found: Iterable[CellResult]) -> dict[Combination, replan.Early | None]:
    """Return, for each combination, why it exercised nothing; None where it did.

    One of which nothing is known, since nobody could try, is not there: it tells nothing.
    """
    return {
        plan.combination_of(result.cell): why_masked(result)
        for result in found
        if result.environment.status is not EnvironmentStatus.UNKNOWN
    }


def why_masked(result: CellResult) -> replan.Early | None:
    """Return why nothing was exercised, or None where a scenario passed under some pattern.

    Where every scenario fails under every pattern, what failed first masks all the rest.
    """
    seen = [one for one in result.observations if not is_control(one.pattern)]
    if any(one.outcome is Outcome.PASSED for one in seen):
        return None
    failed = [one for one in result.controls if one.outcome is not Outcome.PASSED]
    errors = [one.error for one in failed if one.error] + [one.error for one in seen if one.error]
    first = next((f"{error.type}: {error.message.partition(chr(10))[0]}" for error in errors), "")
    reason = result.message or result.environment.message or first or result.ending
    return replan.Early(control=failed[0].name if failed else "", reason=reason)


def made(
    here: Project,
    planned: plan.Plan,
    found: tuple[CellResult, ...],
    generated: str,
) -> Matrix:
    """Return the matrix of a plan's results."""
    found = tuple(map(trimmed, found))
    cells = judged(here, found)
    return Matrix(
        generated=generated,
        tool={**tool(here), SCENARIOS: measured_with(here, found)},
        cells=cells,
        left_out=planned.left_out,
        coverage=replan.coverage(planned, ran(found)),
        problems=judge.met(here.problems, cells),
    )


def trimmed(result: CellResult) -> CellResult:
    """Return the result with each traceback once: the same error needs it no second time."""
    told: set[tuple[str, str]] = set()
    observations = []
    for one in result.observations:
        if one.error is not None and (key := (one.error.type, one.error.message)) in told:
            one = replace(one, error=replace(one.error, traceback=""))  # noqa: PLW2901
        elif one.error is not None:
            told.add(key)
        observations.append(one)
    return replace(result, observations=tuple(observations))


def tool(here: Project) -> dict[str, Json]:
    """Return what measured: the versions of the harness and of what it runs with."""
    names = ("nox", "uv", "covertable", "tabulate")
    return {
        "name": "flask-admin-session-matrix",
        "version": version("flask-admin-session-matrix"),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{name: version(name) for name in names},
        "pytest": _pytest(here),
    }


def version(name: str) -> str:
    """Return the installed version of a package, or that it is not installed."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _pytest(here: Project) -> str:
    text = (here.root / TOOLS).read_text(encoding="utf-8")
    found = re.search(r"^pytest==(\S+)", text, re.MULTILINE)
    return found[1] if found else "unknown"


def one_line(result: CellResult, cell: JudgedCell) -> str:
    """Return what came of a cell, in a line."""
    if result.ending is not Ending.COMPLETED:
        ended = result.environment.status if _no_environment(result) else result.ending
        return f"{result.cell.id}: {ended}: {result.message or result.environment.message}"
    verdicts = [one.verdict for one in own(cell.verdicts).values()]
    counts = (f"{verdicts.count(kind)} {kind}" for kind in Verdict if kind in verdicts)
    return f"{result.cell.id}: {', '.join(counts)}, {result.seconds:.1f} s"


def _no_environment(result: CellResult) -> bool:
    return result.environment.status is not EnvironmentStatus.READY


def key(here: Project, cell: Cell) -> str:
    """Return what a result depends on besides the index: the cell, the scenarios, the tools."""
    digest = hashlib.sha256(repr(cell).encode())
    sources = [*sorted(here.scenarios.rglob("*.py")), here.root / TOOLS]
    for path in sources:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def fingerprints(here: Project) -> dict[str, str]:
    """Return a fingerprint of each module of scenarios, and one of what all of them share."""
    modules = sorted(here.scenarios.rglob("*.py"))
    own = {path: path.stem.removeprefix("test_") for path in modules if _is_module(path)}
    shared = [path for path in modules if path not in own]
    return {
        **{name: _digest([path]) for path, name in own.items()},
        SHARED: _digest([*shared, here.root / TOOLS]),
    }


def _is_module(path: Path) -> bool:
    return path.name.startswith("test_")


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def measured_with(here: Project, found: Iterable[CellResult]) -> dict[str, Json]:
    """Return the fingerprints of the scenarios that these cells were measured with.

    They were written when the cells ran: the files may be others by now. A module that was not the
    same for all cells has none, so that nothing is said of it.
    """
    folders = (store.cell_folder(here.reports, one.cell.id) for one in found)
    told = [one for one in map(_told_by, folders) if one is not None]
    names = sorted({name for one in told for name in one})
    return {
        name: digest
        for name in names
        if len(digests := {one.get(name, "") for one in told}) == 1 and (digest := digests.pop())
    }


def _told_by(folder: Path) -> dict[str, str] | None:
    """Return what a cell says of its scenarios; nothing where it ran and does not say."""
    if not (folder / store.RESULT).exists():
        return None
    try:
        told = json.loads((folder / FINGERPRINTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    sound = isinstance(told, dict) and all(isinstance(one, str) for one in told.values())
    return told if sound else {}


def is_done(here: Project, cell: Cell) -> bool:
    """Tell whether an earlier run, stopped or not, has measured this very cell to its end."""
    folder = store.cell_folder(here.reports, cell.id)
    stored = store.read_result(folder, cell.id).result
    try:
        same = (folder / "key").read_text(encoding="utf-8") == key(here, cell)
    except (OSError, UnicodeDecodeError):
        return False
    return same and stored is not None and stored.cell == cell


def plan_text(cells: Iterable[Cell], asked: RunOptions) -> str:
    """Return what was run, for `nox -s report` to render again."""
    return json.dumps(
        {
            "strength": asked.strength,
            "selection": {axis: list(names) for axis, names in asked.selection.items()},
            "cells": [cell.id for cell in cells],
        }
    )


def last_plan(
    here: Project, path: Path
) -> tuple[str, dict[str, tuple[str, ...]], tuple[Cell, ...]]:
    """Return strength, selection and cells of the last run."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        cells = tuple(here.cell(name) for name in found["cells"])
        chosen = {axis: tuple(names) for axis, names in found["selection"].items()}
        return str(found["strength"]), chosen, cells
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("there is no run to render: run `nox` first") from error

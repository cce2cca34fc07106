"""`nox -s repro`: scripts that show a failure, printed or run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from harness import catalog, process, project, store
from harness.errors import INCOMPATIBLE, UNCHANGED, BadInput
from harness.measure import resolve
from harness.model import JudgedCell, Matrix, Observation
from harness.releases import indexes
from harness.report import repro as scripts
from harness.report.from_json import from_json
from harness.sessions.telling import guarded, say

REPRO_SECONDS = 300.0
"""How long a script that shows a failure may take, its packages included."""


def repro(root: Path, arguments: Sequence[str]) -> int:
    """Print a script that shows one failure; with `--all` run one for each cause and compare."""
    return guarded(lambda: _repro(project.load(root), arguments))


def _repro(here: project.Project, arguments: Sequence[str]) -> int:
    path = here.reports / "compatibility.json"
    if not path.exists():
        raise BadInput("there is no table to take a failure from: run `nox` first")
    matrix = from_json(path.read_text(encoding="utf-8"))
    if list(arguments) == ["--all"]:
        return _repro_all(here, matrix)
    if len(arguments) != len(("cell", "pattern", "scenario")):
        raise BadInput("nox -s repro -- CELL PATTERN SCENARIO, or --all")
    judged, seen = scripts.found(matrix, *arguments)
    print(_script(here, judged, seen), end="")  # noqa: T201 - a script for a file
    return UNCHANGED


def _script(here: project.Project, judged: JudgedCell, seen: Observation) -> str:
    folder = here.scenarios
    sources = {
        ".".join(file.relative_to(folder).with_suffix("").parts): file.read_text(encoding="utf-8")
        for file in folder.rglob("*.py")
    }
    titles = {scenario.id: scenario.title for scenario in catalog.read(folder)}
    return scripts.script(judged, seen, sources, titles.get(seen.scenario, ""))


def _repro_all(here: project.Project, matrix: Matrix) -> int:
    """Run the script of one failure of each cause; 1 where one does not show the same."""
    status = UNCHANGED
    for judged, seen in scripts.one_for_each_cause(matrix):
        name = f"{judged.result.cell.id} {seen.pattern} {seen.scenario}"
        level = judged.result.cell.combination["python"]
        if level not in here.pythons:
            say(f"not run: {name}: Python {level} is not on this machine")
            continue
        file = here.kept / "repro.py"
        try:
            store.write_text(file, _script(here, judged, seen))
        except BadInput as error:
            say(f"not run: {error}")
            continue
        told = _run_script(here, file, here.pythons[level])
        same = scripts.is_same(told.returncode, told.output, seen)
        say(f"{'the same' if same else 'NOT THE SAME'}: {name}")
        if not same:
            say(f"  {told.output.strip().splitlines()[-1:]}", sys.stderr)
            status = INCOMPATIBLE
    return status


def _run_script(here: project.Project, file: Path, python: Path) -> process.Finished:
    return process.run(
        [*resolve.UV, "run", "--no-project", "--quiet", "--python", python, file],
        cwd=here.root,
        env=indexes.for_uv(os.environ),
        deadline_seconds=REPRO_SECONDS,
    )

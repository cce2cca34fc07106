"""What the nox sessions do, told to a person: the only module that prints and reads the clock."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import (
    against,
    baseline,
    benchmark,
    catalog,
    collect,
    config,
    databases,
    discover,
    environment,
    execute,
    indexes,
    installable,
    levels,
    load,
    options,
    origin,
    plan,
    process,
    project,
    replan,
    resolve,
    run,
    store,
    trial,
    turned,
)
from harness import (
    check as checks,
)
from harness.errors import (
    INCOMPATIBLE,
    UNCHANGED,
    BadInput,
    HarnessError,
    MissingInterpreter,
    NothingMeasured,
    RegistryUnreachable,
)
from harness.model import Cell, CellId, Ending, JudgedCell, Matrix, Observation, Verdict
from harness.patterns import NEUTRAL
from harness.report import repro as scripts
from harness.report.cell_text import cell_to_terminal
from harness.report.check_text import check_to_terminal
from harness.report.from_json import from_json
from harness.report.guide import Guide, patterns_from
from harness.report.page import make_page
from harness.report.tally import natural
from harness.report.to_badges import to_badges
from harness.report.to_csv import to_csv
from harness.report.to_html import to_html
from harness.report.to_json import to_json
from harness.report.to_junit import to_junit
from harness.report.to_markdown import to_markdown
from harness.report.to_readme import with_quick_answer
from harness.report.to_summary import to_summary
from harness.report.to_terminal import to_terminal
from harness.setting import Selection, Setting

if TYPE_CHECKING:  # what asks the index takes a second to import, and most sessions ask nothing
    from harness.index import Index, Release

ONE_OF_MANY = "MATRIX_ONE_OF_MANY"
"""Set for the sessions of a plan: each cell keeps to one process, the cores are taken."""
REPRO_SECONDS = 300.0
"""How long a script that shows a failure may take, its packages included."""
ROUNDS = 12
"""How often cells are added, at most, for what an early failure masked."""
_ASKED_FOR = re.compile(r"matrix[^()]*\((?P<id>[^()]+)\)$")


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


def cores() -> int:
    """Return how many processes this machine runs at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# nox -l, nox -s "matrix(...)" ---------------------------------------------------------------------


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
                selection=Selection(patterns=(*here.patterns(cell), NEUTRAL)),
                expected=here.pairs(cell),
                server=servers.get(kind),
            )
        )
    store.write_text(folder / "key", collect.key(here, cell))
    if alone:
        say(cell_to_terminal(collect.judged(here, [result])[0], _width()))
    return 0


# nox ----------------------------------------------------------------------------------------------


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
        cells, reasons = _measured(here, asked, planned, folder)
    found = collect.results(here, cells, reasons)
    matrix = collect.made(here, planned, found, now())
    return _rendered(here, matrix, folder, part=not asked.is_default)


def _workshop(here: project.Project, invoked: Path) -> installable.Workshop:
    return installable.Workshop(
        spec=here.spec,
        folder=invoked,
        published=lambda name, wanted: str(_index(here).release(name, wanted).version),
        builder=origin.Builder(python=Path(sys.executable), work=here.kept / "levels", say=say),
    )


def _index(here: project.Project) -> Index:
    from harness import index  # noqa: PLC0415 - a second of every start otherwise

    return index.Index(here.kept / "index")


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
    if not change:
        return made
    return against.planned(spec, made, against.replaced(here.spec, local), here.known())


def _interrupted(_number: int, _frame: object) -> None:
    """Take a request to end for Ctrl-C, so that no cell goes on without us."""
    raise KeyboardInterrupt


def _measured(
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
        if asked.strength in ("smoke", "full", against.CHANGE):
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


def _rendered(here: project.Project, matrix: Matrix, folder: Path, *, part: bool) -> int:
    """Compare with the committed table, write the tables, print the summary."""
    before, compared = _before(here, matrix)
    moved = baseline.compare(before, matrix, part=part)
    page = make_page(matrix, moved, before)
    status = baseline.exit_status(moved, matrix)
    if not any(map(_is_known, matrix.cells)):
        reason = next((judged.result.message for judged in matrix.cells), "there is no cell")
        raise NothingMeasured(f"nothing could be measured, the tables stay as they were: {reason}")
    store.write_text(folder / "compatibility.json", to_json(matrix))
    store.write_text(folder / "compatibility.md", to_markdown(page))
    store.write_text(folder / "index.html", to_html(matrix, page, _guide(here)))
    store.write_text(folder / "compatibility.csv", to_csv(matrix))
    store.write_text(folder / "junit.xml", to_junit(matrix))
    store.write_text(folder / "summary.md", to_summary(page))
    for name, badge in to_badges(matrix).items():
        store.write_text(folder / "badges" / name, badge)
    if not part:
        ids = sorted(judged.result.cell.id for judged in matrix.cells)
        store.write_text(folder / project.PLAN, json.dumps(ids, indent=0) + "\n")
    readme = here.root / "README.md"
    if not part and readme.exists():
        store.write_text(readme, with_quick_answer(readme.read_text(encoding="utf-8"), page))
    say(to_terminal(page, _width()))
    if compared:
        scenarios = turned.turned(before, matrix)
        say("\n".join([*map(str, scenarios), compared]))
        status = turned.exit_status(status, before, scenarios)
    shown = os.path.relpath(folder)
    say(f"{shown}/index.html, {shown}/compatibility.md, {shown}/compatibility.json")
    return status


def _before(here: project.Project, matrix: Matrix) -> tuple[Matrix | None, str]:
    """Return the committed table, as far as this one can be compared with it, and how."""
    before = _committed(here)
    used = {item for judged in matrix.cells for item in judged.result.cell.combination.items()}
    local = [level for level in here.local if (level.axis, level.id) in used]
    if not local:
        return before, ""
    instead = against.replaced(here.spec, local)
    before = against.table(before, matrix, here.every, instead)
    return before, against.told(before, matrix, instead)


def _guide(here: project.Project) -> Guide:
    """Return what the scenarios and patterns are, in their own words and code."""
    source = here.scenarios / "patterns.py"
    return Guide(
        titles={scenario.id: scenario.title for scenario in catalog.read(here.scenarios)},
        patterns=patterns_from(source.read_text(encoding="utf-8")) if source.exists() else {},
    )


def _is_known(judged: JudgedCell) -> bool:
    return any(one.verdict is not Verdict.INCONCLUSIVE for one in judged.verdicts.values())


def _committed(here: project.Project) -> Matrix | None:
    text = store.previous_table(here.root)
    if text is None:
        return None
    try:
        return from_json(text)
    except BadInput as error:
        say(f"no comparison: the committed table cannot be read: {error}", sys.stderr)
        return None


def _width() -> int:
    return shutil.get_terminal_size((110, 40)).columns


# nox -s report, nox -s bench ----------------------------------------------------------------------


def report(root: Path, arguments: Sequence[str]) -> int:
    """Render again what the last run left on disk, whether or not it came to its end."""
    return guarded(lambda: _report(project.load(root), arguments))


def _report(here: project.Project, arguments: Sequence[str]) -> int:
    folder = here.root / arguments[0] if arguments else here.reports
    strength, selection, cells = collect.last_plan(here, folder / collect.PLAN)
    found = collect.results(here, cells, {})
    if strength == against.CHANGE:
        matrix = collect.made(here, against.of_cells(cells), found, now())
        return _rendered(here, matrix, folder, part=True)
    planned = plan.make(
        levels.extended(here.spec, here.chosen(selection)),
        tuple({cell.combination["python"]: 0 for cell in cells} | dict.fromkeys(here.pythons, 0)),
        strength=strength,
        selection=selection,
    )
    matrix = collect.made(here, planned, found, now())
    return _rendered(here, matrix, folder, part=bool(selection) or strength != "2")


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


# nox -s controls, nox -s steadiness ---------------------------------------------------------------


def controls(root: Path, arguments: Sequence[str]) -> int:
    """Print which scenario catches which control; 1 where one is blind or fails what is good."""
    return guarded(lambda: _controls(project.load(root), arguments))


def _controls(here: project.Project, arguments: Sequence[str]) -> int:
    asked = options.parse_trial("controls", arguments)
    names = (*trial.control_names(here.scenarios), *trial.GOOD)
    selection = Selection(patterns=names, scenarios=asked.scenarios, any_pattern=True)
    status = UNCHANGED
    for cell in _trial_cells(here, asked):
        result = execute.measure(_trial(here, cell, selection))
        found = trial.caught(result.observations)
        say(f"{cell.id}\n{trial.controls_table(found)}\n")
        if result.ending is not Ending.COMPLETED:
            say(f"{cell.id}: {result.ending}: {result.message}", sys.stderr)
        completed = result.ending is Ending.COMPLETED
        if not completed or found.blind or found.passed_by or found.wrong or found.unclear:
            status = INCOMPATIBLE
    return status


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


# nox -s repro -------------------------------------------------------------------------------------


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


# nox -s check -------------------------------------------------------------------------------------


def check(root: Path, arguments: Sequence[str], folder: Path) -> int:
    """Test a set of pins; return 0 where a pattern passes every scenario, 1 where none does."""
    return guarded(lambda: _check(project.load(root), arguments, folder))


def _check(here: project.Project, arguments: Sequence[str], folder: Path) -> int:
    from harness import checking  # noqa: PLC0415 - asks the index: a second of every start

    asked = options.parse_check(arguments)
    bench = checking.Bench(here=here, asked=asked, folder=folder, workers=cores())
    checked = checking.checked(bench)
    if asked.json:
        matrix = Matrix(generated=now(), tool=collect.tool(here), cells=(checked.judged,))
        store.write_text(folder / asked.json, to_json(matrix))
    if asked.table:
        say(cell_to_terminal(checked.judged, _width()) + "\n")
    nearest = ""
    if not checked.works:
        nearest = checking.search(bench, checked.judged, _committed(here), now()[:10], _aside)
    guide, notes = _guide(here), checked.notes
    say(check_to_terminal(checked.judged, guide, nearest=nearest, notes=notes, width=_width()))
    return UNCHANGED if checked.works else INCOMPATIBLE


def _aside(text: str) -> None:
    say(text, sys.stderr)


# nox -s discover ----------------------------------------------------------------------------------


def released(root: Path, arguments: Sequence[str]) -> int:
    """Print which levels the releases in the index make; with `--write` add them to the matrix."""
    return guarded(lambda: _released(project.load(root), arguments))


def _released(here: project.Project, arguments: Sequence[str]) -> int:
    asked = options.parse_discover(arguments, discover.packages(here.spec))
    stays = "harness/matrix.toml stays as it is"
    if asked.offline or os.environ.get("UV_OFFLINE", "0").lower() not in ("", "0", "false", "no"):
        raise RegistryUnreachable(f"offline, so that the index was not asked: {stays}")
    from harness import rewrite  # noqa: PLC0415 - and of tomlkit

    index = _index(here)
    try:
        known = {name: _in_index(index, name) for name in asked.packages}
    except RegistryUnreachable as error:
        raise RegistryUnreachable(f"{error}; {stays}") from error
    found = discover.found(here.spec, known, pre_releases=asked.pre_releases)
    added = [level for one in found for level in one.added]
    path = here.root / "harness" / "matrix.toml"
    made = rewrite.with_levels(path.read_text(encoding="utf-8"), added)
    if asked.write and added:
        store.write_text(path, made)
    for one in found:
        say("\n".join(discover.told(one, written=asked.write)))
    if not added:
        say(f"nothing is to be added: {stays}")
    else:
        levels = f"{len(added)} {'level' if len(added) == 1 else 'levels'}"
        say(f"{levels} added to harness/matrix.toml" if asked.write else f"{levels}: add --write")
    return UNCHANGED


def _in_index(index: Index, name: str) -> Sequence[Release] | None:
    try:
        return index.releases(name)
    except BadInput:  # the index answers, and has no such package
        return None

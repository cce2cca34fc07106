"""`nox -s repro`: scripts that show a failure, shortened by running them, printed or compared."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness import catalog, process, project, store
from harness.errors import INCOMPATIBLE, UNCHANGED, BadInput
from harness.measure import resolve
from harness.measure.rerun import CannotRun
from harness.model import Control, Json, JudgedCell, Observation
from harness.releases import indexes
from harness.report.causes import causes
from harness.report.families import families
from harness.report.from_json import from_json
from harness.rootcause import root_cause
from harness.scripts import failures
from harness.scripts import repro as scripts
from harness.sessions.shorten import Case, Held, python_of, shorter
from harness.sessions.telling import guarded, now, say

REPRO_SECONDS = 300.0
"""How long a script that shows a failure may take, its packages included."""
SHORT_SECONDS = 300.0
"""How long is tried to make a script shorter."""
_OPTIONS = ("--all", "--short", "--main", "--whole")
LONGEST = 150
"""Lines of a script that can be pasted into an issue; longer ones are not published."""
_USAGE = (
    "nox -s repro -- CELL PATTERN SCENARIO, or CELL CONTROL, or CELL whose packages fail by"
    " themselves; --whole leaves it as long as it is, --seconds N is how long it may take to make"
    " it shorter; --all [--short] [--into FOLDER] runs one for each cause, --main one for each that"
    " heads others in the report, shortened, into reports/scripts/"
)


def repro(root: Path, arguments: Sequence[str]) -> int:
    """Print a script that shows one failure; with `--all` run one for each cause and compare."""
    return guarded(lambda: _repro(project.load(root), arguments))


def _repro(here: project.Project, arguments: Sequence[str]) -> int:
    path = here.reports / "compatibility.json"
    if not path.exists():
        raise BadInput("there is no table to take a failure from: run `nox` first")
    matrix = from_json(path.read_text(encoding="utf-8"))
    folder = here.scenarios
    held = Held(
        here=here,
        matrix=matrix,
        sources={
            ".".join(file.relative_to(folder).with_suffix("").parts): file.read_text("utf-8")
            for file in folder.rglob("*.py")
        },
        titles={scenario.id: scenario.title for scenario in catalog.read(folder)},
    )
    words = list(arguments)
    into = _taken(words, "--into")
    seconds = _seconds(_taken(words, "--seconds"))
    if into and "--all" not in words:
        raise BadInput(f"--into goes with --all: {_USAGE}")
    for word in words:
        if word.startswith("-") and word not in _OPTIONS:
            raise BadInput(f"there is no option {word}: {_USAGE}")
    if words == ["--main"]:
        return _main(held, seconds)
    if "--all" in words:
        words.remove("--all")
        if words not in ([], ["--short"]):
            raise BadInput(_USAGE)
        short = seconds if words else 0.0
        return _all(held, short=short, into=here.root / into if into else None)
    whole = "--whole" in words
    case = _case(held, [word for word in words if word != "--whole"])
    script = case.script if whole else _shortened(held, case, seconds)
    print(script.text, end="")  # noqa: T201 - a script for a file
    return UNCHANGED


def _taken(words: list[str], option: str) -> str:
    """Take an option and its value out of the words; "" where it is not there."""
    if option not in words:
        return ""
    at = words.index(option)
    if at + 1 == len(words):
        raise BadInput(f"{option} wants a value: {_USAGE}")
    value = words[at + 1]
    del words[at : at + 2]
    return value


def _seconds(text: str) -> float:
    try:
        seconds = float(text or SHORT_SECONDS)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise BadInput(f"--seconds wants a number of seconds, not {text!r}")
    return seconds


def _case(held: Held, words: Sequence[str]) -> Case:
    match words:
        case [cell, pattern, scenario]:
            return _of_observation(held, *failures.found(held.matrix, cell, pattern, scenario))
        case [cell, *control] if len(control) <= 1:
            return _of_control(held, *failures.found_control(held.matrix, cell, *control))
        case _:
            raise BadInput(_USAGE)


def _of_observation(held: Held, judged: JudgedCell, seen: Observation) -> Case:
    title = held.titles.get(seen.scenario, "")
    return Case(
        name=f"{judged.result.cell.id} {seen.pattern} {seen.scenario}",
        judged=judged,
        error=seen.error,
        script=scripts.script(judged, seen, held.sources, title),
        seen=seen,
    )


def _of_control(held: Held, judged: JudgedCell, control: Control) -> Case:
    return Case(
        name=f"{judged.result.cell.id} {control.name!r}",
        judged=judged,
        error=control.error,
        script=scripts.control_script(judged, control, held.sources),
        control=control.name,
    )


def _shortened(held: Held, case: Case, seconds: float) -> scripts.Script:
    """Give the script as short as running it shows that it can be; as it is where it cannot run."""
    if case.seen is None:
        return case.script
    try:
        short, runs = shorter(held, case, seconds)
    except CannotRun as error:
        say(f"not shortened: {error}", sys.stderr)
        return case.script
    lines = (case.script.text.count("\n"), short.text.count("\n"))
    say(f"{lines[1]} lines of {lines[0]}, after {runs} runs: {case.name}", sys.stderr)
    return short


def _all(held: Held, *, short: float, into: Path | None) -> int:
    """Run the script of one failure of each cause; 1 where one does not show the same."""
    every = list(_cases(held))
    cases = [case for case in every if isinstance(case, Case)]
    lines, wrong = [], 0
    for one in _compared(held, cases, short):
        lines.append(one.script.text.count("\n"))
        wrong += not one.is_same
        if into is not None:
            store.write_text(into / _file_name(one.case), one.script.text)
    for reason in (case for case in every if isinstance(case, str)):
        say(f"no script: {reason}")
    middle = f"{median(lines):g} lines in the middle, {max(lines)} at most" if lines else ""
    say(
        f"{len(every)} causes: {len(cases) - wrong} the same, {wrong} not, "
        f"{len(every) - len(cases)} without a script; {middle}"
    )
    return INCOMPATIBLE if wrong else UNCHANGED


@dataclass(frozen=True, kw_only=True, slots=True)
class _Compared:
    """A script that was run, and whether it showed what was observed."""

    case: Case
    script: scripts.Script
    told: process.Finished

    @property
    def is_same(self) -> bool:
        return scripts.is_same(self.told.returncode, self.told.output, self.case.error)


def _compared(held: Held, cases: Sequence[Case], short: float) -> Iterator[_Compared]:
    """Run the script of each case, shortened before where there is time for that."""

    def compared(case: Case) -> _Compared:
        script = _shortened(held, case, short) if short else case.script
        told = _run(held, script, python_of(held, case.judged))
        return _Compared(case=case, script=script, told=told)

    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for one in pool.map(compared, cases):
            same = "the same" if one.is_same else "NOT THE SAME"
            say(f"{same}, {one.script.text.count(chr(10))} lines: {one.case.name}")
            if not one.is_same:
                say(f"  {''.join(one.told.output.strip().splitlines()[-1:])}", sys.stderr)
            yield one


def _main(held: Held, seconds: float) -> int:
    """Write a short script for each cause that heads others; only what shows the same is kept."""
    heads = {family.head.text for family in families(causes(held.matrix))}
    wanted = [one for one in _cases(held, heads) if isinstance(one, Case)]
    folder = held.here.reports / "scripts"
    store.fresh_folder(folder)
    kept: list[dict[str, Json]] = []
    wrong = 0
    for one in _compared(held, wanted, seconds):
        wrong += not one.is_same
        lines = one.script.text.count("\n")
        if not one.is_same or lines > LONGEST:
            continue
        store.write_text(folder / _file_name(one.case), one.script.text)
        text = one.case.cause
        kept.append({"failure": text, "file": _file_name(one.case), "lines": lines})
        content = {"schema": 1, "generated": now(), "scripts": kept}
        store.write_text(folder / "scripts.json", json.dumps(content, indent=1) + "\n")
    say(
        f"{len(heads)} causes: {len(kept)} scripts of up to {LONGEST} lines in reports/scripts/,"
        f" {wrong} not the same"
    )
    return INCOMPATIBLE if wrong else UNCHANGED


def _cases(held: Held, heads: Container[str] | None = None) -> Iterator[Case | str]:
    """Give one failure of each cause that has a script and an interpreter here, or why none has.

    Only of those causes whose text is among the `heads`, where such are given.
    """
    for controls in failures.controls_for_each_cause(held.matrix):
        control = controls[0][1]
        if heads is not None and f"{control.name}: {root_cause(control.error)}" not in heads:
            continue
        yield _first(held, [lambda one=one: _of_control(held, *one) for one in controls])  # type: ignore[misc]
    for seen in failures.for_each_cause(held.matrix):
        if heads is not None and root_cause(seen[0][1].error) not in heads:
            continue
        yield _first(held, [lambda one=one: _of_observation(held, *one) for one in _kinds(seen)])  # type: ignore[misc]


def _kinds(
    seen: Iterable[tuple[JudgedCell, Observation]],
) -> Iterable[tuple[JudgedCell, Observation]]:
    """Give one of each kind that may or may not have a script."""
    found: dict[tuple[str, str, str], tuple[JudgedCell, Observation]] = {}
    for judged, one in seen:
        cell = judged.result.cell
        kind = one.scenario, cell.adapter, cell.combination["python"]
        found.setdefault(kind, (judged, one))
    return found.values()


def _first(held: Held, makers: Sequence[Callable[[], Case]]) -> Case | str:
    reason = ""
    for make in makers:
        try:
            case = make()
            python_of(held, case.judged)
        except (BadInput, CannotRun) as error:
            reason = reason or str(error)
        else:
            return case
    return reason


def _file_name(case: Case) -> str:
    words = re.sub(r"[^a-z0-9.+@]+", "-", case.name.lower()).strip("-")
    return f"{words}.py"


def _run(held: Held, script: scripts.Script, python: Path) -> process.Finished:
    """Run a script as its reader does."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        file = Path(folder) / "repro.py"
        file.write_text(script.text, encoding="utf-8")
        return process.run(
            [*resolve.UV, "run", "--no-project", "--quiet", "--python", python, file],
            cwd=held.here.root,
            env=indexes.for_uv(os.environ),
            deadline_seconds=REPRO_SECONDS,
        )

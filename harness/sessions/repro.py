"""`nox -s repro`: scripts that show a failure, shortened by running them, printed or compared."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from harness import catalog, process, project, store
from harness.errors import INCOMPATIBLE, UNCHANGED, BadInput
from harness.measure import resolve
from harness.measure.rerun import CannotRun, Ran, Rerun, environment
from harness.model import Control, Error, JudgedCell, Matrix, Observation
from harness.releases import indexes
from harness.report import repro as scripts
from harness.report.from_json import from_json
from harness.report.shrink import OutOfTime, reached, shrunk
from harness.sessions.telling import guarded, say

REPRO_SECONDS = 300.0
"""How long a script that shows a failure may take, its packages included."""
SHORT_SECONDS = 240.0
"""How long is tried to make a script shorter."""
_USAGE = (
    "nox -s repro -- CELL PATTERN SCENARIO, or CELL CONTROL, or CELL whose packages fail by"
    " themselves; --whole leaves it as long as it is; --all [--short] [--into FOLDER] runs one"
    " for each cause"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """A failure of the table, and the script for it."""

    name: str
    judged: JudgedCell
    error: Error | None
    script: scripts.Script
    seen: Observation | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """What every script is made of."""

    here: project.Project
    matrix: Matrix
    sources: Mapping[str, str]
    titles: Mapping[str, str]


def repro(root: Path, arguments: Sequence[str]) -> int:
    """Print a script that shows one failure; with `--all` run one for each cause and compare."""
    return guarded(lambda: _repro(project.load(root), arguments))


def _repro(here: project.Project, arguments: Sequence[str]) -> int:
    path = here.reports / "compatibility.json"
    if not path.exists():
        raise BadInput("there is no table to take a failure from: run `nox` first")
    matrix = from_json(path.read_text(encoding="utf-8"))
    folder = here.scenarios
    held = _Held(
        here=here,
        matrix=matrix,
        sources={
            ".".join(file.relative_to(folder).with_suffix("").parts): file.read_text("utf-8")
            for file in folder.rglob("*.py")
        },
        titles={scenario.id: scenario.title for scenario in catalog.read(folder)},
    )
    words = list(arguments)
    into = None
    if "--into" in words:
        at = words.index("--into")
        if at + 1 == len(words):
            raise BadInput("--into wants a folder")
        into = here.root / words[at + 1]
        del words[at : at + 2]
    if "--all" in words:
        words.remove("--all")
        if words not in ([], ["--short"]):
            raise BadInput(_USAGE)
        return _all(held, short=bool(words), into=into)
    whole = "--whole" in words
    case = _case(held, [word for word in words if word != "--whole"])
    script = case.script if whole else _shortened(held, case)
    print(script.text, end="")  # noqa: T201 - a script for a file
    return UNCHANGED


def _case(held: _Held, words: Sequence[str]) -> _Case:
    match words:
        case [cell, pattern, scenario]:
            return _of_observation(held, *scripts.found(held.matrix, cell, pattern, scenario))
        case [cell, *control] if len(control) <= 1:
            return _of_control(held, *scripts.found_control(held.matrix, cell, *control))
        case _:
            raise BadInput(_USAGE)


def _of_observation(held: _Held, judged: JudgedCell, seen: Observation) -> _Case:
    title = held.titles.get(seen.scenario, "")
    return _Case(
        name=f"{judged.result.cell.id} {seen.pattern} {seen.scenario}",
        judged=judged,
        error=seen.error,
        script=scripts.script(judged, seen, held.sources, title),
        seen=seen,
    )


def _of_control(held: _Held, judged: JudgedCell, control: Control) -> _Case:
    return _Case(
        name=f"{judged.result.cell.id} {control.name!r}",
        judged=judged,
        error=control.error,
        script=scripts.control_script(judged, control, held.sources),
    )


def _shortened(held: _Held, case: _Case, seconds: float = SHORT_SECONDS) -> scripts.Script:
    """Give the script as short as running it shows that it can be; as it is where it cannot run."""
    try:
        short, runs = _shorter(held, case, seconds)
    except CannotRun as error:
        say(f"not shortened: {error}", sys.stderr)
        return case.script
    lines = (case.script.text.count("\n"), short.text.count("\n"))
    say(f"{lines[1]} lines of {lines[0]}, after {runs} runs: {case.name}", sys.stderr)
    return short


class _Trial:
    """Whether a body shows the failure where it was seen, and nothing where all is well."""

    def __init__(self, held: _Held, case: _Case, fails: Rerun, ends: float) -> None:
        self._held = held
        self._case = case
        self._fails = fails
        self._passes: Rerun | None = None
        self._ends = ends
        self._seconds = 30
        self._raised = {False: frozenset[str](), True: frozenset[str]()}
        self.pattern = str(case.seen.pattern) if case.seen else ""
        self.instead = self.pattern
        self.runs = 0

    def begin(self) -> set[int] | None:
        """Run it as it is; give the lines of the body that it did not come to, None if it differs."""
        body = self._case.script.body
        started = time.monotonic()
        ran = self._fails.run(scripts.runnable(body), self._seconds, trace=True)
        if not scripts.is_same(ran.status, ran.output, self._case.error):
            return None
        self._seconds = min(30, int(5 * (time.monotonic() - started)) + 3)
        self._raised[False] = ran.raised
        return set(range(1, body.count("\n") + 2)) - ran.lines

    def has_witness(self, passes: Rerun, pattern: str) -> bool:
        """Whether the whole script passes there, so that a shorter one has to pass as well."""
        self._passes, self.instead = passes, pattern
        ran = self._mended(self._case.script.body)
        self._raised[True] = ran.raised
        if ran.status:
            self._passes = None
        return ran.status == 0

    def is_right(self, body: str) -> bool:
        """Whether it shows the same, raises nothing else, and still passes where the whole does."""
        if not self.shows(body):
            return False
        ran = self._mended(body)
        return ran.status == 0 and ran.raised <= self._raised[True]

    def shows(self, body: str) -> bool:
        """Whether it shows the same, and no request fails that did not."""
        if time.monotonic() > self._ends:
            raise OutOfTime
        self.runs += 1
        ran = self._fails.run(scripts.runnable(body), self._seconds)
        same = scripts.is_same(ran.status, ran.output, self._case.error)
        return same and ran.raised <= self._raised[False]

    def _mended(self, body: str) -> Ran:
        assert self._passes is not None  # noqa: S101 - `has_witness` came before
        body = scripts.with_pattern(body, self.pattern, self.instead, self._held.sources)
        return self._passes.run(scripts.runnable(body), self._seconds)


def _shorter(held: _Held, case: _Case, seconds: float) -> tuple[scripts.Script, int]:
    """Give the script as short as it can be, and how many runs it took."""
    if case.seen is None:
        return case.script, 0
    body = case.script.body
    with ExitStack() as stack:
        modules = scripts.imported(body)
        here = environment(case.script.head, _python(held, case.judged), modules, seconds)
        fails = stack.enter_context(here)
        trial = _Trial(held, case, fails, time.monotonic() + seconds)
        unreached = trial.begin()
        if unreached is None:
            raise CannotRun("it does not show here what was observed")
        for judged, pattern in scripts.witnesses(held.matrix, case.judged, case.seen):
            passes = fails
            if judged.result.cell.id != case.judged.result.cell.id:
                there = scripts.head(judged)
                with suppress(CannotRun):
                    python = _python(held, judged)
                    passes = stack.enter_context(environment(there, python, modules, seconds))
            if trial.has_witness(passes, pattern):
                break
        else:
            body = reached(body, trial.shows, called=scripts.RUN, unreached=unreached)
            return case.script.shorter(body), trial.runs
        same = trial.instead == trial.pattern
        kept = () if same else scripts.pattern_parts(trial.pattern, held.sources)
        body = shrunk(body, trial.is_right, called=scripts.RUN, kept=kept, unreached=unreached)
        return case.script.shorter(body), trial.runs


def _python(held: _Held, judged: JudgedCell) -> Path:
    level = judged.result.cell.combination["python"]
    if level not in held.here.pythons:
        raise CannotRun(f"Python {level} is not on this machine")
    return held.here.pythons[level]


def _all(held: _Held, *, short: bool, into: Path | None) -> int:
    """Run the script of one failure of each cause; 1 where one does not show the same."""
    every = list(_cases(held))
    cases = [case for case in every if isinstance(case, _Case)]

    def compared(case: _Case) -> tuple[scripts.Script, process.Finished]:
        script = _shortened(held, case) if short else case.script
        return script, _run(held, script, _python(held, case.judged))

    lines, wrong = [], 0
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for case, (script, told) in zip(cases, pool.map(compared, cases), strict=True):
            same = scripts.is_same(told.returncode, told.output, case.error)
            lines.append(script.text.count("\n"))
            wrong += not same
            say(f"{'the same' if same else 'NOT THE SAME'}, {lines[-1]} lines: {case.name}")
            if not same:
                say(f"  {''.join(told.output.strip().splitlines()[-1:])}", sys.stderr)
            if into is not None:
                store.write_text(into / _file_name(case), script.text)
    for reason in (case for case in every if isinstance(case, str)):
        say(f"no script: {reason}")
    middle = f"{median(lines):g} lines in the middle, {max(lines)} at most" if lines else ""
    say(
        f"{len(every)} causes: {len(cases) - wrong} the same, {wrong} not, "
        f"{len(every) - len(cases)} without a script; {middle}"
    )
    return INCOMPATIBLE if wrong else UNCHANGED


def _cases(held: _Held) -> Iterator[_Case | str]:
    """Give one failure of each cause that has a script and an interpreter here, or why none has."""
    for controls in scripts.controls_for_each_cause(held.matrix):
        yield _first(held, [lambda one=one: _of_control(held, *one) for one in controls])  # type: ignore[misc]
    for seen in scripts.for_each_cause(held.matrix):
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


def _first(held: _Held, makers: Sequence[Callable[[], _Case]]) -> _Case | str:
    reason = ""
    for make in makers:
        try:
            case = make()
            _python(held, case.judged)
        except (BadInput, CannotRun) as error:
            reason = reason or str(error)
        else:
            return case
    return reason


def _file_name(case: _Case) -> str:
    words = re.sub(r"[^a-z0-9.+@]+", "-", case.name.lower()).strip("-")
    return f"{words}.py"


def _run(held: _Held, script: scripts.Script, python: Path) -> process.Finished:
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

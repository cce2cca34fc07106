"""`nox -s ranges`: which releases of two packages work together, told to a person."""

from __future__ import annotations

import os
import platform
import shlex
import signal
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from harness import collect, options, project, store
from harness.catalog import read as scenarios_of
from harness.checks import check, requirements
from harness.errors import UNCHANGED, BadInput, HarnessError, NothingMeasured
from harness.inquiries import indexed, ranges_run
from harness.inquiries import ranges_text as text
from harness.inquiries.experiment import Laboratory
from harness.inquiries.ranges import Basis, Kind
from harness.inquiries.ranges_run import Exploration, Question
from harness.model import PatternName, ScenarioId
from harness.options import RangesOptions, SinceOptions
from harness.project import Project
from harness.releases.index import Index
from harness.sessions import telling


def ranges(root: Path, arguments: Sequence[str], folder: Path) -> int:
    """Find which releases of one package work with which of another; 0 where that is told."""
    return telling.guarded(lambda: _ranges(project.load(root), arguments, folder))


def _ranges(here: Project, arguments: Sequence[str], folder: Path) -> int:
    signal.signal(signal.SIGTERM, _interrupted)
    asked = options.parse_ranges(arguments)
    a, b = asked.packages
    lines, library, adapter = beside(here, asked, folder, asked.packages)
    level = python(here, asked)
    where = laboratory(here, asked)
    index = Index(here.kept / "index")
    question = Question(
        a=a,
        b=b,
        python=level,
        library=library,
        adapter=adapter,
        others=lambda _: lines,
    )
    releases = (
        indexed.line(index, a, asked.releases.get(a, ()), prereleases=asked.prereleases),
        indexed.line(index, b, asked.releases.get(b, ()), prereleases=asked.prereleases),
    )
    counts = " x ".join(f"{one.name} ({len(one.releases)} releases)" for one in releases)
    telling.say(f"{counts}, on Python {level}, {library}, beside {', '.join(lines)}")
    exploration = ranges_run.prepared(where, index, question, releases, telling.say)
    try:
        exploration.explore(every=asked.every)
    except (HarnessError, KeyboardInterrupt):
        found = _answer(here, asked, exploration, lines, arguments)
        telling.say(text.to_terminal(found, telling.width()))
        telling.say("so far; the same command goes on from here")
        raise
    return _written(here, asked, _answer(here, asked, exploration, lines, arguments))


def _interrupted(_number: int, _frame: object) -> None:
    """Take a request to end for Ctrl-C: what was seen by then is told."""
    raise KeyboardInterrupt


def _answer(
    here: Project,
    asked: RangesOptions,
    exploration: Exploration,
    lines: tuple[str, ...],
    arguments: Sequence[str],
) -> text.Answer:
    return text.Answer(
        grid=exploration.grid,
        found=exploration.found(),
        python=exploration.question.python,
        library=exploration.question.library,
        others=lines,
        patterns=asked.patterns,
        scenarios=asked.scenarios,
        planned=len(scenarios_of(here.scenarios)),
        generated=telling.now(),
        tool=collect.tool(here),
        command=f"nox -s ranges -- {shlex.join(arguments)}",
    )


def _written(here: Project, asked: RangesOptions, answer: text.Answer) -> int:
    """Write the answer and print it; one of a few scenarios only is kept apart."""
    telling.say(text.to_terminal(answer, telling.width()))
    if all(_is_unknown(one.basis, one.showing.kind) for one in answer.found.values()):
        reason = next(iter(answer.found.values())).showing.cause
        raise NothingMeasured(f"nothing could be measured: {reason}")
    part = ("runs", "ranges") if asked.scenarios else ("ranges",)
    file = here.reports.joinpath(*part, "-".join(asked.packages))
    store.write_text(file.with_name(f"{file.name}.json"), text.to_json(answer))
    store.write_text(file.with_name(f"{file.name}.md"), text.to_markdown(answer))
    shown = os.path.relpath(file)
    telling.say(f"{shown}.md, {shown}.json")
    return UNCHANGED


def _is_unknown(basis: Basis, kind: Kind) -> bool:
    return basis is Basis.NOTHING or kind is Kind.UNKNOWN


# What `nox -s since` asks in the same way ---------------------------------------------------------


def laboratory(here: Project, asked: RangesOptions | SinceOptions) -> Laboratory:
    """Return where it is measured; a pattern or scenario that there is none of is `BadInput`."""
    check.select(asked.patterns, asked.scenarios, here.pairs())
    return Laboratory(
        here=here,
        day=telling.now()[:10],
        jobs=asked.jobs,
        patterns=tuple(map(PatternName, asked.patterns)),
        scenarios=tuple(map(ScenarioId, asked.scenarios)),
    )


def beside(
    here: Project,
    asked: RangesOptions | SinceOptions,
    folder: Path,
    packages: Iterable[str] = (),
) -> tuple[tuple[str, ...], str, str]:
    """Return what is required beside the packages, the session library, and its adapter.

    The library is the one that is named, by itself or among the requirements; else the one that
    the matrix has most levels of, since every environment has to have one.
    """
    named = tuple(packages)
    wanted = requirements.read(
        (*named, *asked.requirements), (), folder, project_name=check.project_name
    )
    known = check.adapters(here.spec)
    present = [one for one in known if one in wanted.names and one != requirements.PLAIN]
    library, adapter = requirements.library_of(
        wanted, asked.library or (None if present else _usual(here)), known
    )
    complete = requirements.complete(wanted, library)[len(named) :]
    for line in complete:
        if canonicalize_name(Requirement(line).name) in named:
            raise BadInput(f"{line}: its releases are chosen by --releases")
    return complete, library, adapter


def _usual(here: Project) -> str:
    packages = (one.requirements[0] for one in here.spec.library_levels if one.requirements)
    return Counter(canonicalize_name(Requirement(text).name) for text in packages).most_common()[0][
        0
    ]


def python(here: Project, asked: RangesOptions | SinceOptions) -> str:
    """Return the Python level to measure on."""
    running = ".".join(platform.python_version_tuple()[:2])
    return check.python(asked.python, here.pythons, running)

"""`nox -s since` and `companions`: what became of pins, and which are stale, told to a person."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness import collect, options, plan, project, store
from harness.catalog import read as scenarios_of
from harness.errors import INCOMPATIBLE, UNCHANGED, NothingMeasured
from harness.inquiries import indexed, times
from harness.inquiries import since_text as text
from harness.inquiries.companions import Need, answers
from harness.inquiries.experiment import Experiment, Standing
from harness.inquiries.since_run import TODAY, Inquiry
from harness.options import SinceOptions
from harness.project import Project
from harness.releases.index import Index
from harness.sessions import ranges, telling

RECOMMENDED = ("db-session", "scoped-factory", "scoped-session")
"""What the table recommends with one library or another, or with none."""


def since(root: Path, arguments: Sequence[str], folder: Path) -> int:
    """Try pins with the packages of today and of their time; 1 where they break today."""
    return telling.guarded(lambda: _since(project.load(root), arguments, folder))


def _since(here: Project, arguments: Sequence[str], folder: Path) -> int:
    asked = options.parse_since(arguments)
    if not asked.requirements:
        return _every(here, asked, arguments, folder)
    found = _one(here, asked, arguments, folder)
    telling.say(text.to_terminal(found, telling.width()))
    return _written(here, found)


def _one(here: Project, asked: SinceOptions, arguments: Sequence[str], folder: Path) -> text.Since:
    lines, library, adapter = ranges.beside(here, asked, folder)
    inquiry = Inquiry(
        laboratory=ranges.laboratory(here, asked),
        index=Index(here.kept / "index"),
        experiment=Experiment(
            python=ranges.python(here, asked),
            requirements=lines,
            library=library,
            adapter=adapter,
        ),
        told=telling.say,
    )
    tried = inquiry.tried()
    return text.Since(
        requirements=lines,
        pins=inquiry.pins,
        python=inquiry.experiment.python,
        library=library,
        patterns=asked.patterns,
        scenarios=asked.scenarios,
        planned=len(scenarios_of(here.scenarios)),
        tried=tried,
        culprit=inquiry.culprit(tried),
        generated=telling.now(),
        tool=collect.tool(here),
        command=f"nox -s since -- {shlex.join(arguments)}",
    )


def _every(here: Project, asked: SinceOptions, arguments: Sequence[str], folder: Path) -> int:
    """Ask of every release under test, and write what is known after each."""
    index = Index(here.kept / "index")
    patterns = asked.patterns or RECOMMENDED
    part = ("runs", "ranges") if asked.scenarios else ("ranges",)
    file = here.reports.joinpath(*part, "since.md")
    found: list[text.Since] = []
    for case in times.cases(here.spec):
        time = indexed.own_time(index, case.requirements)
        one = replace(
            asked,
            requirements=case.requirements,
            library=case.library or asked.library,
            python=asked.python or times.python(time, here.pythons),
            patterns=patterns,
        )
        told = [*case.requirements, "--python", str(one.python)]
        told += [word for name in patterns for word in ("--pattern", name)]
        telling.say(f"nox -s since -- {shlex.join(told)}")
        found.append(_one(here, one, told, folder))
        telling.say("\n".join(text.sentences(found[-1])))
        command = f"nox -s since {shlex.join(['--', *arguments]) if arguments else ''}".strip()
        store.write_text(file, text.all_to_markdown(found, command))
        store.write_text(file.with_suffix(".json"), text.all_to_json(found))
    shown = os.path.relpath(file)
    telling.say(f"{shown}, {shown.removesuffix('.md')}.json")
    return UNCHANGED


def _written(here: Project, found: text.Since) -> int:
    standings = {one.name: one.finding.standing for one in found.tried}
    if set(standings.values()) == {Standing.UNKNOWN}:
        raise NothingMeasured(f"nothing could be measured: {found.tried[0].finding.cause}")
    part = ("runs", "ranges") if found.scenarios else ("ranges",)
    name = "-".join(f"{name}-{version}" for name, version in found.pins.items())
    file = here.reports.joinpath(*part, f"since-{re.sub(r'[^A-Za-z0-9._-]', '_', name)}")
    store.write_text(file.with_name(f"{file.name}.json"), text.to_json(found))
    store.write_text(file.with_name(f"{file.name}.md"), text.to_markdown(found))
    shown = os.path.relpath(file)
    telling.say(f"{shown}.md, {shown}.json")
    return UNCHANGED if standings[TODAY] is Standing.WORKS else INCOMPATIBLE


def companions(root: Path, arguments: Sequence[str]) -> int:
    """Tell which companions of the matrix are stale; 1 where one is."""
    return telling.guarded(lambda: _companions(project.load(root), arguments))


def _companions(here: Project, arguments: Sequence[str]) -> int:
    asked = options.parse_companions(arguments)
    laboratory = ranges.laboratory(here, asked)
    planned = plan.make(here.spec, here.pythons, strength="2", selection={}, known=here.known())
    status = UNCHANGED
    found = []
    for one in answers(here.spec.companions, planned.cells, laboratory):
        telling.say(f"{one.requirement}: {one.need}: {one.why}")
        found.append({"requirement": one.requirement, "need": one.need, "why": one.why})
        status = INCOMPATIBLE if one.need is Need.STALE else status
    part = ("runs", "declared") if asked.scenarios or asked.patterns else ("declared",)
    content = {"schema": text.SCHEMA, "generated": telling.now(), "companions": found}
    file = here.reports.joinpath(*part, "companions.json")
    store.write_text(file, json.dumps(content, indent=1) + "\n")
    return status

"""`nox -s declared`, `nox -s floors`, `nox -s blame`: what they run, and the reports they write."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness import options, plan, project, store
from harness.allowed import Answer
from harness.config import AXES
from harness.errors import UNCHANGED, BadInput, MissingInterpreter
from harness.inquiries import (
    blame_all,
    blame_text,
    declared,
    declared_rows,
    declared_text,
    floors,
    floors_run,
    forbids,
    symptom,
)
from harness.inquiries.blame import Blame
from harness.inquiries.declared import Incompatibility, Row
from harness.inquiries.declared_text import Declared
from harness.inquiries.experiment import Experiment, Laboratory
from harness.inquiries.floors import Floor
from harness.inquiries.inquiry import Inquiry
from harness.inquiries.symptom import Symptom
from harness.model import JudgedCell, Matrix, PatternName
from harness.options import InquiryOptions
from harness.patterns import NEUTRAL
from harness.releases.index import Index
from harness.report.from_json import from_json
from harness.sessions import telling

FOLDER = Path("reports", "declared")
NOTES = "upstream.toml"
"""What was looked up by hand: the only thing in the reports that no command finds."""


def declare(root: Path, arguments: Sequence[str]) -> int:
    """Compare what the metadata allow with what works, for every combination of the table."""
    return telling.guarded(lambda: _declared(root, arguments))


def floor(root: Path, arguments: Sequence[str]) -> int:
    """Test the declared floors of releases, each alone."""
    return telling.guarded(lambda: _floors(root, arguments))


def blame(root: Path, arguments: Sequence[str]) -> int:
    """Name the smallest set of packages that brings a failure about; without a cell, of each."""
    return telling.guarded(lambda: _blame(root, arguments))


def _inquiry(root: Path, asked: InquiryOptions) -> tuple[Inquiry, Matrix]:
    here = project.load(root)
    path = here.reports / "compatibility.json"
    if not path.exists():
        raise BadInput("there is no table to start from: run `nox` first")
    if asked.python and asked.python not in here.pythons:
        raise MissingInterpreter(f"there is no Python {asked.python} on this machine")
    table = from_json(path.read_text(encoding="utf-8"))
    lab = Laboratory(here=here, day=telling.now()[:10], anew=asked.anew)
    index = Index(here.kept / "index")
    return Inquiry(
        here=here, index=index, lab=lab, table=table.cells, say=telling.say, python=asked.python
    ), table


def _declared(root: Path, arguments: Sequence[str]) -> int:
    asked = options.parse_inquiry("declared", arguments, "")
    inquiry, table = _inquiry(root, asked)
    spec = inquiry.here.spec
    found = forbids.forbidden(spec, inquiry.metadata)
    without = list(declared_rows.without_companions(inquiry))
    broken = declared_rows.incompatibilities(inquiry, [judged for _, judged in without])
    rows = [declared.row(one, "the table") for one in table.cells]
    rows += [row for row, _ in without]
    _write_declared(root, asked, inquiry, table, broken, rows)
    for row in declared_rows.forbidden_rows(inquiry, found):
        rows.append(row)
        _write_declared(root, asked, inquiry, table, broken, rows)
    for kind in Answer:
        telling.say(f"{sum(row.answer is kind for row in rows):4} {kind}")
    telling.say(f"{FOLDER}/declared.md, {FOLDER}/declared.json")
    return UNCHANGED


def _write_declared(  # noqa: PLR0913, PLR0917 - what a report is made of
    root: Path,
    asked: InquiryOptions,
    inquiry: Inquiry,
    table: Matrix,
    broken: tuple[Incompatibility, ...],
    rows: Sequence[Row],
) -> None:
    """Write what is known by now: a run that is stopped has not run for nothing."""
    spec = inquiry.here.spec
    found = forbids.forbidden(spec, inquiry.metadata)
    whole = plan.make(spec, spec.python_levels, strength="full", selection={})
    all_of_it = Declared(
        generated=telling.now(),
        table=table.generated,
        how=_how(inquiry, "two of the patterns that work"),
        combinations=math.prod(len(spec.axes[axis]) for axis in AXES),
        allowed=len(whole.combinations),
        rows=tuple(rows),
        found=broken,
        untestable=tuple(one for one in found if one.is_python),
        unfounded=forbids.unfounded(spec, found),
        unlisted=forbids.unlisted(spec, found),
        notes=_notes(root),
    )
    text = declared_text.declared_to_json(all_of_it)
    store.write_text(root / FOLDER / "declared.json", text)
    store.write_text(root / FOLDER / "declared.md", declared_text.declared_to_markdown(all_of_it))
    if asked.json:
        store.write_text(asked.json, text)


def _floors(root: Path, arguments: Sequence[str]) -> int:
    asked = options.parse_inquiry("floors", arguments, "PACKAGE==VERSION")
    inquiry, _ = _inquiry(root, asked)
    found: list[Floor] = []
    page = ""
    how = _how(inquiry, "one pattern that works")
    for name, version in floors_run.releases(inquiry, asked.names):
        found += floors_run.tested(inquiry, name, version)
        page = _floors_so_far(root, asked, found, how)
    telling.say(page if asked.names else f"{FOLDER}/floors.md, {FOLDER}/floors.json")
    return UNCHANGED


def _floors_so_far(root: Path, asked: InquiryOptions, found: Sequence[Floor], how: str) -> str:
    """Write what is known by now: a run that is stopped has not run for nothing."""
    generated = telling.now()
    text = floors.to_json(found, generated, how)
    page = floors.to_markdown(found, generated, how)
    if not asked.names:
        store.write_text(root / FOLDER / "floors.json", text)
        store.write_text(root / FOLDER / "floors.md", page)
    if asked.json:
        store.write_text(asked.json, text)
    return page


def _blame(root: Path, arguments: Sequence[str]) -> int:
    asked = options.parse_inquiry("blame", arguments, "CELL [PATTERN [SCENARIO]]")
    cell, pattern, scenario = _blamed(asked.names)
    inquiry, table = _inquiry(root, asked)
    if not cell:
        return _blame_all(root, inquiry, table)
    judged = _cell(inquiry, table, cell)
    found = _asked_for(judged, pattern, scenario)
    if not found:
        said = " and ".join(filter(None, (pattern, scenario))) or "every pattern that is judged"
        telling.say(f"{cell}: nothing to blame anybody for: {said} is not seen to fail there")
        return UNCHANGED
    told = inquiry.blamed(judged, found)
    if asked.json:
        data = [blame_text.blame_data(one) for one in told]
        store.write_text(asked.json, json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    telling.say(blame_text.blame_to_markdown(told))
    return UNCHANGED


def _blame_all(root: Path, inquiry: Inquiry, table: Matrix) -> int:
    """Ask of every failure of the table; what is known is written after each."""
    found: list[Blame] = []
    for one in blame_all.blamed(inquiry):
        found.append(one)
        set_of = ", ".join(member.told for member in one.members) or "nothing that was tried"
        telling.say(f"=> {len(one.symptoms)} failures, {one.whose}: {set_of}")
        generated = telling.now()
        text = blame_all.to_json(found, generated, table.generated)
        page = blame_all.to_markdown(found, generated, table.generated)
        store.write_text(root / FOLDER / "blame.json", text)
        store.write_text(root / FOLDER / "blame.md", page)
    telling.say(f"{FOLDER}/blame.md, {FOLDER}/blame.json")
    return UNCHANGED


def _blamed(names: Sequence[str]) -> tuple[str, str, str]:
    if len(names) > len(("cell", "pattern", "scenario")):
        raise BadInput("nox -s blame -- [CELL [PATTERN [SCENARIO]]]")
    cell, pattern, scenario = (*names, "", "", "")[:3]
    return cell, pattern, scenario


def _cell(inquiry: Inquiry, table: Matrix, name: str) -> JudgedCell:
    """Return a cell of the table, or measure one that it does not hold."""
    for one in table.cells:
        if one.result.cell.id == name:
            return one
    cell = inquiry.here.cell(name)
    experiment = Experiment(
        python=cell.combination["python"],
        requirements=(*cell.requirements, *cell.companions),
        library=cell.library,
        adapter=cell.adapter,
    )
    telling.say(f"{name} is not in the table: it is measured first")
    judged = inquiry.lab.finding(experiment).judged
    return replace(judged, result=replace(judged.result, cell=cell))


def _asked_for(judged: JudgedCell, pattern: str, scenario: str) -> tuple[Symptom, ...]:
    if pattern and pattern not in (*judged.verdicts, NEUTRAL):
        known = ", ".join(judged.verdicts)
        raise BadInput(f"{judged.result.cell.id} has no pattern {pattern}; it has {known}")
    chosen = PatternName(pattern) if pattern else None
    found = symptom.symptoms(judged, chosen)
    if not scenario:
        return found
    known_scenarios = {one.scenario for one in judged.result.observations}
    if scenario not in known_scenarios and not any(one.control for one in found):
        raise BadInput(f"{judged.result.cell.id} has no scenario {scenario}")
    return tuple(one for one in found if scenario == one.scenario or one.control)


def _how(inquiry: Inquiry, patterns: str) -> str:
    return (
        f"Python {inquiry.pythons[0]} where an experiment is free to choose;"
        f" every scenario under {patterns} where it starts, the recommended first;"
        " metadata and releases as the package index had them that day."
    )


def _notes(root: Path) -> dict[str, str]:
    """Return what was looked up by hand, by what it is about."""
    path = root / FOLDER / NOTES
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{FOLDER / NOTES} cannot be read: {error}") from error
    return {str(key): str(text) for key, text in found.items()}

"""From a matrix to the files of reports/, and to what moved against the committed table."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness import baseline, catalog, judge, project, store, turned
from harness.audit import audit
from harness.changes import against
from harness.errors import BadInput, NothingMeasured
from harness.model import Beside, JudgedCell, Matrix, Resolution, Verdict
from harness.report.beside import beside, in_order, sources
from harness.report.from_json import from_json
from harness.report.guide import Guide, patterns_from
from harness.report.page import make_page
from harness.report.snippets import Snippets
from harness.report.to_badges import to_badges
from harness.report.to_csv import to_csv
from harness.report.to_html import to_html
from harness.report.to_json import to_json
from harness.report.to_junit import to_junit
from harness.report.to_markdown import to_markdown
from harness.report.to_readme import with_quick_answer
from harness.report.to_summary import to_summary
from harness.report.to_terminal import to_terminal
from harness.sessions.telling import say, width


def rendered(here: project.Project, matrix: Matrix, folder: Path, *, part: bool) -> int:
    """Compare with the committed table, write the tables, print the summary."""
    if not part:
        matrix = replace(matrix, beside=_beside(here, matrix))
    before, compared = _before(here, matrix)
    moved = baseline.compare(before, matrix, part=part)
    page = make_page(matrix, moved, before)
    status = baseline.exit_status(moved, matrix)
    if not any(map(_is_known, matrix.cells)):
        reason = next((judged.result.message for judged in matrix.cells), "there is no cell")
        raise NothingMeasured(f"nothing could be measured, the tables stay as they were: {reason}")
    store.write_text(folder / "compatibility.json", to_json(matrix))
    store.write_text(folder / "compatibility.md", to_markdown(page))
    store.write_text(folder / "index.html", to_html(matrix, page, guide(here.scenarios)))
    store.write_text(folder / "compatibility.csv", to_csv(matrix))
    store.write_text(folder / "junit.xml", to_junit(matrix))
    store.write_text(folder / "summary.md", to_summary(page))
    keep_badges(folder / "badges", to_badges(matrix))
    if not part:
        ids = sorted(judged.result.cell.id for judged in matrix.cells)
        store.write_text(folder / project.PLAN, json.dumps(ids, indent=0) + "\n")
    readme = here.root / "README.md"
    if not part and readme.exists():
        store.write_text(readme, with_quick_answer(readme.read_text(encoding="utf-8"), page))
    say(to_terminal(page, width()))
    if not part:
        for line in audit(matrix, here.problems):
            say(f"harness/problems.toml: {line}")
    if compared:
        scenarios = turned.turned(before, matrix)
        say("\n".join([*map(str, scenarios), compared]))
        status = turned.exit_status(status, before, scenarios)
    shown = os.path.relpath(folder)
    say(f"{shown}/index.html, {shown}/compatibility.md, {shown}/compatibility.json")
    return status


def keep_badges(folder: Path, badges: Mapping[str, str]) -> None:
    """Write these badges, and remove those that nothing is told of any more."""
    for old in folder.glob("*.svg"):
        if old.name not in badges:
            old.unlink()
    for name, badge in badges.items():
        store.write_text(folder / name, badge)


def _before(here: project.Project, matrix: Matrix) -> tuple[Matrix | None, str]:
    """Return the committed table, as far as this one can be compared with it, and how."""
    before = committed(here)
    used = {item for judged in matrix.cells for item in judged.result.cell.combination.items()}
    local = [level for level in here.local if (level.axis, level.id) in used]
    if not local and any(one.result.cell.resolution != Resolution() for one in matrix.cells):
        before = against.table(before, matrix, here.every, {})
        return before, against.told(before, matrix, {})
    if not local:
        return before, ""
    instead = against.replaced(here.spec, local)
    before = against.table(before, matrix, here.every, instead)
    return before, against.told(before, matrix, instead)


def _beside(here: project.Project, matrix: Matrix) -> tuple[Beside, ...]:
    """Return what the inquiries have left in reports/."""
    found = (str(path.relative_to(here.reports)) for path in here.reports.glob("*/*.json"))
    told: list[Beside] = []
    for name in in_order(sources(found)):
        try:
            text = (here.reports / name).read_text(encoding="utf-8")
            told += beside(name, text, matrix.cells)
        except (BadInput, OSError, UnicodeDecodeError) as error:
            say(f"left out of the table: {error}", sys.stderr)
    return tuple(told)


def guide(scenarios: Path) -> Guide:
    """Return what the scenarios and patterns are, in their own words and code."""
    path = scenarios / "patterns.py"
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    adapters = sorted((scenarios / "adapters").glob("*.py"))
    return Guide(
        titles={scenario.id: scenario.title for scenario in catalog.read(scenarios)},
        patterns=patterns_from(source),
        snippets=Snippets(
            adapters={one.stem: one.read_text(encoding="utf-8") for one in adapters},
            patterns=source,
        ),
    )


def _is_known(judged: JudgedCell) -> bool:
    return any(one.verdict is not Verdict.INCONCLUSIVE for one in judged.verdicts.values())


def committed(here: project.Project) -> Matrix | None:
    """Return the table that is committed; None where there is none that can be read.

    It is judged by the problems that are named today, so that a name is no change of a package.
    """
    text = store.previous_table(here.root)
    if text is None:
        return None
    try:
        found = from_json(text)
    except BadInput as error:
        say(f"no comparison: the committed table cannot be read: {error}", sys.stderr)
        return None
    return judge.judged_again(found, here.criteria())

"""`nox -s check`: any set of pins, measured and told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from harness import collect, judge, options, project, store
from harness.checks import checking, searching
from harness.model import Matrix
from harness.report.cell_text import cell_to_terminal
from harness.report.check_text import check_to_terminal
from harness.report.to_json import to_json
from harness.sessions.rendering import committed, guide
from harness.sessions.telling import aside, cores, guarded, now, say, width


def check(root: Path, arguments: Sequence[str], folder: Path) -> int:
    """Test a set of pins; return 0 where they work, or only problems that are allowed are met.

    1 where they do not, 6 where that is not known.
    """
    return guarded(lambda: _check(project.load(root), arguments, folder))


def _check(here: project.Project, arguments: Sequence[str], folder: Path) -> int:
    asked = options.parse_check(arguments)
    checking.refuse_unknown(asked.allowed, here.problems)
    bench = checking.Bench(here=here, asked=asked, folder=folder, workers=cores())
    bench = checking.prepared(bench, os.environ)
    checked = checking.checked(bench)
    if asked.json:
        cells = (checked.judged,)
        matrix = Matrix(
            generated=now(),
            tool={**collect.tool(here), **({"allowed": asked.allowed} if asked.allowed else {})},
            cells=cells,
            problems=judge.met(here.problems, cells),
        )
        store.write_text(folder / asked.json, to_json(matrix))
    if asked.table:
        say(cell_to_terminal(checked.judged, width(), here.problems) + "\n")
    nearest = searching.search(bench, checked, lambda: committed(here), now()[:10], aside)
    say(
        check_to_terminal(
            checked.judged,
            guide(here.scenarios),
            problems=here.problems,
            allowed=asked.allowed,
            nearest=nearest,
            notes=(*checked.notes, *bench.narrowed, *checked.unmet(asked.allowed)),
            width=width(),
        )
    )
    return checked.status(asked.allowed)

"""`nox -s check`: any set of pins, measured and told."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from harness import collect, options, project, store
from harness.checks import checking
from harness.errors import INCOMPATIBLE, UNCHANGED, NothingMeasured
from harness.model import Matrix
from harness.report.cell_text import cell_to_terminal
from harness.report.check_text import check_to_terminal
from harness.report.to_json import to_json
from harness.sessions.rendering import committed, guide
from harness.sessions.telling import aside, cores, guarded, now, say, width


def check(root: Path, arguments: Sequence[str], folder: Path) -> int:
    """Test a set of pins; return 0 where a pattern works, 1 where none does, 6 if not known."""
    return guarded(lambda: _check(project.load(root), arguments, folder))


def _check(here: project.Project, arguments: Sequence[str], folder: Path) -> int:
    asked = options.parse_check(arguments)
    bench = checking.Bench(here=here, asked=asked, folder=folder, workers=cores())
    bench = checking.prepared(bench, os.environ)
    checked = checking.checked(bench)
    if asked.json:
        matrix = Matrix(generated=now(), tool=collect.tool(here), cells=(checked.judged,))
        store.write_text(folder / asked.json, to_json(matrix))
    if asked.table:
        say(cell_to_terminal(checked.judged, width()) + "\n")
    nearest = ""
    if not checked.works:
        nearest = checking.search(bench, checked, committed(here), now()[:10], aside)
    say(
        check_to_terminal(
            checked.judged,
            guide(here.scenarios),
            nearest=nearest,
            notes=(*checked.notes, *bench.narrowed),
            width=width(),
        )
    )
    if not checked.is_known:
        return NothingMeasured.status
    return UNCHANGED if checked.works else INCOMPATIBLE

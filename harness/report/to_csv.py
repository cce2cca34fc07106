"""The verdicts as `compatibility.csv`: a line for each pattern of each cell; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from harness import patterns
from harness.model import Matrix
from harness.report.axes import axes_of, level_of
from harness.report.markdown import clean

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula where a field begins with it."""


def to_csv(matrix: Matrix) -> str:
    """Give the text of `compatibility.csv`, ending with a newline."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    axes = tuple(axes_of(matrix))
    writer.writerow(("cell", *axes, "pattern", "verdict", "state", "problems", "because"))
    writer.writerows([_field(one) for one in row] for row in _rows(matrix, axes))
    return lines.getvalue()


def _rows(matrix: Matrix, axes: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for judged in matrix.cells:
        cell = judged.result.cell
        levels = tuple(level_of(cell, axis) for axis in axes)
        for name in sorted(judged.verdicts, key=patterns.rank):
            told = judged.verdicts[name]
            state, problems = told.state or "", " ".join(told.problems)
            yield cell.id, *levels, name, told.verdict, state, problems, "; ".join(told.because)


def _field(text: str) -> str:
    line = " ".join(clean(text).split())
    return f"'{line}" if line.startswith(_FORMULA) else line

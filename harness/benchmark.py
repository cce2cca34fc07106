"""What the cells of a run cost, in wall and CPU seconds; pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tabulate import tabulate

from harness.model import CellResult


def table(results: Sequence[CellResult]) -> str:
    """Return the cost of each cell and, in milliseconds, of each observation of it."""
    measured = [result for result in results if result.seconds]
    rows = [
        (
            result.cell.id,
            len(result.observations),
            round(result.seconds, 1),
            round(result.cpu_seconds, 1),
            _milliseconds(result),
        )
        for result in measured
    ]
    headers = ("cell", "observations", "wall s", "CPU s", "ms an observation (median)")
    total = (
        f"{len(measured)} cells",
        sum(row[1] for row in rows),
        round(sum(row[2] for row in rows), 1),
        round(sum(row[3] for row in rows), 1),
        "",
    )
    return tabulate([*rows, total], headers=headers)


def _milliseconds(result: CellResult) -> str:
    spent = [one.seconds for one in result.observations if one.seconds]
    return f"{statistics.median(spent) * 1000:.0f}" if spent else "-"

"""What the cells of a run cost, in wall and CPU seconds; pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tabulate import tabulate

from harness.model import CellResult

IMPORTS = 1.5
"""How many times the CPU time of the imports a cell may take beside its observations."""
OBSERVATION = 0.040
"""CPU seconds that one observation may take."""


def budget(imports: float, observations: int) -> float:
    """Return the CPU seconds that the scenarios of a cell may take in all."""
    return IMPORTS * imports + OBSERVATION * observations


def told(result: CellResult, imports: float, scenarios: float) -> str:
    """Return what the scenarios of a cell cost against their budget, in CPU seconds.

    `imports` is what importing pytest and the libraries takes, `scenarios` the whole of pytest.
    """
    count = len(result.observations)
    allowed = budget(imports, count)
    verdict = "within" if scenarios <= allowed else "over"
    each = (scenarios - imports) / count * 1000 if count else 0.0
    return (
        f"{result.cell.id}: {count} observations took {scenarios:.1f} CPU seconds, {verdict} the"
        f" budget of {allowed:.1f} ({IMPORTS:g} x {imports:.2f} s of imports + {count} x"
        f" {OBSERVATION * 1000:.0f} ms); {each:.1f} ms an observation beside the imports"
    )


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

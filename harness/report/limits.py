"""Which levels keep a pattern from working: what every incompatible cell has and no other; pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import JudgedCell, PatternName, Verdict
from harness.report.tally import natural

AXES = ("flask-admin", "sqlalchemy", "flask", "python")
"""In the order in which one of two axes that explain a failure is named: Python last."""

Level = tuple[str, str]
"""An axis and the level on it."""


def limits(cells: Sequence[JudgedCell], pattern: PatternName) -> str:
    """Return "not with sqlalchemy 2.0, 2.1; flask 3.1": the fewest levels that tell all failures.

    Only levels with which no cell at all is compatible are named, and only where the pattern works
    somewhere. Empty where there is nothing to tell; `and otherwise` where levels alone do not.
    """
    works = _levels(cells, pattern, Verdict.COMPATIBLE)
    fails = _levels(cells, pattern, Verdict.INCOMPATIBLE)
    if not works or not fails:
        return ""
    seen = frozenset[Level]().union(*works)
    chosen: set[Level] = set()
    left = fails
    while left:
        candidates = frozenset[Level]().union(*left) - seen
        if not candidates:
            break
        best = min(
            candidates,
            key=lambda level: (AXES.index(level[0]), -_count(left, level), natural(level[1])),
        )
        chosen.add(best)
        left = [levels for levels in left if best not in levels]
    told = _told(chosen)
    if not told:
        return ""
    return f"not with {told}{', and otherwise' if left else ''}"


def _levels(
    cells: Sequence[JudgedCell], pattern: PatternName, verdict: Verdict
) -> list[frozenset[Level]]:
    return [
        frozenset((axis, level) for axis, level in _combination(judged).items() if axis in AXES)
        for judged in cells
        if pattern in judged.verdicts and judged.verdicts[pattern].verdict is verdict
    ]


def _combination(judged: JudgedCell) -> dict[str, str]:
    return dict(judged.result.cell.combination)


def _count(cells: Sequence[frozenset[Level]], level: Level) -> int:
    return sum(level in levels for levels in cells)


def _told(levels: set[Level]) -> str:
    names = {
        axis: sorted((level for other, level in levels if other == axis), key=natural)
        for axis in AXES
    }
    return "; ".join(f"{axis} {', '.join(found)}" for axis, found in names.items() if found)

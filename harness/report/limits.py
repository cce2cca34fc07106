"""Which levels keep a pattern from working: what every incompatible cell has and no other; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.model import JudgedCell, PatternName, Verdict
from harness.patterns import is_control
from harness.report.tally import natural

AXES = ("flask-admin", "sqlalchemy", "flask", "python")
"""In the order in which one of two axes that explain a failure is named: Python last."""

Level = tuple[str, str]
"""An axis and the level on it."""


def limits(
    cells: Sequence[JudgedCell],
    pattern: PatternName,
    elsewhere: frozenset[Level] = frozenset(),
) -> str:
    """Return "not with sqlalchemy 2.0, 2.1; flask 3.1": the fewest levels that tell all failures.

    Only levels with which no cell at all is compatible are named, and only where the pattern works
    somewhere. One that works `elsewhere` (with other libraries) is named only where no other tells
    the same failures, and with those that these cells cannot tell from it. Empty where there is
    nothing to tell; `and otherwise` where levels alone do not.
    """
    works = _levels(cells, pattern, Verdict.COMPATIBLE)
    fails = _levels(cells, pattern, Verdict.INCOMPATIBLE)
    told, is_all = telling(works, fails, elsewhere)
    return f"not with {told}{'' if is_all else ', and otherwise'}" if told else ""


def exceptions(cells: Sequence[JudgedCell], pattern: PatternName) -> dict[str, str]:
    """Return the named problems that some applications meet where a pattern works.

    Each with the levels that it is met with, where levels alone tell it from what works wholly.
    """
    fine = [judged for judged in cells if _is(judged, pattern, Verdict.COMPATIBLE)]
    slugs = sorted({slug for judged in fine for slug in judged.verdicts[pattern].problems})
    found = {}
    for slug in slugs:
        met = [slug in judged.verdicts[pattern].problems for judged in fine]
        without = [_levels_of(one) for one, is_met in zip(fine, met, strict=True) if not is_met]
        having = [_levels_of(one) for one, is_met in zip(fine, met, strict=True) if is_met]
        told, is_all = telling(without, having)
        found[slug] = told if is_all else ""
    return found


def telling(
    works: Sequence[frozenset[Level]],
    fails: Sequence[frozenset[Level]],
    elsewhere: frozenset[Level] = frozenset(),
) -> tuple[str, bool]:
    """Return the fewest levels that all that fails has and nothing that works, and if it is all."""
    if not works or not fails:
        return "", False
    seen = frozenset[Level]().union(*works)
    chosen: dict[Level, tuple[Level, ...]] = {}
    left = list(fails)
    while left:
        candidates = frozenset[Level]().union(*left) - seen
        if not candidates:
            break
        best = min(
            candidates,
            key=lambda level: (
                level in elsewhere,
                AXES.index(level[0]),
                -_count(left, level),
                natural(level[1]),
            ),
        )
        same = [one for one in candidates if _where(left, one) == _where(left, best)]
        others = [one for one in same if one[0] != best[0] and best in elsewhere]
        chosen[best] = tuple(sorted(others, key=lambda one: AXES.index(one[0])))
        left = [levels for levels in left if best not in levels]
    return _told(chosen), not left


def _levels(
    cells: Sequence[JudgedCell], pattern: PatternName, verdict: Verdict
) -> list[frozenset[Level]]:
    return [_levels_of(judged) for judged in cells if _is(judged, pattern, verdict)]


def _is(judged: JudgedCell, pattern: PatternName, verdict: Verdict) -> bool:
    return pattern in judged.verdicts and judged.verdicts[pattern].verdict is verdict


def _levels_of(judged: JudgedCell) -> frozenset[Level]:
    levels = judged.result.cell.combination
    return frozenset((axis, level) for axis, level in levels.items() if axis in AXES)


def _count(cells: Sequence[frozenset[Level]], level: Level) -> int:
    return sum(level in levels for levels in cells)


def _where(cells: Sequence[frozenset[Level]], level: Level) -> list[bool]:
    return [level in levels for levels in cells]


def _told(levels: Mapping[Level, tuple[Level, ...]]) -> str:
    names = {
        axis: sorted((one for one in levels if one[0] == axis), key=lambda one: natural(one[1]))
        for axis in AXES
    }
    return "; ".join(
        f"{axis} {', '.join(_with_others(one[1], levels[one]) for one in found)}"
        for axis, found in names.items()
        if found
    )


def _with_others(level: str, others: Sequence[Level]) -> str:
    """Name a level, and those of other axes that may be meant as well."""
    also = " or ".join(f"{axis} {name}" for axis, name in others)
    return f"{level} (or {also})" if also else level


def working(cells: Sequence[JudgedCell]) -> frozenset[Level]:
    """Return the levels with which some pattern of some library works."""
    return frozenset[Level]().union(
        *(
            one
            for judged in cells
            for pattern in judged.verdicts
            if not is_control(pattern)
            for one in _levels([judged], pattern, Verdict.COMPATIBLE)
        )
    )

"""Which pairs of levels were really exercised, and which cells to add for the others; pure.

A cell that dies at import has exercised none of its pairs: coverage counts only what really ran.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from harness import covering
from harness.config import AXES, Spec
from harness.covering import Combination, Pair
from harness.model import Cell, Coverage, LeftOut
from harness.plan import Plan, cell

ATTEMPTS = 2
"""How many cells with a pair may end early before the pair itself is taken for the cause."""

Ran = Mapping[Combination, str]
"""For each combination that was run, why it exercised nothing; empty where it did."""


def additional_cells(spec: Spec, plan: Plan, ran: Ran) -> tuple[Cell, ...]:
    """Return cells for pairs that an early failure masked, each away from everything suspicious.

    Suspicious is a pair that only cells which ended early contain. A cell is never run twice, and
    a pair is given up after `ATTEMPTS` such cells.
    """
    masked, failures = _masked(plan, ran), _failures(ran)
    chosen: list[Combination] = []
    served: set[Pair] = set()
    for pair in sorted(pair for pair in masked if 0 < failures[pair] < ATTEMPTS):
        if pair in served:
            continue
        best = _cleanest(plan, pair, masked, {*ran, *chosen})
        if best is not None:
            chosen.append(best)
            served |= covering.pairs(AXES, best)
    return tuple(cell(spec, combination) for combination in chosen)


def _cleanest(
    plan: Plan, pair: Pair, masked: frozenset[Pair], used: set[Combination]
) -> Combination | None:
    """Return an unused combination with the pair and the fewest other masked pairs."""
    candidates = (
        (len(held & masked), combination)
        for combination in plan.combinations
        if combination not in used and pair in (held := covering.pairs(AXES, combination))
    )
    return min(candidates, default=(0, None))[1]


def _masked(plan: Plan, ran: Ran) -> frozenset[Pair]:
    return plan.pairs - _exercised(ran)


def _exercised(ran: Ran) -> frozenset[Pair]:
    return covering.all_pairs(AXES, (combination for combination, why in ran.items() if not why))


def _failures(ran: Ran) -> Counter[Pair]:
    return Counter(
        pair
        for combination, why in ran.items()
        if why
        for pair in covering.pairs(AXES, combination)
    )


def coverage(plan: Plan, ran: Ran) -> Coverage:
    """Return how many of the allowed pairs a scenario exercised, and why not the others."""
    masked = _masked(plan, ran)
    return Coverage(
        strength=plan.strength,
        pairs=len(plan.pairs),
        exercised=len(plan.pairs) - len(masked),
        missing=tuple(_missing(pair, ran) for pair in sorted(masked)),
    )


def _missing(pair: Pair, ran: Ran) -> LeftOut:
    reasons = Counter(
        why for combination, why in ran.items() if why and pair in covering.pairs(AXES, combination)
    )
    told = " with ".join(f"{axis} {level}" for axis, level in pair)
    if not reasons:
        return LeftOut(what=told, reason="no cell of this plan contains the two")
    most, _ = min(reasons.items(), key=lambda item: (-item[1], item[0]))
    return LeftOut(
        what=told, reason=f"every cell with the two ended early ({reasons.total()}): {most}"
    )

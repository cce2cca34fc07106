"""Which pairs of levels were really exercised, and which cells to add for the others; pure.

A cell that dies at import has exercised none of its pairs: coverage counts only what really ran.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness import covering
from harness.config import AXES, LIBRARY, Spec
from harness.covering import Combination, Pair
from harness.model import Cell, Coverage, LeftOut
from harness.plan import Plan, cell

BATCH = 6
"""How many cells are added at a time: what they show spares others."""
TRIES = 8
"""How many cells with a pair may end early before it is given up."""

DEAD = 16
"""How many cells with a level, all of them ended early, tell that the level itself is the cause."""

IMPORTED = {
    "import flask": ("python", "flask"),
    "flask alone": ("python", "flask"),
    "import sqlalchemy": ("python", "flask", "sqlalchemy"),
    "import library": ("python", "flask", "sqlalchemy", LIBRARY),
    "library alone": ("python", "flask", "sqlalchemy", LIBRARY),
}
"""Which axes had a part in it when a control failed; with any other end, all of them."""
PASSED_BEFORE = {"import flask-admin": "flask-admin"}
"""The axis that has to have a part in it, since all controls without it passed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Early:
    """Why a cell exercised nothing: the control that failed, where it was one, and the reason."""

    control: str
    reason: str

    def can_be(self, pair: Pair) -> bool:
        """Tell whether the pair can be the cause: its packages had been imported by then."""
        axes = {axis for axis, _ in pair}
        needed = PASSED_BEFORE.get(self.control)
        return axes <= set(IMPORTED.get(self.control, AXES)) and (not needed or needed in axes)


NOT_PLANNED = "no cell of this plan contains the two"

Ran = Mapping[Combination, Early | None]
"""For each combination that was run, why it exercised nothing; None where it did."""


def additional_cells(spec: Spec, plan: Plan, ran: Ran) -> tuple[Cell, ...]:
    """Return the next cells for pairs that an early failure masked; none where all is told.

    A pair that is left alone as the possible cause of an early end is that cause, and needs no
    further cell. No cell is run twice, and a pair is given up after `TRIES` early ends.
    """
    masked = _masked(plan, ran)
    suspects = _suspects(masked, ran)
    tries = Counter(
        pair for one, early in ran.items() if early for pair in covering.pairs(AXES, one)
    )
    causes = {pair for held in suspects.values() if len(held) == 1 for pair in held}
    dead = _dead_levels(ran)
    wanted = {pair for pair in masked - causes if 0 < tries[pair] < TRIES and dead.isdisjoint(pair)}
    weights = Counter(pair for held in suspects.values() for pair in held)
    chosen: list[Combination] = []
    while wanted and len(chosen) < BATCH:
        best = _best(plan, wanted, causes, weights, {*ran, *chosen})
        if best is None:
            break
        chosen.append(best)
        wanted -= covering.pairs(AXES, best)
    return tuple(cell(spec, combination, base) for base in plan.databases for combination in chosen)


def _best(
    plan: Plan,
    wanted: set[Pair],
    causes: set[Pair],
    weights: Counter[Pair],
    used: set[Combination],
) -> Combination | None:
    """Return an unused combination with many wanted pairs, little suspicion and no known cause.

    A suspect weighs as much as the number of early ends that it can explain.
    """
    candidates = (
        (sum(weights[pair] for pair in held) - len(held & wanted), combination)
        for combination in plan.combinations
        if combination not in used
        and (held := covering.pairs(AXES, combination)) & wanted
        and not held & causes
    )
    return min(candidates, default=(0, None))[1]


def _dead_levels(ran: Ran) -> frozenset[tuple[str, str]]:
    """Return the levels that nothing ever ran with: no further cell will tell more of them."""
    early: Counter[tuple[str, str]] = Counter()
    alive: set[tuple[str, str]] = set()
    for combination, ended in ran.items():
        levels = zip(AXES, combination, strict=True)
        if ended is None:
            alive.update(levels)
        else:
            early.update(levels)
    return frozenset(level for level in early if early[level] >= DEAD and level not in alive)


def _masked(plan: Plan, ran: Ran) -> frozenset[Pair]:
    exercised = (combination for combination, early in ran.items() if early is None)
    return plan.pairs - covering.all_pairs(AXES, exercised)


def _suspects(masked: frozenset[Pair], ran: Ran) -> dict[Combination, frozenset[Pair]]:
    """Return, for each early end, the pairs that can be its cause: no other cell clears them."""
    return {
        combination: frozenset(
            pair for pair in covering.pairs(AXES, combination) & masked if early.can_be(pair)
        )
        for combination, early in ran.items()
        if early is not None
    }


def coverage(plan: Plan, ran: Ran) -> Coverage:
    """Return how many of the allowed pairs a scenario exercised, and why not the others."""
    masked = _masked(plan, ran)
    return Coverage(
        strength=plan.strength,
        pairs=len(plan.pairs),
        exercised=len(plan.pairs) - len(masked),
        missing=_folded([_missing(pair, ran) for pair in sorted(masked)]),
    )


def _folded(missing: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
    """Return the reasons, with the pairs that no cell was meant for counted in one line."""
    told = [left for left in missing if left.reason != NOT_PLANNED]
    count = len(missing) - len(told)
    more = [LeftOut(what=f"{count} pairs", reason=NOT_PLANNED)] if count else []
    return (*told, *more)


def _missing(pair: Pair, ran: Ran) -> LeftOut:
    reasons = Counter(
        early.reason
        for combination, early in ran.items()
        if early is not None and pair in covering.pairs(AXES, combination)
    )
    told = " with ".join(f"{axis} {level}" for axis, level in pair)
    if not reasons:
        return LeftOut(what=told, reason=NOT_PLANNED)
    most, _ = min(reasons.items(), key=lambda item: (-item[1], item[0]))
    return LeftOut(
        what=told, reason=f"every cell with the two ended early ({reasons.total()}): {most}"
    )

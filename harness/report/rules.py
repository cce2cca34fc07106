"""The smallest rule over the axes that explains a cause, and what bears it out or not; pure.

A rule is tested on what was measured. What bears it out: it hits there. What contradicts it: the
same scenarios ran there and passed. What failed there in another way says nothing of the cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness import patterns
from harness.model import (
    Ending,
    EnvironmentStatus,
    JudgedCell,
    Matrix,
    Outcome,
    PatternName,
    ScenarioId,
)
from harness.report.axes import LIBRARY, axes_of, level_of, title_of
from harness.report.causes import Cause
from harness.report.tally import AXIS, in_order, natural, ranges

PATTERN = "pattern"
PLACE = "views added"
_OUTSIDE = "outside an application context"
_INSIDE = "inside an application context"
_MOST_RULES = 6
_MOST_OTHERS = 3
_WORTH = 3.0
"""How many axes it is worth to name, if they left out all that failed in another way."""
_AS_GOOD = 0.5
"""How much longer a rule may be that is told as another one that the data bears out as well."""
_LEVELS = 5
"""How many levels to name are as long as one more axis."""
_PREFERRED = (PATTERN, LIBRARY, AXIS, "sqlalchemy", "flask", PLACE)
"""Which of two axes that explain the same is named: a version of Python last."""

Condition = tuple[str, tuple[str, ...]]
"""An axis and the levels on it that the rule asks for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Where a cause hits, in as few axes as tell it; no condition means everywhere."""

    conditions: tuple[Condition, ...]
    text: str
    unit: str
    """What was counted: `cells`, or `patterns of cells`."""
    bears_out: int
    contradicts: int
    otherwise: int
    """Where it failed in another way, so that nothing can be told."""
    others: tuple[str, ...] = ()
    """Rules of about the same length that the data bears out just as well."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was measured, as sets of bits: one bit for each unit."""

    levels: Mapping[str, tuple[tuple[str, int], ...]]
    """For each axis its levels in order, each with the units that have it."""
    hit: int
    passed: int
    failed: int
    unit: str

    @property
    def known(self) -> int:
        return self.hit | self.passed | self.failed


@dataclass(frozen=True, slots=True)
class _Box:
    """Conditions on some axes and the units that meet them."""

    conditions: Mapping[str, tuple[str, ...]]
    units: int


class Explainer:
    """Gives the rules of causes; what all causes of a matrix share is worked out once."""

    def __init__(self, matrix: Matrix) -> None:
        self._matrix = matrix
        self._axes = axes_of(matrix)
        self._runs = {judged.result.cell.id: _outcomes(judged) for judged in matrix.cells}

    def rules(self, cause: Cause) -> tuple[Rule, ...]:
        """Give the rule that explains the cause, or several where that tells far more."""
        whole = any(pattern is None for _, pattern in cause.fields)
        facts = self._of_cells(cause) if whole else self._of_patterns(cause)
        return tuple(
            _rule(facts, box, alone=len(found) == 1) for found in (_boxes(facts),) for box in found
        )

    def _of_cells(self, cause: Cause) -> _Facts:
        hit = set(cause.cells)
        states = []
        for judged in self._matrix.cells:
            result = judged.result
            completed = result.ending is Ending.COMPLETED
            ready = result.environment.status is EnvironmentStatus.READY
            states.append(
                "hit" if result.cell.id in hit else "passed" if ready and completed else "failed"
            )
        levels = [self._levels(judged) for judged in self._matrix.cells]
        return _facts(self._named(), levels, states, "cells")

    def _of_patterns(self, cause: Cause) -> _Facts:
        states, levels = [], []
        for judged in self._matrix.cells:
            cell = judged.result.cell.id
            base = self._levels(judged)
            for pattern, outcomes in self._runs[cell].items():
                if patterns.is_control(pattern):
                    continue
                seen = {outcomes[name] for name in cause.scenarios if name in outcomes}
                state = "hit" if (cell, pattern) in cause.fields else _state(seen)
                if state:
                    place = _INSIDE if patterns.is_in_context(pattern) else _OUTSIDE
                    levels.append({**base, PATTERN: patterns.base_of(pattern), PLACE: place})
                    states.append(state)
        return _facts([*self._named(), PATTERN, PLACE], levels, states, "patterns of cells")

    def _named(self) -> list[str]:
        return list(self._axes)

    def _levels(self, judged: JudgedCell) -> dict[str, str]:
        return {axis: level_of(judged.result.cell, axis) for axis in self._axes}


def _outcomes(judged: JudgedCell) -> Mapping[PatternName, Mapping[ScenarioId, Outcome]]:
    found: dict[PatternName, dict[ScenarioId, Outcome]] = {}
    for seen in judged.result.observations:
        found.setdefault(seen.pattern, {})[seen.scenario] = seen.outcome
    return found


def _state(seen: set[Outcome]) -> str:
    """Give what a pattern says of a cause that did not hit it; empty where it says nothing."""
    if seen - {Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.NOT_RUN}:
        return "failed"
    return "passed" if Outcome.PASSED in seen else ""


def _facts(
    axes: Sequence[str], levels: Sequence[Mapping[str, str]], states: Sequence[str], unit: str
) -> _Facts:
    masks: dict[str, dict[str, int]] = {axis: {} for axis in axes}
    by_state = dict.fromkeys(("hit", "passed", "failed"), 0)
    # Bits are collected as text: adding them one by one to a long number takes its square.
    for axis in axes:
        for level in _sorted(axis, {one[axis] for one in levels}):
            masks[axis][level] = _bits(one[axis] == level for one in levels)
    for state in by_state:
        by_state[state] = _bits(one == state for one in states)
    return _Facts(
        levels={axis: tuple(masks[axis].items()) for axis in axes},
        hit=by_state["hit"],
        passed=by_state["passed"],
        failed=by_state["failed"],
        unit=unit,
    )


def _sorted(axis: str, levels: Iterable[str]) -> tuple[str, ...]:
    match axis:
        case "pattern":
            return tuple(sorted(levels, key=lambda one: patterns.rank(PatternName(one))))
        case "library" | "views added":
            return tuple(sorted(levels, key=natural))
        case _:
            return in_order(levels)


def _bits(members: Iterable[bool]) -> int:
    return int("".join("1" if member else "0" for member in members) or "0", 2)


def _boxes(facts: _Facts) -> tuple[_Box, ...]:
    """Give the smallest box around what is hit; several where one takes in too much else."""
    (whole, *_), bad = _smallest(facts, facts.hit)
    best: tuple[_Box, ...] = (whole,)
    for axis in sorted(facts.levels, key=_place):
        parts = _split(facts, axis)
        among = sum((box.units & facts.passed).bit_count() for box in parts)
        if 1 < len(parts) <= _MOST_RULES and among * 2 < bad:
            best, bad = parts, among
    return best


def _split(facts: _Facts, axis: str) -> tuple[_Box, ...]:
    """Give a box for each level of an axis; those that say the same of the other axes together."""
    found: dict[tuple[Condition, ...], tuple[list[str], int]] = {}
    for level, units in facts.levels[axis]:
        if facts.hit & units:
            (box, *_), _bad = _smallest(facts, facts.hit & units, given=(axis, level, units))
            rest = tuple((name, levels) for name, levels in box.conditions.items() if name != axis)
            names, together = found.get(rest, ([], 0))
            found[rest] = ([*names, level], together | box.units)
    return tuple(
        _Box({axis: tuple(names), **dict(rest)}, units) for rest, (names, units) in found.items()
    )


def _smallest(
    facts: _Facts, hit: int, given: tuple[str, str, int] | None = None
) -> tuple[list[_Box], int]:
    """Give the simplest boxes around `hit` that take in least that passed, and how much."""
    axis, level, within = given or ("", "", -1)
    around = {
        name: tuple((one, units) for one, units in levels if units & hit)
        for name, levels in facts.levels.items()
        if name != axis
    }
    narrows = [
        name
        for name in sorted(around, key=_place)
        if _union(around[name]) & facts.known & within != facts.known & within
    ]
    masks = {name: _union(around[name]) for name in narrows}
    least = (_meet(masks.values(), within) & facts.passed).bit_count()
    found = [
        _Box(
            {**({axis: (level,)} if given else {}), **{n: _names(around[n]) for n in names}},
            _meet((masks[name] for name in names), within),
        )
        for size in range(len(narrows) + 1)
        for names in combinations(narrows, size)
    ]
    fit = [box for box in found if (box.units & facts.passed).bit_count() == least]
    ordered = sorted(fit, key=lambda box: _length(box, facts))
    longest = _length(ordered[0], facts)[0] + _AS_GOOD
    return [box for box in ordered if _length(box, facts)[0] <= longest], least


def _length(box: _Box, facts: _Facts) -> tuple[float, int]:
    """Give what tells which of two boxes is the simpler one: its axes, then the levels to name.

    One more axis is worth its words where it leaves out much of what failed in another way.
    """
    named = sum(
        min(len(levels), len(facts.levels[axis]) - len(levels))
        for axis, levels in box.conditions.items()
    )
    open_, hit = ((box.units & units).bit_count() for units in (facts.failed, facts.hit))
    cost = len(box.conditions) + _WORTH * open_ / (open_ + hit) + named / _LEVELS
    return round(cost, 3), named


def _union(levels: Iterable[tuple[str, int]]) -> int:
    together = 0
    for _, units in levels:
        together |= units
    return together


def _meet(masks: Iterable[int], within: int) -> int:
    for mask in masks:
        within &= mask
    return within


def _names(levels: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(level for level, _ in levels)


def _place(axis: str) -> tuple[int, str]:
    return (_PREFERRED.index(axis) if axis in _PREFERRED else len(_PREFERRED)), axis


def _rule(facts: _Facts, box: _Box, *, alone: bool) -> Rule:
    known = {axis: _names(levels) for axis, levels in facts.levels.items()}
    others: list[str] = []
    if alone:
        fit, _ = _smallest(facts, facts.hit)
        others = [_text(one.conditions, known) for one in fit[1 : _MOST_OTHERS + 1]]
    return Rule(
        conditions=tuple(box.conditions.items()),
        text=_text(box.conditions, known),
        unit=facts.unit,
        bears_out=(box.units & facts.hit).bit_count(),
        contradicts=(box.units & facts.passed).bit_count(),
        otherwise=(box.units & facts.failed).bit_count(),
        others=tuple(others),
    )


def _text(conditions: Mapping[str, tuple[str, ...]], known: Mapping[str, tuple[str, ...]]) -> str:
    told = [
        f"{title_of(axis)} {_told(axis, levels, known[axis])}"
        for axis, levels in sorted(conditions.items(), key=lambda one: _place(one[0]))
    ]
    return "; ".join(told) or "everywhere"


def _told(axis: str, levels: Sequence[str], known: Sequence[str]) -> str:
    if axis not in {LIBRARY, PATTERN, PLACE}:
        return ranges(levels, known)
    rest = [level for level in known if level not in levels]
    named = _together(rest, known) if axis == LIBRARY else rest
    if len(named) < len(levels) and len(rest) < len(levels):
        return f"any but {', '.join(named)}"
    return ", ".join(_together(levels, known) if axis == LIBRARY else levels)


def _together(levels: Sequence[str], known: Sequence[str]) -> list[str]:
    """Give the levels; those of a package of which none is missing by its name alone."""
    found: list[str] = []
    for level in levels:
        package, pinned, _ = level.partition("==")
        same = [one for one in known if one.partition("==")[0] == package]
        all_of_it = pinned and len(same) > 1 and set(same) <= set(levels)
        found.append(f"{package} (every release tried)" if all_of_it else level)
    return list(dict.fromkeys(found))


def told(rule: Rule) -> Iterator[str]:
    """Give what the data says of a rule, in sentences."""
    total = rule.bears_out + rule.contradicts
    against = f"{rule.contradicts} contradict it"
    yield f"{rule.bears_out} of {total} {rule.unit} there bear it out, {against}"
    if rule.otherwise:
        yield f"{rule.otherwise} fail there in another way, which says nothing of this cause"
    if rule.others:
        yield f"the data cannot tell it from: {' | '.join(rule.others)}"

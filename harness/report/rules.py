"""The smallest rule over the axes that explains a cause, and what bears it out or not; pure.

A rule is tested on what was measured. What bears it out: it hits there. What contradicts it: the
same scenarios ran there and passed. What failed there in another way says nothing of the cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from harness.report.axes import LIBRARY, axes_of, level_of, short_name, title_of
from harness.report.causes import Cause, Field
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
Level = tuple[str, str]
"""An axis and one level on it."""


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


@dataclass(frozen=True, slots=True)
class _Unit:
    """A cell, or a pattern of a cell with what its scenarios showed."""

    judged: JudgedCell
    pattern: PatternName | None = None
    outcomes: Mapping[ScenarioId, Outcome] = field(default_factory=dict)

    @property
    def field(self) -> Field:
        return self.judged.result.cell.id, self.pattern


class Explainer:
    """Gives the rules of causes; what all causes of a matrix share is worked out once."""

    def __init__(self, matrix: Matrix) -> None:
        self._axes = tuple(axes_of(matrix))
        self._cells = tuple(_Unit(judged) for judged in matrix.cells)
        self._patterns = tuple(unit for judged in matrix.cells for unit in _units(judged))
        self._levels_of_cells = self._levels(self._cells)
        self._levels_of_patterns = self._levels(self._patterns)

    def rules(self, cause: Cause) -> tuple[Rule, ...]:
        """Give the rule that explains the cause, or several where that tells far more."""
        if any(pattern is None for _, pattern in cause.fields):
            facts = _facts(cause, self._cells, self._levels_of_cells, "cells")
        else:
            facts = _facts(cause, self._patterns, self._levels_of_patterns, "patterns of cells")
        boxes = _boxes(facts)
        return tuple(_rule(facts, box, alone=len(boxes) == 1) for box in boxes)

    def _levels(self, units: Sequence[_Unit]) -> Mapping[str, tuple[tuple[str, int], ...]]:
        told = [dict(self._level(unit)) for unit in units]
        axes = (*self._axes, PATTERN, PLACE) if units and units[0].pattern else self._axes
        return {axis: _masks(axis, [one[axis] for one in told]) for axis in axes}

    def _level(self, unit: _Unit) -> Iterator[Level]:
        for axis in self._axes:
            yield axis, level_of(unit.judged.result.cell, axis)
        if unit.pattern:
            yield PATTERN, patterns.base_of(unit.pattern)
            yield PLACE, _INSIDE if patterns.is_in_context(unit.pattern) else _OUTSIDE


def _units(judged: JudgedCell) -> Iterator[_Unit]:
    """Give the patterns of a cell, but for those that are broken on purpose."""
    for pattern, outcomes in _outcomes(judged).items():
        if not patterns.is_control(pattern):
            yield _Unit(judged, pattern, outcomes)


def _outcomes(judged: JudgedCell) -> Mapping[PatternName, Mapping[ScenarioId, Outcome]]:
    found: dict[PatternName, dict[ScenarioId, Outcome]] = {}
    for seen in judged.result.observations:
        found.setdefault(seen.pattern, {})[seen.scenario] = seen.outcome
    return found


def _facts(
    cause: Cause,
    units: Sequence[_Unit],
    levels: Mapping[str, tuple[tuple[str, int], ...]],
    unit: str,
) -> _Facts:
    states = [_state(cause, one) for one in units]
    hit, passed, failed = (_bits(states, state) for state in ("hit", "passed", "failed"))
    known = hit | passed | failed
    return _Facts(
        levels={
            axis: tuple((level, mask & known) for level, mask in masks if mask & known)
            for axis, masks in levels.items()
        },
        hit=hit,
        passed=passed,
        failed=failed,
        unit=unit,
    )


def _state(cause: Cause, unit: _Unit) -> str:
    """Give what a unit says of a cause: `hit`, `passed`, `failed` otherwise, or nothing."""
    if unit.field in cause.fields:
        return "hit"
    if unit.pattern is None:
        result = unit.judged.result
        ready = result.environment.status is EnvironmentStatus.READY
        return "passed" if ready and result.ending is Ending.COMPLETED else "failed"
    seen = {unit.outcomes[name] for name in cause.scenarios if name in unit.outcomes}
    if seen - {Outcome.PASSED, Outcome.NOT_APPLICABLE, Outcome.NOT_RUN}:
        return "failed"
    return "passed" if Outcome.PASSED in seen else ""


def _masks(axis: str, levels: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Give each level of an axis, in order, with the bits of the units that have it."""
    digits: dict[str, bytearray] = {}
    for at, level in enumerate(levels):
        digits.setdefault(level, bytearray(b"0" * len(levels)))[at] = ord("1")
    return tuple((level, int(digits[level], 2)) for level in _sorted(axis, digits))


def _bits(states: Sequence[str], state: str) -> int:
    return int("".join("1" if one == state else "0" for one in states) or "0", 2)


def _sorted(axis: str, levels: Iterable[str]) -> tuple[str, ...]:
    if axis == PATTERN:
        return tuple(sorted(levels, key=lambda one: patterns.rank(PatternName(one))))
    if axis in {LIBRARY, PLACE}:
        return tuple(sorted(levels, key=natural))
    return in_order(levels)


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
        return f"any but {_listed(named)}"
    return _listed(_together(levels, known) if axis == LIBRARY else levels)


def _listed(names: Sequence[str]) -> str:
    """Give names in a row; with `or` where one of them has a comma itself."""
    return " or ".join(names) if any("," in one for one in names) else ", ".join(names)


def _together(levels: Sequence[str], known: Sequence[str]) -> list[str]:
    """Give the levels; those of a package of which none is missing by its name alone."""
    found: list[str] = []
    for level in levels:
        package, pinned, _ = level.partition("==")
        same = [one for one in known if one.partition("==")[0] == package]
        all_of_it = pinned and len(same) > 1 and set(same) <= set(levels)
        found.append(f"{package} (every release tried)" if all_of_it else short_name(level))
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

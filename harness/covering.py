"""Choose combinations so that every group of levels that is allowed appears in one; pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import covertable

SALT = "2"
"""Breaks ties; any does, this one gave the fewest cells of forty for the matrix as shipped."""

Combination = tuple[str, ...]
"""One level for each axis, in the order of the axes."""
Forbidden = Mapping[str, frozenset[str]]
"""Levels that must not all be chosen together: those axes, each with one of these levels."""
Pair = tuple[tuple[str, str], tuple[str, str]]
"""Two levels of two axes, as ((axis, level), (axis, level))."""


def allowed(
    axes: Mapping[str, Sequence[str]], forbidden: Sequence[Forbidden]
) -> tuple[Combination, ...]:
    """Return every combination that no rule forbids, in the order of the axes and levels."""
    names = tuple(axes)
    checks = [[(names.index(axis), levels) for axis, levels in rule.items()] for rule in forbidden]
    return tuple(
        combination
        for combination in itertools.product(*axes.values())
        if not any(all(combination[at] in levels for at, levels in rule) for rule in checks)
    )


def covering_array(
    axes: Mapping[str, Sequence[str]], strength: int, forbidden: Sequence[Forbidden]
) -> tuple[Combination, ...]:
    """Return combinations in which every allowed group of `strength` levels appears.

    The same axes give the same combinations, whatever the order that they were written in: the
    caller hands the levels over in a canonical order.
    """
    rows = covertable.make(
        {axis: list(levels) for axis, levels in axes.items()},
        strength=min(strength, len(axes)),
        salt=SALT,
        constraints=[_as_condition(rule) for rule in forbidden],
    )
    return tuple(tuple(str(row[axis]) for axis in axes) for row in rows)


def _as_condition(rule: Forbidden) -> dict[str, object]:
    """Say "not all of these together" in covertable's words."""
    return {
        "operator": "or",
        "conditions": [
            {
                "operator": "not",
                "condition": {"operator": "in", "left": axis, "values": sorted(levels)},
            }
            for axis, levels in rule.items()
        ],
    }


def hits(axes: Sequence[str], combination: Combination, rules: Iterable[Forbidden]) -> int:
    """Return how many pairs of a combination's levels these rules are about."""
    levels = dict(zip(axes, combination, strict=True))
    return sum(all(levels[axis] in found for axis, found in rule.items()) for rule in rules)


def pairs(axes: Sequence[str], combination: Combination) -> frozenset[Pair]:
    """Return the pairs of levels that a combination holds."""
    return frozenset(itertools.combinations(zip(axes, combination, strict=True), 2))


def all_pairs(axes: Sequence[str], combinations: Iterable[Combination]) -> frozenset[Pair]:
    """Return the pairs of levels that these combinations hold together."""
    return frozenset().union(*(pairs(axes, combination) for combination in combinations))

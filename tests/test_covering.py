from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from harness import covering
from harness.covering import Forbidden

Axes = dict[str, tuple[str, ...]]


@st.composite
def problems(draw: st.DrawFn) -> tuple[Axes, list[Forbidden]]:
    sizes = draw(st.lists(st.integers(1, 4), min_size=3, max_size=5))
    axes = {f"a{at}": tuple(f"{at}{n}" for n in range(size)) for at, size in enumerate(sizes)}
    rules: list[Forbidden] = []
    for _ in range(draw(st.integers(0, 3))):
        chosen = draw(st.lists(st.sampled_from(sorted(axes)), min_size=2, max_size=2, unique=True))
        rules.append({axis: frozenset({draw(st.sampled_from(axes[axis]))}) for axis in chosen})
    return axes, rules


def groups(axes: Axes, combination: tuple[str, ...], strength: int) -> set[tuple[object, ...]]:
    levels = tuple(zip(axes, combination, strict=True))
    return set(itertools.combinations(levels, strength))


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(2, 3))
def test_every_group_of_levels_that_is_allowed_appears(
    problem: tuple[Axes, list[Forbidden]], strength: int
) -> None:
    axes, rules = problem
    allowed = covering.allowed(axes, rules)
    if not allowed:
        return
    chosen = covering.covering_array(axes, strength, rules)
    wanted = set().union(*(groups(axes, one, strength) for one in allowed))
    assert set(chosen) <= set(allowed)
    assert set().union(*(groups(axes, one, strength) for one in chosen)) == wanted


@settings(max_examples=20, deadline=None)
@given(problems())
def test_the_same_problem_has_the_same_answer(problem: tuple[Axes, list[Forbidden]]) -> None:
    axes, rules = problem
    if covering.allowed(axes, rules):
        assert covering.covering_array(axes, 2, rules) == covering.covering_array(axes, 2, rules)


def test_a_rule_forbids_its_levels_together_and_nothing_else() -> None:
    axes = {"a": ("1", "2"), "b": ("x", "y")}
    rule = {"a": frozenset("1"), "b": frozenset("y")}
    assert covering.allowed(axes, [rule]) == (("1", "x"), ("2", "x"), ("2", "y"))
    assert covering.hits(tuple(axes), ("1", "y"), [rule]) == 1

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from harness import covering, plan, replan
from harness.config import AXES, Spec
from harness.covering import Combination, Pair
from harness.replan import Early

SMALL = {
    "python": ("3.11", "3.12"),
    "flask": ("3.0", "3.1"),
    "flask-admin": ("2.1.0", "2.2.0", "2.2.1"),
    "sqlalchemy": ("2.0", "2.1"),
    "library": ("fsa3.0.5", "fsa3.1.1", "lite0.2.1", "plain"),
}


def small(spec: Spec) -> plan.Plan:
    return plan.make(spec, ("3.11", "3.12"), strength="2", selection=SMALL)


def played(
    spec: Spec, made: plan.Plan, truth: Callable[[Combination], Early | None]
) -> dict[Combination, Early | None]:
    """Run the plan against a hidden truth, with every cell that is added, to the end."""
    ran = {one: truth(one) for one in map(plan.combination_of, made.cells)}
    while more := replan.additional_cells(spec, made, ran):
        for cell in more:
            one = plan.combination_of(cell)
            assert one not in ran, "a cell was run twice"
            ran[one] = truth(one)
    return ran


@st.composite
def culprits(draw: st.DrawFn) -> frozenset[Pair]:
    """Hidden pairs of a Flask-Admin or Flask with a library, of which at most half are broken."""
    found = set()
    for _ in range(draw(st.integers(0, 3))):
        axis = draw(st.sampled_from(["flask-admin", "flask", "sqlalchemy"]))
        level = draw(st.sampled_from(SMALL[axis]))
        found.add(((axis, level), ("library", draw(st.sampled_from(SMALL["library"])))))
    return frozenset(found)


@settings(max_examples=25, deadline=None)
@given(hidden=culprits())
def test_every_pair_is_exercised_that_is_not_itself_the_cause(
    spec: Spec, hidden: frozenset[Pair]
) -> None:
    def truth(one: Combination) -> Early | None:
        broken = covering.pairs(AXES, one) & hidden
        return Early(control="", reason=str(sorted(broken))) if broken else None

    made = small(spec)
    ran = played(spec, made, truth)
    reachable = covering.all_pairs(AXES, (one for one in made.combinations if truth(one) is None))
    told = {left.what for left in replan.coverage(made, ran).missing}
    assert replan.coverage(made, ran).exercised == len(reachable), told


def test_nothing_is_added_where_every_cell_ran(spec: Spec) -> None:
    made = small(spec)
    ran: dict[Combination, Early | None] = dict.fromkeys(map(plan.combination_of, made.cells))
    assert replan.additional_cells(spec, made, ran) == ()
    assert replan.coverage(made, ran).missing == ()


def test_a_pair_that_was_exercised_nowhere_is_told_with_the_reason(spec: Spec) -> None:
    made = small(spec)
    ran: dict[Combination, Early | None] = {
        one: Early(control="", reason="ImportError: no") if "plain" in one else None
        for one in map(plan.combination_of, made.cells)
    }
    found = replan.coverage(made, ran)
    missing = {left.what: left.reason for left in found.missing}
    assert found.exercised == found.pairs - len(missing)
    assert "ImportError: no" in missing["flask-admin 2.2.1 with library plain"]


def test_what_had_not_been_imported_cannot_be_the_cause() -> None:
    early = Early(control="import library", reason="")
    admin, flask, library = ("flask-admin", "2.2.1"), ("flask", "3.1"), ("library", "plain")
    assert early.can_be((flask, library))
    assert not early.can_be((admin, library))
    assert not early.can_be((flask, admin))


def test_what_passed_without_flask_admin_is_not_the_cause_of_its_import() -> None:
    early = Early(control="import flask-admin", reason="")
    assert early.can_be((("flask-admin", "2.2.1"), ("library", "plain")))
    assert not early.can_be((("flask", "3.1"), ("library", "plain")))


@settings(max_examples=15, deadline=None)
@given(hidden=culprits(), control=st.sampled_from(["import flask-admin", "import library", ""]))
def test_what_is_told_as_missing_is_what_was_never_exercised(
    spec: Spec, hidden: frozenset[Pair], control: str
) -> None:
    def truth(one: Combination) -> Early | None:
        early = Early(control=control, reason="ImportError: no")
        return early if covering.pairs(AXES, one) & hidden else None

    made = small(spec)
    ran = played(spec, made, truth)
    found = replan.coverage(made, ran)
    exercised = covering.all_pairs(AXES, (one for one, early in ran.items() if early is None))
    assert found.pairs == len(made.pairs)
    assert found.exercised == len(made.pairs & exercised)
    assert len(found.missing) == found.pairs - found.exercised
    assert all(
        "ImportError: no" in left.reason or "no cell" in left.reason for left in found.missing
    )


def test_what_ends_everywhere_comes_to_an_end(spec: Spec) -> None:
    made = small(spec)
    ran = played(spec, made, lambda _: Early(control="import flask", reason="no"))
    assert replan.coverage(made, ran).exercised == 0
    assert set(ran) <= set(made.combinations)


def test_no_more_cells_are_added_at_a_time_than_a_batch(spec: Spec) -> None:
    made = small(spec)
    first = plan.combination_of(made.cells[0])
    early = Early(control="", reason="no")
    added = replan.additional_cells(spec, made, {first: early})
    assert 0 < len(added) <= replan.BATCH
    assert first not in map(plan.combination_of, added)
    assert added == replan.additional_cells(spec, made, {first: early})

"""`harness.turned`: which scenarios a change breaks or mends."""

from __future__ import annotations

from harness.errors import NOT_MEASURED, REGRESSED, UNCHANGED
from harness.model import EnvironmentStatus, Matrix, Observation, Outcome
from harness.turned import exit_status, turned
from tests.builders import BARE, cell, environment, error, failed, judged, matrix, observation


def one(*observations: Observation, python: str = "3.12") -> Matrix:
    return matrix(judged(*observations, cell=cell(python=python)))


def test_a_scenario_that_breaks_is_told_where_the_pattern_failed_before() -> None:
    float_lost = failed(scenario="column_types::float")
    before = one(float_lost, observation(scenario="admin_work::edit"))
    after = one(float_lost, failed(scenario="admin_work::edit", error=error("KeyError", "'x'")))
    (found,) = turned(before, after)
    assert found.breaks
    assert str(found) == (
        "breaks admin_work::edit (1 cell, 1 pattern;"
        " py3.12-flask3.1-admin2.2.1-sa2.0-fsa3.1.1): KeyError: 'x'"
    )


def test_a_scenario_that_is_mended_is_told_with_what_it_was() -> None:
    names = ("db", "db-session")
    before = one(*(failed(pattern=name, error=error("KeyError", "'x'")) for name in names))
    (found,) = turned(before, one(*(observation(pattern=name) for name in names)))
    assert not found.breaks
    assert "(1 cell, 2 patterns; " in str(found)
    assert str(found).startswith("mends ")
    assert str(found).endswith("was KeyError: 'x'")


def test_what_breaks_comes_first_and_cells_are_counted() -> None:
    cells = [("3.12", failed()), ("3.13", failed())]
    after = matrix(
        *(judged(seen, observation(scenario="a::b"), cell=cell(python=p)) for p, seen in cells)
    )
    before = matrix(
        *(judged(observation(), failed(scenario="a::b"), cell=cell(python=p)) for p, _ in cells)
    )
    found = turned(before, after)
    assert [item.breaks for item in found] == [True, False]
    assert {len(item.places) for item in found} == {2}


def test_what_was_not_seen_twice_turns_nothing() -> None:
    fails = one(failed())
    assert turned(None, fails) == ()
    assert turned(one(observation(), python="3.9"), fails) == ()
    assert turned(one(observation(scenario="other::one")), fails) == ()
    assert turned(one(observation(Outcome.ERRORED, error=error())), fails) == ()
    gone = matrix(judged(environment=environment(EnvironmentStatus.UNRESOLVABLE), cell=cell()))
    assert turned(one(observation()), gone) == ()


def test_a_control_is_meant_to_fail() -> None:
    assert turned(one(observation(pattern=BARE)), one(failed(pattern=BARE))) == ()


def test_what_breaks_is_a_regression_and_without_a_comparison_nothing_is_known() -> None:
    good, bad = one(observation()), one(failed())
    assert exit_status(UNCHANGED, good, turned(good, bad)) == REGRESSED
    assert exit_status(UNCHANGED, bad, turned(bad, good)) == UNCHANGED
    assert exit_status(NOT_MEASURED, good, ()) == NOT_MEASURED
    for nothing in (None, matrix()):
        assert exit_status(UNCHANGED, nothing, ()) == NOT_MEASURED
        assert exit_status(REGRESSED, nothing, ()) == REGRESSED

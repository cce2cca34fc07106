"""`harness.state`: over the full product of what can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, product

import pytest

from harness import state
from harness.model import (
    Ending,
    EnvironmentStatus,
    Guards,
    Kind,
    Outcome,
    Problem,
    State,
    Verdict,
)
from harness.state import Explained, Weight
from tests import builders

IMPOSSIBLE = {EnvironmentStatus.UNRESOLVABLE, EnvironmentStatus.UNINSTALLABLE}
UNKNOWN = {Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.ERRORED, Outcome.NOT_RUN}
FAILURES = {
    Weight.STOPS: State.DOES_NOT_START,
    Weight.UNSAFE: State.UNSAFE,
    Weight.WRONG: State.DOES_NOT_WORK,
}
COMPLETED = {
    **FAILURES,
    Weight.UNKNOWN: State.NOT_RUN,
    Weight.EXCEPT: State.WORKS_EXCEPT,
    Weight.FINE: State.WORKS,
    Weight.ABSENT: None,
}


def expected(status: EnvironmentStatus, ending: Ending, weight: Weight) -> State | None:
    if status is not EnvironmentStatus.READY:
        return State.DOES_NOT_START if status in IMPOSSIBLE else State.NOT_RUN
    if ending is Ending.IMPORT_FAILED:
        return State.DOES_NOT_START
    if ending is Ending.COMPLETED:
        return COMPLETED[weight]
    return FAILURES.get(weight, State.NOT_RUN)


@pytest.mark.parametrize(
    ("status", "ending", "weight"), list(product(EnvironmentStatus, Ending, Weight))
)
def test_every_status_ending_and_weight_has_its_state(
    status: EnvironmentStatus, ending: Ending, weight: Weight
) -> None:
    assert state.state_of(status, ending, weight) is expected(status, ending, weight)


def test_what_works_takes_a_completed_cell() -> None:
    works = {State.WORKS, State.WORKS_EXCEPT}
    found = [
        (status, ending)
        for status, ending, weight in product(EnvironmentStatus, Ending, Weight)
        if state.state_of(status, ending, weight) in works
    ]
    assert set(found) == {(EnvironmentStatus.READY, Ending.COMPLETED)}


@pytest.mark.parametrize(
    ("outcome", "guards", "explained", "builds"),
    list(product(Outcome, Guards, Explained, (True, False))),
)
def test_every_outcome_has_its_weight(
    outcome: Outcome, guards: Guards, explained: Explained, *, builds: bool
) -> None:
    found = state.weight(outcome, guards, explained, builds=builds)
    if outcome is not Outcome.FAILED:
        assert (found is Weight.UNKNOWN) is (outcome in UNKNOWN)
        assert (found is Weight.FINE) is (outcome is Outcome.PASSED)
        assert (found is Weight.ABSENT) is (outcome is Outcome.NOT_APPLICABLE)
        return
    assert (found is Weight.FINE) is (explained is Explained.HARMLESS)
    assert (found is Weight.EXCEPT) is (explained is Explained.SOMEBODY)
    if explained in (Explained.NOT, Explained.EVERYBODY):
        sessions = Weight.STOPS if builds else Weight.UNSAFE
        assert found is (sessions if guards is Guards.SESSIONS else Weight.WRONG)


def test_an_application_check_is_never_unsafe() -> None:
    weights = {
        state.weight(outcome, Guards.APPLICATIONS, explained, builds=builds)
        for outcome, explained, builds in product(Outcome, Explained, (True, False))
    }
    assert not weights & {Weight.UNSAFE, Weight.STOPS}


def test_the_worst_of_a_failures_problems_weighs() -> None:
    kinds: dict[Explained, Problem] = {
        Explained.EVERYBODY: builders.problem(needs=""),
        Explained.SOMEBODY: builders.problem(),
        Explained.HARMLESS: builders.problem(kind=Kind.LIMIT),
    }
    assert state.explained([]) is Explained.NOT
    order = list(kinds)
    for chosen in combinations_with_replacement(order, 2):
        worst: Explained = min(chosen, key=order.index)
        assert state.explained([kinds[one] for one in chosen]) is worst


def test_the_most_telling_weight_decides() -> None:
    assert state.telling([]) is Weight.UNKNOWN
    order: Sequence[Weight] = list(Weight)
    for first, second in product(order, order):
        assert state.telling([first, second]) is min(first, second, key=order.index)


@pytest.mark.parametrize("status", EnvironmentStatus)
@pytest.mark.parametrize("now", [*State, None])
def test_every_state_has_its_verdict(status: EnvironmentStatus, now: State | None) -> None:
    found = state.verdict_of(status, now)
    assert (found is Verdict.COMPATIBLE) is (now in {State.WORKS, State.WORKS_EXCEPT})
    assert (found is Verdict.UNSUPPORTED) is (now is None)
    assert (found is Verdict.INCONCLUSIVE) is (now is State.NOT_RUN)
    ready = status is EnvironmentStatus.READY
    assert (found is Verdict.IMPOSSIBLE) is (now is State.DOES_NOT_START and not ready)


def test_an_application_takes_the_best_of_the_patterns() -> None:
    states: list[State | None] = [*State, None]
    for first, second in product(states, states):
        found = state.overall([first, second])
        either = {first, second}
        assert (found is State.WORKS) is (State.WORKS in either)
        works = either & {State.WORKS, State.WORKS_EXCEPT}
        assert (found in {State.WORKS, State.WORKS_EXCEPT}) is bool(works)
        unknown = State.NOT_RUN in either or either == {None}
        assert (found is State.NOT_RUN) is (unknown and not works)
        assert found in {*either, State.NOT_RUN}

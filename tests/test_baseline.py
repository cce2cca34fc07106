"""What moved against the committed table: the changes, the exit status and the explanation."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given

from harness.baseline import change_of, compare, exit_status, explain
from harness.errors import NOT_MEASURED, REGRESSED, UNCHANGED
from harness.model import (
    Change,
    EnvironmentStatus,
    JudgedCell,
    Matrix,
    Moved,
    Observation,
    Outcome,
    Verdict,
)
from tests import matrix_strategies
from tests.builders import DB, caught, cell, environment, error, failed, judged, matrix, observation

KNOWN = set(Verdict) - {Verdict.INCONCLUSIVE}
UNKNOWN = observation(Outcome.ERRORED, error=error())


def expected(before: Verdict | None, after: Verdict | None, *, same: bool) -> Change:
    if before is after:
        return Change.UNCHANGED if same or before is None else Change.SHIFTED
    if before is None or after is None:
        return Change.APPEARED if before is None else Change.DISAPPEARED
    if {before, after} <= KNOWN and Verdict.COMPATIBLE in {before, after}:
        return Change.REGRESSED if before is Verdict.COMPATIBLE else Change.FIXED
    return Change.SHIFTED


@pytest.mark.parametrize(
    ("before", "after", "same"), list(product([None, *Verdict], [None, *Verdict], [True, False]))
)
def test_every_pair_of_verdicts_has_its_change(
    before: Verdict | None, after: Verdict | None, *, same: bool
) -> None:
    assert change_of(before, after, same=same) is expected(before, after, same=same)


def one(*observations: Observation, werkzeug: str = "3.1.8", **code: str) -> Matrix:
    installed = environment(packages={"flask": "3.1.3", "werkzeug": werkzeug})
    made = matrix(judged(*observations, *caught(), environment=installed))
    scenarios = {"shared": "a", "request_isolation": "b", "teardown": "c", **code}
    return replace(made, tool={**made.tool, "scenarios": scenarios})


def moved_db(before: Matrix | None, after: Matrix) -> Moved:
    return next(one for one in compare(before, after) if one.pattern == DB)


@pytest.mark.parametrize(
    ("before", "after", "change", "status"),
    [
        (observation(), failed(), Change.REGRESSED, REGRESSED),
        (failed(), observation(), Change.FIXED, UNCHANGED),
        (observation(), observation(), Change.UNCHANGED, UNCHANGED),
        (failed(), failed(error=error("KeyError", "x")), Change.SHIFTED, UNCHANGED),
        (observation(), UNKNOWN, Change.SHIFTED, NOT_MEASURED),
        (UNKNOWN, failed(), Change.SHIFTED, UNCHANGED),
        (UNKNOWN, UNKNOWN, Change.UNCHANGED, NOT_MEASURED),
    ],
)
def test_a_change_and_the_exit_status_it_makes(
    before: Observation, after: Observation, change: Change, status: int
) -> None:
    old, new = one(before), one(after)
    assert moved_db(old, new).change is change
    assert exit_status(compare(old, new), new) == status


def test_a_regression_counts_more_than_what_was_not_measured() -> None:
    other = judged(UNKNOWN, *caught(), cell=cell(python="3.9"))
    before = one(observation())
    after = matrix(*one(failed()).cells, other)
    assert exit_status(compare(before, after), after) == REGRESSED


def test_nothing_measured_at_all_is_not_unchanged() -> None:
    assert exit_status((), matrix()) == NOT_MEASURED


def test_what_cannot_be_installed_any_more_regressed() -> None:
    gone = environment(EnvironmentStatus.UNRESOLVABLE, message="flask-admin needs flask>=3.1")
    after = matrix(judged(environment=gone))
    assert moved_db(one(observation()), after).change is Change.REGRESSED


def test_without_an_earlier_table_everything_appeared() -> None:
    assert {one.change for one in compare(None, one(observation()))} == {Change.APPEARED}


def cells(*pythons: str) -> Matrix:
    return matrix(*(judged(observation(), *caught(), cell=cell(python=name)) for name in pythons))


def test_a_cell_that_is_not_in_the_plan_any_more_disappeared() -> None:
    moved = compare(cells("3.9", "3.12"), cells("3.12", "3.14"))
    changes = {one.cell.partition("-")[0]: one.change for one in moved}
    assert changes == {
        "py3.9": Change.DISAPPEARED,
        "py3.12": Change.UNCHANGED,
        "py3.14": Change.APPEARED,
    }


def test_nothing_disappears_where_only_a_part_was_run() -> None:
    moved = compare(cells("3.9", "3.12"), cells("3.12"), part=True)
    assert {one.change for one in moved} == {Change.UNCHANGED}


def test_a_new_scenario_that_passes_changes_nothing() -> None:
    after = one(observation(), observation(scenario="a::new"))
    assert moved_db(one(observation()), after).change is Change.UNCHANGED


def test_other_evidence_for_the_same_verdict_has_shifted() -> None:
    before, after = (one(observation(evidence={"sessions": count})) for count in (3, 2))
    assert moved_db(before, after).change is Change.SHIFTED


@pytest.mark.parametrize(
    ("after", "difference"),
    [
        (one(failed()), "same packages: flaky"),
        (one(failed(), teardown="other"), "same packages: flaky"),
        (one(failed(), request_isolation="other"), "same packages, scenario changed"),
        (one(failed(), shared="other"), "same packages, scenario changed"),
        (
            replace(one(failed()), tool={}),
            "same packages; not known whether the scenario changed",
        ),
        (one(failed(), werkzeug="3.1.9"), "werkzeug 3.1.8 -> 3.1.9"),
        (one(failed(scenario="a::new")), "same packages, other scenarios"),
    ],
)
def test_an_explanation_names_the_cause_and_what_differs(after: Matrix, difference: str) -> None:
    before = one(observation())
    line = explain(moved_db(before, after), before, after)
    assert line.startswith(f"{cell().id} db: compatible -> incompatible: RuntimeError: Working ")
    assert line.endswith(f"[{difference}]")
    assert "\n" not in line


@matrix_strategies.law
@given(matrix_strategies.matrices)
def test_a_matrix_did_not_move_against_itself(same: Matrix) -> None:
    assert {one.change for one in compare(same, same)} <= {Change.UNCHANGED}


@matrix_strategies.law
@given(matrix_strategies.matrices, matrix_strategies.matrices)
def test_each_field_of_both_matrices_is_told_once(before: Matrix, after: Matrix) -> None:
    def fields(cells: tuple[JudgedCell, ...]) -> set[tuple[str, str]]:
        return {(judged.result.cell.id, name) for judged in cells for name in judged.verdicts}

    moved = compare(before, after)
    told = [(one.cell, one.pattern) for one in moved]
    assert len(set(told)) == len(told)
    assert set(told) == fields(before.cells) | fields(after.cells)
    for one in moved:
        assert "\n" not in explain(one, before, after)
        if Verdict.INCONCLUSIVE in {one.before, one.after}:
            assert one.change is not Change.REGRESSED


def test_what_only_a_new_scenario_finds_is_no_regression() -> None:
    before = matrix(judged(observation(), *caught()))
    found = failed(scenario="column_types::new")
    after = matrix(judged(observation(), found, *caught()))
    moved = {one.pattern: one for one in compare(before, after)}
    assert moved[DB].change is Change.SHIFTED
    assert exit_status(moved.values(), after) != REGRESSED


def test_what_a_new_and_an_old_scenario_find_is_a_regression() -> None:
    before = matrix(judged(observation(), *caught()))
    after = matrix(judged(failed(), failed(scenario="column_types::new"), *caught()))
    moved = {one.pattern: one for one in compare(before, after)}
    assert moved[DB].change is Change.REGRESSED

"""The page: what is recommended and claimed follows from what was seen, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given

from harness.model import (
    Ending,
    EnvironmentStatus,
    JudgedCell,
    Judgement,
    Matrix,
    Outcome,
    Party,
    PatternName,
    State,
    Verdict,
)
from harness.report.causes import causes
from harness.report.claims import CLAIMS, Bearing, bearing
from harness.report.page import make_page
from harness.report.tally import Standing, Tally, field, in_order, natural, ranges, standing, tally
from harness.state import verdict_of
from tests import matrix_strategies
from tests.builders import (
    DB,
    DB_SESSION,
    SCENARIO,
    caught,
    cell,
    control,
    environment,
    error,
    failed,
    judged,
    matrix,
    observation,
)
from tests.sample import NO_LEAK, OWN_SESSION, SAME_OBJECT, SET_UP, good, lite, no_context, sample

UNKNOWN = observation(Outcome.ERRORED, error=error())


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (Tally(compatible=5), "✓ works 5/5"),
        (Tally(compatible=5, excepted=2), "⚠ works 5/5, 2 excepted"),
        (Tally(compatible=3, incompatible=2, excepted=1), "◐ partly 3/5, 1 excepted"),
        (Tally(incompatible=5), "✗ fails 0/5"),
        (Tally(compatible=3, incompatible=2), "◐ partly 3/5"),
        (Tally(unsupported=2), "○ unsupported"),
        (Tally(impossible=1), "∅ impossible"),
        (Tally(inconclusive=2), "? 2 unknown"),
        (Tally(), "· no cell"),
        (Tally(compatible=3, inconclusive=2), "? 3/3, 2 unknown"),
        (Tally(incompatible=1, inconclusive=2), "✗ fails 0/1, 2 unknown"),
        (
            Tally(compatible=1, impossible=2, unsupported=1),
            "✓ works 1/1, 1 unsupported, 2 impossible",
        ),
        (Tally(inconclusive=1, impossible=1), "? 1 unknown, 1 impossible"),
        (Tally(unsupported=1, impossible=1), "○ unsupported, 1 impossible"),
    ],
)
def test_a_field_sums_up_its_cells(count: Tally, text: str) -> None:
    assert field(count) == text


def test_nothing_unknown_or_failed_ever_looks_compatible() -> None:
    for states in product([*State, None], repeat=3):
        verdicts = [verdict_of(EnvironmentStatus.READY, one) for one in states]
        told = zip(verdicts, states, strict=True)
        count = tally(Judgement(verdict=verdict, state=one) for verdict, one in told)
        bad = {Verdict.INCONCLUSIVE, Verdict.INCOMPATIBLE} & set(verdicts)
        works = Verdict.COMPATIBLE in verdicts and not bad
        excepted = works and State.WORKS_EXCEPT in states
        assert (standing(count) is Standing.WORKS) is (works and not excepted)
        assert (standing(count) is Standing.EXCEPT) is excepted
        assert ("✓" in field(count)) is (works and not excepted)
        assert ("excepted" in field(count)) is (State.WORKS_EXCEPT in states)


def test_releases_are_in_the_order_of_their_age() -> None:
    assert in_order(["main", "2.10.0", "2.9.1", "2.10.0"]) == ("2.9.1", "2.10.0", "main")
    assert sorted(["py3.12-a", "py3.9-a"], key=natural) == ["py3.9-a", "py3.12-a"]


@pytest.mark.parametrize(
    ("releases", "text"),
    [("abc", "a-c"), ("ab", "a, b"), ("acde", "a, c-e"), ("e", "e"), ("", "")],
)
def test_only_releases_that_follow_each_other_make_a_range(releases: str, text: str) -> None:
    assert ranges(releases, "abcde") == text


def answer(*shown: str, admin: str = "2.2.1") -> tuple[str, str]:
    cells = judged(
        *(one for name in shown for one in good(name)), *caught(), cell=cell(admin=admin)
    )
    [told] = make_page(matrix(cells)).answers
    return told.use, told.why


@pytest.mark.parametrize(
    ("shown", "use"),
    [
        (["db-session", "db"], "db"),
        (["lazy-session", "scoped-session", "scoped-factory"], "scoped-factory"),
        (["db@context", "lazy-session"], "lazy-session"),
        (["db-session@context"], "db-session@context"),
    ],
)
def test_of_patterns_that_are_equally_good_the_simplest_is_recommended(
    shown: list[str], use: str
) -> None:
    assert answer(*shown) == (use, "works with 2.2.1 (1 of 1 cell)")


def two(newest: str, *older: str) -> Matrix:
    new = judged(*good(newest), *caught(), cell=cell(admin="2.2.1"))
    old = [
        judged(*(one for name in older for one in good(name)), *caught(), cell=cell(admin=admin))
        for admin in ("2.0.2", "2.1.0")
    ]
    return matrix(new, *old)


def test_what_works_in_the_newest_release_is_recommended_over_what_worked_in_older_ones() -> None:
    [told] = make_page(two("lazy-session", "db")).answers
    assert told.use == "lazy-session"


def test_what_works_in_more_releases_is_recommended_over_what_is_simpler() -> None:
    both = judged(*good("db"), *good("lazy-session"), *caught(), cell=cell(admin="2.2.1"))
    old = two("db", "lazy-session").cells[1:]
    [told] = make_page(matrix(both, *old)).answers
    assert (told.use, told.why) == ("lazy-session", "works with 2.0.2-2.2.1 (3 of 3 cells)")


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ([judged(failed(), *caught())], "no pattern works"),
        ([judged(UNKNOWN, *caught())], "nothing could be measured"),
        ([judged(UNKNOWN, failed(pattern="db-session"), *caught())], "nothing is known to work"),
        ([judged(*caught())], "no pattern was measured"),
    ],
)
def test_none_is_recommended_where_none_is_known_to_work(cells: list[JudgedCell], why: str) -> None:
    [told] = make_page(matrix(*cells)).answers
    assert (told.use, told.why) == ("none", why)


def test_what_works_in_part_is_recommended_with_the_levels_that_it_does_not_work_with() -> None:
    works = judged(*good("db"), *caught(), cell=cell(sqlalchemy="2.0"))
    fails = judged(failed(), *caught(), cell=cell(sqlalchemy="1.4"))
    [told] = make_page(matrix(works, fails)).answers
    why = "works in part with 2.2.1 (1 of 2 cells): not with sqlalchemy 1.4"
    assert (told.use, told.why) == ("db", why)


def test_what_was_not_measured_is_neither_counted_as_failed_nor_passed_over() -> None:
    fails, unknown = (
        judged(failed(), *caught()),
        judged(UNKNOWN, *caught(), cell=cell(python="3.9")),
    )
    not_run = judged(ending=Ending.NOT_RUN, cell=cell(admin="2.1.0"), planned=[(SCENARIO, DB)])
    [told] = make_page(matrix(fails, unknown, not_run)).answers
    assert [one.text for one in told.said] == [
        "fails with 2.2.1 (0 of 1 cell, 1 not measured); not known with 2.1.0 (1 not measured)"
    ]
    assert [cause.kind for cause in told.said[0].causes] == ["failed"]


def test_where_the_recommended_pattern_fails_is_told_too() -> None:
    works = judged(*good("db"), *caught())
    fails = judged(failed(), *caught(), cell=cell(admin="1.6.1"))
    [told] = make_page(matrix(works, fails)).answers
    assert told.why == "works with 2.2.1 (1 of 1 cell); fails with 1.6.1 (0 of 1 cell)"


def test_the_place_of_the_views_is_told_only_where_it_makes_a_difference() -> None:
    [told] = make_page(matrix(lite("2.2.1"))).answers
    said = [(one.patterns, one.text) for one in told.said]
    assert said == [
        (
            ("db-session (views added outside an application context)",),
            "fails with 2.2.1 (0 of 1 cell)",
        ),
        (
            ("db-session (views added inside an application context)", "lazy-session"),
            "works with 2.2.1 (1 of 1 cell)",
        ),
    ]


def test_one_root_cause_under_many_scenarios_is_one_cause() -> None:
    [cause] = causes(matrix(lite("2.1.0"), lite("2.2.1")))
    assert cause.text == "RuntimeError: Working outside of application context."
    assert (cause.times, len(cause.cells), len(cause.scenarios)) == (6, 2, 3)
    assert cause.patterns == (DB_SESSION,)
    assert [str(party) for party in cause.parties] == ["pattern"]
    assert cause.common == (
        "python 3.12",
        "flask 3.1",
        "sqlalchemy 2.1",
        "library lite0.2.1",
    )
    assert cause.command == f'nox -s "matrix({cause.cells[0]})"'


def test_addresses_and_folders_do_not_make_another_cause() -> None:
    seen = [
        failed(scenario=f"a::x{number}", error=error("E", f"<db at 0x7f{number}> /tmp/t{number}/a"))
        for number in range(3)
    ]
    [cause] = causes(matrix(judged(*seen, *caught())))
    assert (cause.text, cause.times) == ("E: <db at 0x...> .../a", 3)


def test_what_the_controls_fail_by_is_not_among_the_causes() -> None:
    page = make_page(matrix(judged(observation(), *caught())))
    assert page.causes == ()
    assert [cause.times for cause in page.control_causes] == [2]
    assert page.controls == (
        "bare-session: caught in 1 of the 1 cells where it ran",
        "bare-session@context: caught in 1 of the 1 cells where it ran",
    )


def test_a_control_that_is_not_caught_is_named_with_its_cell() -> None:
    page = make_page(matrix(judged(observation(), observation(pattern="bare-session"))))
    told = f"bare-session: caught in 0 of the 1 cells where it ran; NOT caught in {cell().id}"
    assert page.controls == (told,)
    assert page.rows[0].fields == ("? 1 unknown",)
    assert page.unknown[0].patterns == (DB, PatternName("bare-session"))


@pytest.mark.parametrize("ending", sorted(set(Ending) - {Ending.COMPLETED}))
def test_a_cell_that_ended_early_has_a_cause(ending: Ending) -> None:
    [cause] = causes(matrix(judged(ending=ending, message="why")))
    assert cause.kind == ending
    assert cause.text.endswith(": why")


def test_what_kept_cells_from_being_measured_comes_after_what_failed() -> None:
    not_made = environment(EnvironmentStatus.UNKNOWN, message="the run was stopped")
    stopped = [judged(environment=not_made, cell=cell(python=name)) for name in ("3.9", "3.10")]
    found = causes(matrix(*stopped, judged(failed(), *caught())))
    assert [(cause.kind, cause.parties) for cause in found] == [
        ("failed", (Party.FLASK_ADMIN,)),
        ("unknown", ()),
    ]


def test_a_control_that_failed_is_the_one_cause_of_a_failed_import() -> None:
    broken = [
        control(name, outcome=Outcome.FAILED, error=error("ImportError", "gone"))
        for name in ("import flask", "flask alone")
    ]
    [cause] = causes(matrix(judged(ending=Ending.IMPORT_FAILED, controls=broken)))
    assert (cause.kind, cause.text) == ("import-failed", "import flask: ImportError: gone")


def bearings(*cells: JudgedCell) -> list[set[Bearing]]:
    return [
        {bearing(claim, one) for one in cells if one.result.cell.adapter == claim.adapter}
        for claim in CLAIMS
    ]


def test_the_claims_hold_where_the_observations_bear_them_out() -> None:
    fsa = judged(*good("db-session"), *caught())
    assert bearings(fsa, lite("2.2.1")) == [{Bearing.HOLDS}] * len(CLAIMS)


def test_the_claims_are_contradicted_where_the_opposite_was_seen() -> None:
    leaks = [
        failed(scenario=name, pattern="db-session", error=error("AssertionError", "one Session"))
        for name in (SAME_OBJECT, OWN_SESSION, NO_LEAK)
    ]
    lite_works = judged(*good("db-session"), *no_context("lazy-session"), *caught(), cell=LITE)
    assert bearings(judged(*leaks, *caught()), lite_works) == [{Bearing.CONTRADICTED}] * len(CLAIMS)


LITE = cell(library="lite0.2.1")


def test_the_claims_are_not_measured_where_nothing_was_seen() -> None:
    broken = (judged(ending=Ending.IMPORT_FAILED, cell=one) for one in (cell(), LITE))
    assert bearings(*broken) == [{Bearing.NOT_MEASURED}] * len(CLAIMS)


def test_another_error_than_the_claimed_one_contradicts_the_claim() -> None:
    other = failed(scenario=SET_UP, pattern="db-session", error=error("TypeError", "no session"))
    [claim] = [claim for claim in CLAIMS if claim.raises]
    assert bearing(claim, judged(other, *caught(), cell=LITE)) is Bearing.CONTRADICTED


def test_every_cell_is_on_the_page() -> None:
    page = make_page(sample())
    assert len(page.cells) == len(sample().cells)
    assert {row.library for row in page.rows} == {
        judged.result.cell.library for judged in sample().cells
    }


@matrix_strategies.law
@given(matrix_strategies.matrices)
def test_the_order_of_the_cells_makes_no_difference(given_matrix: Matrix) -> None:
    backwards = replace(given_matrix, cells=given_matrix.cells[::-1])
    assert make_page(backwards) == make_page(given_matrix)

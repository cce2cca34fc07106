"""Which forms of the workaround are safe, which only look so, and which limits were told."""

from __future__ import annotations

from harness.model import Ending, Observation, Outcome, PatternName, ScenarioId
from harness.report.forms import Standing, forms, limits_told, standing
from harness.report.page import make_page
from harness.report.to_markdown import to_markdown
from tests.builders import BARE, LAZY, caught, error, judged, matrix, observation

SHOWS = ScenarioId("stored_rows::rows_are_created_edited_and_deleted")
LEAKS = ScenarioId("teardown::nothing_stays_open_after_a_request")
TEXT = "an async view's Session is not ended with the request"


def seen(
    scenario: ScenarioId, outcome: Outcome, limit: str = "", pattern: PatternName = LAZY
) -> Observation:
    told = error("AssertionError", "left open") if outcome is Outcome.FAILED else None
    return observation(
        outcome, scenario=scenario, pattern=pattern, error=told, evidence={"limit": limit}
    )


def test_what_passes_everything_is_safe() -> None:
    cell = judged(seen(SHOWS, Outcome.PASSED), seen(LEAKS, Outcome.PASSED), *caught())
    assert standing(cell, LAZY) is Standing.SAFE


def test_what_shows_and_stores_rightly_and_fails_later_only_looks_safe() -> None:
    cell = judged(seen(SHOWS, Outcome.PASSED), seen(LEAKS, Outcome.FAILED), *caught())
    assert standing(cell, LAZY) is Standing.LOOKS_SAFE


def test_what_does_not_show_its_rows_fails_at_once() -> None:
    cell = judged(seen(SHOWS, Outcome.FAILED), seen(LEAKS, Outcome.PASSED), *caught())
    assert standing(cell, LAZY) is Standing.FAILS


def test_where_nothing_could_be_seen_nothing_is_said() -> None:
    for outcome in (Outcome.NOT_APPLICABLE, Outcome.ERRORED, Outcome.TIMED_OUT):
        assert standing(judged(seen(SHOWS, outcome), *caught()), LAZY) is None
    broken = judged(ending=Ending.IMPORT_FAILED)
    assert standing(broken, LAZY) is None


def test_the_table_counts_the_cells_of_each_release() -> None:
    safe = judged(seen(SHOWS, Outcome.PASSED), *caught())
    (form,) = forms(matrix(safe))
    assert (form.pattern, form.by_release[-1][1]) == (LAZY, "safe 1/1")


def test_a_limit_is_told_with_the_cells_that_could_have_told_it() -> None:
    limited = judged(seen(LEAKS, Outcome.PASSED, TEXT), *caught())
    (limit,) = limits_told(matrix(limited))
    assert (limit.text, limit.patterns, limit.measured) == (TEXT, (LAZY,), 1)
    page = to_markdown(make_page(matrix(limited)))
    assert "## Limits of what works" in page
    assert "in 1 of 1 cell" in page


def test_what_a_control_tells_is_no_limit_of_anybody() -> None:
    cell = judged(seen(LEAKS, Outcome.PASSED, TEXT, BARE), seen(SHOWS, Outcome.PASSED))
    assert not limits_told(matrix(cell))

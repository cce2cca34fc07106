"""Which forms of the workaround are safe, and which only look so."""

from __future__ import annotations

from harness.model import Ending, Observation, Outcome, ScenarioId
from harness.report.forms import Standing, forms, standing
from tests.builders import LAZY, caught, error, judged, matrix, observation

SHOWS = ScenarioId("stored_rows::rows_are_created_edited_and_deleted")
LEAKS = ScenarioId("teardown::nothing_stays_open_after_a_request")


def seen(scenario: ScenarioId, outcome: Outcome) -> Observation:
    told = error("AssertionError", "left open") if outcome is Outcome.FAILED else None
    return observation(outcome, scenario=scenario, pattern=LAZY, error=told)


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

"""The scenarios on trial: who catches what, and what does not say the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.measure import benchmark, load, trial
from harness.model import Observation, Outcome, PatternName, ScenarioId
from tests.builders import error, observation
from tests.conftest import ROOT

ONE, TWO = ScenarioId("a::one"), ScenarioId("a::two")
NEVER = PatternName("control:never-removed")
GOOD = trial.GOOD[0]


def seen(
    scenario: ScenarioId, pattern: PatternName, outcome: Outcome, **evidence: str
) -> Observation:
    return observation(outcome, scenario=scenario, pattern=pattern, evidence=evidence)


def test_the_controls_are_read_from_their_sources() -> None:
    names = trial.control_names(ROOT / "scenarios")
    assert "bare-session" in names
    assert NEVER in names
    assert "control:" not in names
    assert len(names) >= 10


def test_a_source_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "controls.py").write_text("def (")
    with pytest.raises(BadInput, match=r"controls\.py cannot be read"):
        trial.control_names(tmp_path)


def test_a_scenario_that_no_control_fails_is_blind() -> None:
    found = trial.caught(
        [seen(ONE, NEVER, Outcome.FAILED), seen(TWO, NEVER, Outcome.PASSED)]
        + [seen(one, GOOD, Outcome.PASSED) for one in (ONE, TWO)]
    )
    assert found.blind == (TWO,)
    assert found.by(ONE) == (NEVER,)
    assert "caught by none: a::two" in trial.controls_table(found)


def test_the_broken_pages_are_told_from_the_broken_handles() -> None:
    pages = trial.page_names(ROOT / "scenarios")
    assert {"control:lying-view", "control:open-view", "control:idle-pages"} <= pages
    assert not pages & {NEVER, "control:needs-context", "control:restless-view"}
    assert pages < set(trial.control_names(ROOT / "scenarios"))


def test_a_session_check_that_only_a_broken_page_fails_is_none() -> None:
    page = PatternName("control:lying-view")
    shown = [seen(ONE, page, Outcome.FAILED), seen(TWO, NEVER, Outcome.FAILED)]
    found = trial.caught(shown, sessions=[ONE, TWO], pages=[page])
    assert not found.blind
    assert found.not_of_sessions == (ONE,)
    assert found.is_amiss
    assert "a session check that no broken handle fails: a::one" in trial.controls_table(found)
    assert not trial.caught(shown, sessions=[TWO], pages=[page]).not_of_sessions


def test_a_handle_with_which_nothing_can_be_built_tells_only_of_building() -> None:
    building = min(trial.BUILDING)
    shown = [seen(one, NEVER, Outcome.FAILED) for one in (ONE, building)]
    assert trial.caught(shown, sessions=[ONE, building]).not_of_sessions == (ONE,)


def test_a_scenario_that_does_not_apply_is_not_blind() -> None:
    found = trial.caught([seen(ONE, NEVER, Outcome.NOT_APPLICABLE)])
    assert not found.blind


def test_a_control_that_passes_everything_is_told() -> None:
    found = trial.caught([seen(ONE, NEVER, Outcome.PASSED)])
    assert found.passed_by == (NEVER,)


def test_what_is_good_has_to_pass() -> None:
    found = trial.caught([seen(ONE, GOOD, Outcome.FAILED)])
    assert found.wrong == ((ONE, GOOD),)


def test_what_is_good_may_have_a_named_problem() -> None:
    found = trial.caught([seen(ONE, GOOD, Outcome.FAILED)], named=[(ONE, GOOD)])
    assert not found.wrong


def test_a_control_that_breaks_a_scenario_is_told() -> None:
    found = trial.caught([seen(ONE, NEVER, Outcome.ERRORED)])
    assert found.unclear == ((ONE, NEVER),)


def test_what_shows_the_same_each_time_is_steady() -> None:
    found = trial.Steadiness()
    for address in ("0x1234", "0x5678"):
        failed = error("KeyError", f"<User at {address}>")
        found.add([observation(Outcome.FAILED, error=failed)])
    assert not found.unsteady
    assert found.text().startswith("2 runs, 2 observations of 1 pairs")


@pytest.mark.parametrize("other", [Outcome.FAILED, Outcome.NOT_APPLICABLE])
def test_another_outcome_is_unsteady(other: Outcome) -> None:
    found = trial.Steadiness()
    found.add([observation()])
    found.add([observation(other)])
    assert len(found.unsteady) == 1


def test_other_evidence_is_unsteady() -> None:
    found = trial.Steadiness()
    for sessions in ("1", "2"):
        found.add([seen(ONE, GOOD, Outcome.PASSED, sessions=sessions)])
    assert [pair for pair, _ in found.unsteady] == [(ONE, GOOD)]
    assert "'sessions': '2'" in found.text()


def test_what_a_random_half_left_out_is_no_difference() -> None:
    found = trial.Steadiness()
    found.add([observation()])
    found.add([observation(Outcome.NOT_RUN)])
    assert (found.runs, found.observations, found.unsteady) == (2, 1, [])


def test_the_budget_counts_the_imports_and_each_observation() -> None:
    assert benchmark.budget(2.0, 100) == pytest.approx(7.0)


def test_cores_are_busy_and_then_no_longer() -> None:
    with load.busy(1):
        pass

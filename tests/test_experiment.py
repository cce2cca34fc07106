"""What an experiment says of its pins: works, broken, and why."""

from __future__ import annotations

from harness.inquiries.experiment import Experiment, Finding, Standing
from harness.model import EnvironmentStatus, JudgedCell, Outcome
from tests.builders import DB, LAZY, caught, environment, failed, judged, observation

EXPERIMENT = Experiment(python="3.12", requirements=(), library="sqlalchemy", adapter="plain")
ABSENT = observation(Outcome.NOT_APPLICABLE, pattern=DB, reason="there is no db")


def finding(one: JudgedCell) -> Finding:
    return Finding(experiment=EXPERIMENT, judged=one)


def test_one_pattern_that_works_is_enough_and_has_no_cause() -> None:
    found = finding(judged(failed(pattern=LAZY), observation(pattern=DB), *caught()))
    assert (found.standing, found.cause, found.working) == (Standing.WORKS, "", (DB,))


def test_the_cause_is_of_a_pattern_that_fails_and_not_of_one_that_does_not_exist() -> None:
    found = finding(judged(ABSENT, failed(pattern=LAZY), *caught()))
    assert found.standing is Standing.BROKEN
    assert found.cause.startswith("RuntimeError: Working outside of application context")


def test_what_cannot_be_installed_is_not_broken() -> None:
    none = environment(EnvironmentStatus.UNRESOLVABLE, message="a needs b and you require c")
    found = finding(judged(environment=none))
    assert found.standing is Standing.NOT_ALLOWED
    assert found.cause == "a needs b and you require c"


def test_a_control_that_passes_proves_nothing() -> None:
    found = finding(judged(observation(pattern=DB), observation(pattern="bare-session")))
    assert found.standing is Standing.UNKNOWN

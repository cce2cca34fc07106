"""The scenarios themselves on trial: each control is caught, each scenario catches something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import pytest

from harness import catalog, problems, record
from harness.measure import trial
from harness.model import Guards, Observation, Outcome, Problem
from tests import subject
from tests.conftest import ROOT

pytestmark = pytest.mark.network

GOOD = "scoped-factory"
APART = Outcome.NOT_APPLICABLE
"""What this one environment lacks: Pillow, Flask-Babel, the types of PostgreSQL."""
Seen = Mapping[tuple[str, str], Outcome]
"""The outcome of each scenario under each pattern."""
CONTROLS = trial.control_names(ROOT / "scenarios")
PAGES = trial.page_names(ROOT / "scenarios")
SCENARIOS = catalog.read(ROOT / "scenarios")
SESSION_CHECKS = [one.id for one in SCENARIOS if one.guards is Guards.SESSIONS]
TRIED = {
    Guards.SESSIONS: tuple(name for name in CONTROLS if name not in PAGES),
    Guards.APPLICATIONS: tuple(name for name in CONTROLS if name in PAGES),
}
"""What has to be caught by which: broken handles by session checks, broken pages by the others."""


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Observation]:
    """Run every scenario under the good pattern and under its controls, in one environment."""
    folder = tmp_path_factory.mktemp("controls")
    venv = subject.make(folder)
    for guards, controls in TRIED.items():
        chosen = [word for name in (GOOD, *controls) for word in ("--pattern", name)]
        of = {one.id.partition("::")[0] for one in SCENARIOS if one.guards is guards}
        files = [f"scenarios/test_{module}.py" for module in sorted(of)]
        argv = subject.command(venv, folder, "-n", "2", *chosen, "--any-pattern", files=files)
        subject.ran(*argv)
    records = folder / "records"
    found = (
        (record.parse(path.read_text(encoding="utf-8")), "") for path in records.glob("record-*")
    )
    return record.merge(found, ())


@pytest.fixture(scope="module")
def seen(observed: Sequence[Observation]) -> Seen:
    return {(str(one.scenario), str(one.pattern)): one.outcome for one in observed}


def failed_by(seen: Seen, pattern: str) -> AbstractSet[str]:
    """Return the scenarios that a pattern fails."""
    return {
        one for (one, name), found in seen.items() if name == pattern and found is Outcome.FAILED
    }


def test_every_scenario_was_tried_with_every_control(seen: Seen) -> None:
    planned = {(str(one.id), str(name)) for one in SCENARIOS for name in (GOOD, *TRIED[one.guards])}
    missing = planned - seen.keys()
    assert not missing, f"never run: {sorted(missing)}"


def test_every_scenario_catches_a_control(seen: Seen) -> None:
    caught = {one for name in CONTROLS for one in failed_by(seen, name)}
    apart = {one for (one, name), found in seen.items() if name == GOOD and found is APART}
    blind = sorted({scenario for scenario, _ in seen} - caught - apart)
    assert not blind, f"no control fails these scenarios: {', '.join(blind)}"


def test_every_session_check_catches_a_broken_handle(
    observed: Sequence[Observation], seen: Seen
) -> None:
    found = trial.caught(observed, SESSION_CHECKS, PAGES).not_of_sessions
    wrong = [one for one in found if seen[one, GOOD] is not APART]
    assert not wrong, f"no broken handle fails these session checks: {', '.join(wrong)}"


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_is_caught(seen: Seen, control: str) -> None:
    assert failed_by(seen, control), f"{control} passes every scenario"


def test_what_is_known_to_work_fails_only_by_named_problems(
    observed: Sequence[Observation],
) -> None:
    entries = problems.load((ROOT / problems.FILE).read_text(encoding="utf-8"))
    wrong = {
        str(one.scenario): one.outcome
        for one in observed
        if one.pattern == GOOD
        and one.outcome not in (Outcome.PASSED, APART)
        and not (one.outcome is Outcome.FAILED and is_named(entries, one))
    }
    assert not wrong, f"{GOOD}: " + ", ".join(f"{one} {found}" for one, found in wrong.items())


def is_named(entries: Iterable[Problem], seen: Observation) -> bool:
    """Tell whether one entry is about a failure of a check of applications: every one it meets."""
    error = problems.told(seen.error)
    about = [
        one
        for one in entries
        if problems.is_about(one, seen.scenario) and re.search(one.error, error)
    ]
    return str(seen.scenario) not in SESSION_CHECKS and len(about) == 1


def test_no_control_breaks_a_scenario_instead_of_failing_it(seen: Seen) -> None:
    known = {Outcome.PASSED, Outcome.FAILED, APART}
    other = {pair: found for pair, found in seen.items() if found not in known}
    assert not other, f"neither passed nor failed: {other}"

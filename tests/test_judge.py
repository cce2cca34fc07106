"""The verdicts: over the full product of what can be seen, and what believing them takes."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import TELLING, judge, party_to_blame, telling_outcome, verdict_of
from harness.model import (
    CellResult,
    Control,
    Ending,
    EnvironmentStatus,
    Error,
    Observation,
    Outcome,
    Party,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.patterns import NEUTRAL, PATTERNS, rank, same_as
from tests import builders, matrix_strategies
from tests.builders import (
    BARE,
    DB,
    SCENARIO,
    caught,
    control,
    error,
    failed,
    judged,
    observation,
)

IMPOSSIBLE = {EnvironmentStatus.UNRESOLVABLE, EnvironmentStatus.UNINSTALLABLE}
COMPLETED = {
    Outcome.PASSED: Verdict.COMPATIBLE,
    Outcome.FAILED: Verdict.INCOMPATIBLE,
    Outcome.NOT_APPLICABLE: Verdict.UNSUPPORTED,
    Outcome.ERRORED: Verdict.INCONCLUSIVE,
    Outcome.CRASHED: Verdict.INCONCLUSIVE,
    Outcome.TIMED_OUT: Verdict.INCONCLUSIVE,
    Outcome.NOT_RUN: Verdict.INCONCLUSIVE,
}


def expected(status: EnvironmentStatus, ending: Ending, telling: Outcome) -> Verdict:
    if status is not EnvironmentStatus.READY:
        return Verdict.IMPOSSIBLE if status in IMPOSSIBLE else Verdict.INCONCLUSIVE
    if ending is Ending.IMPORT_FAILED or telling is Outcome.FAILED:
        return Verdict.INCOMPATIBLE
    return COMPLETED[telling] if ending is Ending.COMPLETED else Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("status", "ending", "telling"), list(product(EnvironmentStatus, Ending, Outcome))
)
def test_every_status_ending_and_outcome_has_its_verdict(
    status: EnvironmentStatus, ending: Ending, telling: Outcome
) -> None:
    assert verdict_of(status, ending, telling) is expected(status, ending, telling)


def test_compatible_takes_a_completed_cell_in_which_something_passed() -> None:
    triples = product(EnvironmentStatus, Ending, Outcome)
    compatible = [triple for triple in triples if verdict_of(*triple) is Verdict.COMPATIBLE]
    assert compatible == [(EnvironmentStatus.READY, Ending.COMPLETED, Outcome.PASSED)]


def test_each_outcome_has_its_place_in_what_tells_most() -> None:
    assert sorted(TELLING) == sorted(Outcome)
    assert telling_outcome([]) is Outcome.NOT_RUN
    for first, second in product(Outcome, Outcome):
        worse = min(first, second, key=TELLING.index)
        assert telling_outcome([first, second]) is worse


@pytest.mark.parametrize(
    ("broken", "party"),
    [
        (("flask alone", Party.ENVIRONMENT), Party.ENVIRONMENT),
        (("library alone", Party.LIBRARY), Party.LIBRARY),
        (None, Party.FLASK_ADMIN),
    ],
)
def test_a_failure_is_blamed_on_the_control_that_fails_too(
    broken: tuple[str, Party] | None, party: Party
) -> None:
    controls: list[Control] = []
    if broken:
        name, blamed = broken
        controls = [control(name, party=blamed, outcome=Outcome.FAILED, error=error())]
    told = judged(failed(), *caught(), controls=controls).verdicts[DB]
    assert (told.verdict, told.party) == (Verdict.INCOMPATIBLE, party)


def test_what_fails_without_flask_admin_too_is_blamed_on_the_pattern() -> None:
    told = judged(failed(), failed(scenario="without_admin::x"), *caught()).verdicts[DB]
    assert told.party is Party.PATTERN


def test_an_error_of_the_harness_is_blamed_on_the_harness() -> None:
    told = judged(observation(Outcome.ERRORED, error=error()), *caught()).verdicts[DB]
    assert (told.verdict, told.party) == (Verdict.INCONCLUSIVE, Party.HARNESS)


@pytest.mark.parametrize("verdict", Verdict)
def test_only_what_went_wrong_has_a_party(verdict: Verdict) -> None:
    party = party_to_blame(verdict, (), ())
    assert party is (Party.FLASK_ADMIN if verdict is Verdict.INCOMPATIBLE else None)


def test_the_reasons_name_each_root_cause_once_the_most_frequent_first() -> None:
    told = judged(
        failed(scenario="a::one", error=error("KeyError", "'x' at 0x7f12")),
        failed(scenario="a::two"),
        failed(scenario="a::three"),
        *caught(),
    ).verdicts[DB]
    assert told.because == (
        "RuntimeError: Working outside of application context. (a::three and 1 more scenario)",
        "KeyError: 'x' at 0x... (a::one)",
    )


def test_a_failed_import_is_told_by_the_control_that_failed() -> None:
    gone = error("ImportError", "cannot import name 'X'")
    told = judged(
        ending=Ending.IMPORT_FAILED,
        controls=[
            control(
                "import flask-admin", party=Party.FLASK_ADMIN, outcome=Outcome.FAILED, error=gone
            )
        ],
    )
    assert set(told.verdicts) == set(PATTERNS)
    for judgement in told.verdicts.values():
        assert judgement.verdict is Verdict.INCOMPATIBLE
        assert judgement.because == ("import flask-admin: ImportError: cannot import name 'X'",)
        assert judgement.party is Party.FLASK_ADMIN


def test_a_failed_import_that_no_control_tells_of_is_not_blamed_on_flask_admin() -> None:
    told = judged(ending=Ending.IMPORT_FAILED, message="no module").verdicts[DB]
    assert told.party is Party.ENVIRONMENT
    assert told.because == ("the packages cannot be imported together: no module",)


def test_what_was_planned_and_not_seen_is_missing() -> None:
    planned = [(ScenarioId("a::seen"), DB), (ScenarioId("a::unseen"), DB)]
    told = judged(observation(scenario="a::seen"), *caught(), planned=planned).verdicts[DB]
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.because == ("no observation of what was planned (a::unseen)",)


def test_a_crash_is_told_with_the_scenario() -> None:
    told = judged(
        observation(Outcome.CRASHED, scenario="a::x", reason="signal 11"),
        *caught(),
        ending=Ending.CRASHED,
        message="the process ended by signal 11",
    ).verdicts[DB]
    assert told.verdict is Verdict.INCONCLUSIVE
    assert told.because == (
        "the cell crashed: the process ended by signal 11",
        "crashed: signal 11 (a::x)",
    )


def test_a_pattern_that_never_applies_is_unsupported_with_the_reason() -> None:
    seen = [
        observation(Outcome.NOT_APPLICABLE, scenario=f"a::{name}", reason="takes no `db`")
        for name in "xy"
    ]
    told = judged(*seen, *caught()).verdicts[DB]
    assert (told.verdict, told.because) == (Verdict.UNSUPPORTED, ("takes no `db`",))


@pytest.mark.parametrize("name", [BARE, PatternName(f"{BARE}@context")])
def test_where_a_control_passes_nothing_that_passed_is_believed(name: PatternName) -> None:
    told = judged(observation(), observation(pattern=name), failed(pattern="db-session")).verdicts
    reason = f"the control {name} passed every scenario here, so passing proves nothing"
    assert told[DB].verdict is told[name].verdict is Verdict.INCONCLUSIVE
    assert told[DB].because == told[name].because == (reason,)
    assert told[builders.DB_SESSION].verdict is Verdict.INCOMPATIBLE


def test_warnings_are_gathered_once() -> None:
    told = judged(
        observation(scenario="a::x", warnings=["b.py: old", "a.py: old"]),
        observation(scenario="a::y", warnings=["b.py: old"]),
        *caught(),
    ).verdicts[DB]
    assert told.warnings == ("a.py: old", "b.py: old")


def test_paths_of_the_machine_do_not_reach_the_table() -> None:
    trace = 'File "/srv/me/.nox/x/lib/python3.12/site-packages/flask/app.py", line 3\n'
    seen = failed(error=Error(type="E", message="no /tmp/pytest-1/app.db", traceback=trace))
    kept = judged(seen, *caught()).result.observations[0].error
    assert kept == Error(
        type="E", message="no .../app.db", traceback='File "flask/app.py", line 3\n'
    )


def test_folders_that_a_compiler_is_told_of_do_not_either() -> None:
    said = "['gcc', '-Wall', '-I/root/.cache/uv/x/include', '-L/opt/python/lib', '-c', 'src/a.c']"
    told = judged(environment=builders.environment(EnvironmentStatus.UNINSTALLABLE, message=said))
    assert told.result.environment.message == (
        "['gcc', '-Wall', '-I.../include', '-L.../lib', '-c', 'src/a.c']"
    )


def test_a_traceback_is_kept_once_for_each_error_of_a_cell() -> None:
    trace = error(traceback="Traceback: 1")
    seen = [failed(scenario=f"a::x{number}", error=trace) for number in range(3)]
    other = failed(scenario="a::other", error=error("KeyError", "x", "Traceback: 2"))
    kept = judged(*seen, other, *caught()).result.observations
    told = [one.error.traceback for one in kept if one.error and one.pattern == DB]
    assert told == ["Traceback: 2", "Traceback: 1", "", ""]


def test_a_long_warning_still_tells_where_it_points() -> None:
    long = f"DeprecationWarning: {'very ' * 100}old. (/x/site-packages/flask_admin/a.py:3)"
    [warning] = judged(observation(warnings=[long, long]), *caught()).verdicts[DB].warnings
    assert len(warning) <= 200
    assert warning.startswith("DeprecationWarning: very")
    assert warning.endswith("... (flask_admin/a.py:3)")


def test_addresses_of_pages_stay_in_messages() -> None:
    seen = failed(error=Error(type="E", message="GET /admin/user/new/ answered 500"))
    assert "GET /admin/user/new/ answered 500" in judged(seen, *caught()).verdicts[DB].because[0]


@matrix_strategies.law
@given(
    result=matrix_strategies.results,
    planned=st.lists(
        st.tuples(st.sampled_from(matrix_strategies.SCENARIOS), st.sampled_from(PATTERNS)),
        max_size=4,
    ),
)
def test_every_planned_or_seen_pattern_gets_a_reasoned_verdict(
    result: CellResult, planned: list[tuple[ScenarioId, PatternName]]
) -> None:
    told = judge(result, planned)
    named = {name for _, name in planned} | {seen.pattern for seen in result.observations}
    assert list(told.verdicts) == sorted(named or set(PATTERNS), key=rank)
    for judgement in told.verdicts.values():
        assert bool(judgement.because) is (judgement.verdict is not Verdict.COMPATIBLE)
        assert len(set(judgement.because)) == len(judgement.because)


@matrix_strategies.law
@given(result=matrix_strategies.results)
def test_the_order_of_the_record_makes_no_difference(result: CellResult) -> None:
    backwards = builders.result(
        *reversed(result.observations),
        cell=result.cell,
        environment=result.environment,
        ending=result.ending,
        message=result.message,
        controls=result.controls,
    )
    assert judge(backwards, ()).verdicts == judge(result, ()).verdicts
    assert judge(judge(result, ()).result, ()) == judge(result, ())


def neutral(outcome: Outcome) -> Observation:
    told = error("KeyError", "price") if outcome is Outcome.FAILED else None
    return observation(outcome, scenario="column_types::x", pattern=NEUTRAL, error=told)


def test_what_a_neutral_scenario_shows_holds_for_every_pattern() -> None:
    seen = judged(observation(), neutral(Outcome.FAILED), *caught())
    assert seen.verdicts[DB].verdict is Verdict.INCOMPATIBLE
    assert seen.verdicts[DB].because == ("KeyError: price (column_types::x)",)
    assert NEUTRAL not in seen.verdicts


def test_a_neutral_scenario_that_had_no_turn_leaves_every_pattern_unknown() -> None:
    pairs = [(SCENARIO, DB), (ScenarioId("column_types::x"), NEUTRAL)]
    told = judge(judged(observation()).result, pairs).verdicts[DB]
    assert told.verdict is Verdict.INCONCLUSIVE


def test_a_neutral_scenario_makes_no_pattern_exist() -> None:
    absent = observation(Outcome.NOT_APPLICABLE, reason="no such thing here")
    seen = judged(absent, neutral(Outcome.FAILED), *caught())
    assert seen.verdicts[DB].verdict is Verdict.UNSUPPORTED
    assert seen.verdicts[DB].because == ("no such thing here",)


def test_one_neutral_scenario_that_does_not_apply_hides_nothing_that_passed() -> None:
    seen = judged(observation(), neutral(Outcome.NOT_APPLICABLE), *caught())
    assert seen.verdicts[DB].verdict is Verdict.COMPATIBLE


def test_a_warning_is_kept_where_a_pattern_showed_it_first() -> None:
    told = ["DeprecationWarning: old"]
    shown = [observation(scenario=f"a::{name}", warnings=told) for name in ("one", "two")]
    seen = judged(*shown, *caught())
    kept = [len(one.warnings) for one in seen.result.observations if one.pattern == DB]
    assert kept == [1, 0]
    assert seen.verdicts[DB].warnings == tuple(told)


def test_what_neutral_scenarios_warn_of_is_told_of_no_pattern() -> None:
    told = ["DeprecationWarning: of the handle that only they were given"]
    other = observation(scenario="column_types::x", pattern=NEUTRAL, warnings=told)
    seen = judged(observation(), other, *caught())
    assert seen.verdicts[DB].warnings == ()


def same(pattern: PatternName) -> Observation:
    """What is recorded where a pattern was not tried, because another says the same."""
    reason = "the same as db-session: a context makes no other session of it here"
    return observation(Outcome.NOT_APPLICABLE, pattern=pattern, reason=reason)


@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED])
def test_what_is_the_same_outside_a_context_has_the_verdict_from_there(outcome: Outcome) -> None:
    outside, inside = PatternName("db-session"), PatternName("db-session@context")
    told = error("KeyError", "x") if outcome is Outcome.FAILED else None
    seen = judged(observation(outcome, pattern=outside, error=told), same(inside), *caught())
    assert seen.verdicts[inside] == seen.verdicts[outside]
    assert seen.verdicts[outside].verdict is not Verdict.UNSUPPORTED


def test_what_is_the_same_as_something_that_was_not_run_has_no_verdict() -> None:
    inside = PatternName("db-session@context")
    assert judged(same(inside), *caught()).verdicts[inside].verdict is Verdict.UNSUPPORTED


def test_only_a_pattern_inside_a_context_is_the_same_as_another() -> None:
    reason = "the same as db-session: a context makes no other session of it here"
    assert same_as(PatternName("db-session@context"), reason) == "db-session"
    assert same_as(PatternName("db-session"), reason) is None
    assert same_as(PatternName("db@context"), reason) is None

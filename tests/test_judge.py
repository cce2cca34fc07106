"""The verdicts: what they rest on, what explains them, and what believing them takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge import BUILDS, Criteria, judge, judged_again, party_to_blame
from harness.model import (
    CellResult,
    Control,
    Ending,
    EnvironmentStatus,
    Error,
    Kind,
    Observation,
    Outcome,
    Party,
    PatternName,
    ScenarioId,
    State,
    Verdict,
)
from harness.patterns import NEUTRAL, PATTERNS, rank
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
    told = judge(result, planned, Criteria())
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
    assert judge(backwards, (), Criteria()).verdicts == judge(result, (), Criteria()).verdicts
    once = judge(result, (), Criteria())
    assert judge(once.result, (), Criteria()) == once


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
    told = judge(judged(observation()).result, pairs, Criteria()).verdicts[DB]
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


# Sessions decide, applications annotate ----------------------------------------------------------

FLOAT = "column_types::float"
BY_SESSION = builders.problem("a-hook-that-raises", checks=[SCENARIO], needs="a hook that raises")
BY_APPLICATION = builders.problem(checks=[FLOAT])


def lost(pattern: str = NEUTRAL) -> Observation:
    return failed(scenario=FLOAT, pattern=pattern, error=error("AssertionError", "no field"))


def test_a_named_problem_of_some_applications_stands_beside_what_works() -> None:
    told = judged(
        observation(), lost(), *caught(), criteria=builders.criteria(BY_APPLICATION)
    ).verdicts[DB]
    assert (told.verdict, told.state) == (Verdict.COMPATIBLE, State.WORKS_EXCEPT)
    assert told.problems == ("floats-are-lost",)
    assert told.because == told.new == told.limits == ()


def test_an_application_check_that_nobody_has_named_is_red_and_new() -> None:
    told = judged(observation(), lost(), *caught(), criteria=builders.criteria()).verdicts[DB]
    assert (told.verdict, told.state) == (Verdict.INCOMPATIBLE, State.DOES_NOT_WORK)
    assert told.new == (FLOAT,)
    assert told.because == (f"AssertionError: no field ({FLOAT})",)


def test_a_problem_that_every_application_meets_does_not_work_and_is_not_new() -> None:
    everybody = builders.problem(checks=[FLOAT], needs="")
    told = judged(observation(), lost(), *caught(), criteria=builders.criteria(everybody)).verdicts[
        DB
    ]
    assert (told.state, told.problems, told.new) == (
        State.DOES_NOT_WORK,
        ("floats-are-lost",),
        (),
    )


@pytest.mark.parametrize("kind", [Kind.LIMIT, Kind.NOTE])
def test_limits_and_notes_weigh_nothing_and_are_told(kind: Kind) -> None:
    silent = kind is Kind.LIMIT
    one = builders.problem(checks=[FLOAT], kind=kind, silent=silent)
    told = judged(observation(), lost(), *caught(), criteria=builders.criteria(one)).verdicts[DB]
    assert (told.state, told.problems, told.limits) == (State.WORKS, (), ("floats-are-lost",))


def test_a_session_check_is_unsafe_whatever_applications_meet() -> None:
    told = judged(failed(), lost(), *caught(), criteria=builders.criteria(BY_APPLICATION)).verdicts[
        DB
    ]
    assert (told.verdict, told.state) == (Verdict.INCOMPATIBLE, State.UNSAFE)
    assert told.problems == ("floats-are-lost",)
    assert [reason for reason in told.because if FLOAT in reason] == []


def test_a_session_check_may_be_explained_by_what_an_application_does() -> None:
    leaks = failed(scenario="teardown::nothing_stays_open", pattern=BARE)
    told = judged(failed(), leaks, criteria=builders.criteria(BY_SESSION)).verdicts[DB]
    assert (told.state, told.problems) == (State.WORKS_EXCEPT, ("a-hook-that-raises",))


def test_what_decides_is_told_before_what_fails_more_often() -> None:
    names = [f"column_types::{kind}" for kind in ("date", "enum", "time")]
    others = [
        failed(scenario=name, pattern=NEUTRAL, error=error("KeyError", "price")) for name in names
    ]
    told = judged(
        failed(), *others, *caught(), criteria=builders.criteria(applications=names)
    ).verdicts[DB]
    assert told.because[0].startswith("RuntimeError: Working outside")
    assert told.because[1].startswith("KeyError: price (column_types::date and 2 more")


def test_an_application_that_cannot_be_built_does_not_start() -> None:
    told = judged(failed(scenario=BUILDS), failed(), *caught()).verdicts[DB]
    assert (told.verdict, told.state) == (Verdict.INCOMPATIBLE, State.DOES_NOT_START)


def test_a_problem_may_be_that_an_import_fails() -> None:
    problem = builders.problem("no-import", checks=["probe::import flask-admin"], needs="")
    gone = error("ImportError", "cannot import name 'X'")
    broken = control(
        "import flask-admin", party=Party.FLASK_ADMIN, outcome=Outcome.FAILED, error=gone
    )
    told = judged(
        ending=Ending.IMPORT_FAILED, controls=[broken], criteria=builders.criteria(problem)
    ).verdicts[DB]
    assert (told.state, told.problems) == (State.DOES_NOT_START, ("no-import",))


def test_an_application_check_does_not_catch_a_control() -> None:
    passed = observation(pattern=BARE)
    for criteria in (builders.criteria(), builders.criteria(BY_APPLICATION)):
        told = judged(observation(), passed, lost(), criteria=criteria).verdicts
        assert told[DB].state in (State.NOT_RUN, State.DOES_NOT_WORK)
        assert told[DB].verdict is not Verdict.COMPATIBLE


def test_a_named_problem_does_not_catch_a_control() -> None:
    seen = [observation(scenario="a::x"), failed(pattern=BARE)]
    told = judged(*seen, criteria=builders.criteria(BY_SESSION)).verdicts
    assert told[DB].state is told[BARE].state is State.NOT_RUN


def test_a_pattern_that_does_not_exist_has_no_state() -> None:
    absent = observation(Outcome.NOT_APPLICABLE, reason="no such thing here")
    assert judged(absent, *caught()).verdicts[DB].state is None


def test_an_earlier_judgement_is_seen_by_the_names_of_today() -> None:
    before = judged(observation(), lost(), *caught(), criteria=builders.criteria())
    other = builders.problem("dates-are-lost", checks=["column_types::date"])
    found = judged_again(builders.matrix(before), builders.criteria(other, BY_APPLICATION))
    [again] = found.cells
    assert again.result == before.result
    assert again.verdicts[DB].state is State.WORKS_EXCEPT
    assert found.problems == (BY_APPLICATION,)


def test_what_was_not_known_is_not_known_by_judging_again() -> None:
    planned = [(SCENARIO, DB), (ScenarioId("a::unseen"), DB)]
    before = judged(observation(), *caught(), planned=planned)
    assert before.verdicts[DB].state is State.NOT_RUN
    assert judged_again(builders.matrix(before), builders.criteria()).cells == (before,)


def test_what_is_neutral_alone_is_judged_by_itself() -> None:
    """Nothing was run that is about a pattern: no control could be caught, and none has to."""
    neutral = (ScenarioId("uploads::a"), NEUTRAL)
    worked = judged(observation(scenario="uploads::a", pattern=NEUTRAL))
    broken = judged(failed(scenario="uploads::a", pattern=NEUTRAL))
    nothing = judged(planned=[neutral])

    assert {name: one.verdict for name, one in worked.verdicts.items()} == {
        NEUTRAL: Verdict.COMPATIBLE
    }
    assert broken.verdicts[NEUTRAL].verdict is Verdict.INCOMPATIBLE
    assert nothing.verdicts[NEUTRAL].verdict is Verdict.INCONCLUSIVE


def test_nothing_works_with_a_named_package_that_cannot_be_imported() -> None:
    broken = control("named arrow 1.0", outcome=Outcome.FAILED, error=error("ImportError", "no"))
    absent = observation(Outcome.NOT_APPLICABLE, pattern="db", reason="no such thing")
    told = judged(*caught(), observation(pattern=builders.LAZY), absent, controls=[broken])

    found = told.verdicts[builders.LAZY]
    assert (found.verdict, found.party) == (Verdict.INCOMPATIBLE, Party.ENVIRONMENT)
    assert found.because == ("arrow 1.0 cannot be imported: ImportError: no",)
    assert told.verdicts[DB].verdict is Verdict.UNSUPPORTED


def test_what_only_the_harness_needs_blames_nobody_else() -> None:
    lacking = control("import library", party=Party.HARNESS, outcome=Outcome.FAILED)
    not_run = judged(ending=Ending.NOT_RUN, message="it lacks", controls=[lacking])
    really = judged(*caught(), failed(), controls=[lacking])

    assert {one.verdict for one in not_run.verdicts.values()} == {Verdict.INCONCLUSIVE}
    assert {one.party for one in not_run.verdicts.values()} == {Party.HARNESS}
    assert really.verdicts[DB].party is Party.FLASK_ADMIN


def same(pattern: PatternName) -> Observation:
    """What is recorded where a pattern was not tried, because another says the same."""
    reason = "the same as db-session: a context makes no other session of it here"
    evidence = {"same_as": "db-session"}
    return observation(Outcome.NOT_APPLICABLE, pattern=pattern, reason=reason, evidence=evidence)


@pytest.mark.parametrize(
    ("pattern", "party"), [("scoped-session", Party.PATTERN), ("db", Party.FLASK_ADMIN)]
)
def test_another_session_beside_the_librarys_is_the_applications_own_doing(
    pattern: str, party: Party
) -> None:
    name = PatternName(pattern)
    lost = failed(scenario="beside_db_session::a_row_is_stored", pattern=name)
    nested = failed(scenario="contexts::a_nested_one", pattern=name)
    assert judged(lost, nested, *caught()).verdicts[name].party is party
    leaks = failed(scenario="teardown::nothing_stays_open", pattern=name)
    assert judged(lost, leaks, *caught()).verdicts[name].party is Party.FLASK_ADMIN


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

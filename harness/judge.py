"""What is concluded from what was seen: pure, and total over every outcome, ending and status.

In goes the result of one cell and what was planned for it; out comes a verdict on each pattern,
with its reasons and the party to blame. Nothing here knows what anybody expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness import patterns, state
from harness.because import Shown, because
from harness.model import (
    CellResult,
    Control,
    Ending,
    EnvironmentStatus,
    Guards,
    JudgedCell,
    Judgement,
    Kind,
    Matrix,
    Observation,
    Outcome,
    Party,
    PatternName,
    Problem,
    ScenarioId,
    State,
    Verdict,
)
from harness.problems import matching, told
from harness.record import own_need
from harness.state import Weight
from harness.tidy import tidied

WITHOUT_ADMIN = "without_admin"
"""The module of the scenarios that use a pattern as Flask-Admin would, but without Flask-Admin."""

BESIDE = "beside_db_session"
"""The module of the scenarios about `db.session` and the admin's session in one request."""

CONTEXTS = "contexts"
"""The module of the scenarios that a session of the thread fails as well."""

SAME_AS = "same_as"
"""The evidence of what was not tried under a pattern: another pattern, which tells the same."""

BUILDS = ScenarioId("init_time::views_are_added_and_the_admin_is_built")
"""The scenario whose failure says that an application cannot be built."""

PROBE = "probe::"
"""What a named problem calls a control of a cell by: `probe::import flask-admin`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Criteria:
    """What a judgement goes by besides what was seen."""

    guards: Mapping[ScenarioId, Guards] = field(default_factory=dict)
    """What each scenario guards; one that is not known is taken to guard sessions, and decides."""
    problems: tuple[Problem, ...] = ()


def judge(
    result: CellResult,
    planned: Iterable[tuple[ScenarioId, PatternName]],
    criteria: Criteria,
) -> JudgedCell:
    """Give the verdict on each pattern that was planned or seen; on every pattern where none was.

    `planned` are the pairs of scenario and pattern that the cell should have observed. One that is
    missing counts as not run. What neutral scenarios showed counts for every pattern; where nothing
    else was planned, it is all that is known, and the verdict is on their own pattern. The result
    comes back tidied: sorted and without machine paths.
    """
    result = tidied(result)
    return JudgedCell(result=result, verdicts=_verdicts(result, planned, criteria))


def _verdicts(
    result: CellResult,
    planned: Iterable[tuple[ScenarioId, PatternName]],
    criteria: Criteria,
) -> Mapping[PatternName, Judgement]:
    plan = _by_pattern(planned, result.observations)
    shared = plan.pop(patterns.NEUTRAL, _Planned()) if len(plan) > 1 else _Planned()
    weights = _Weights(
        observations={
            (one.scenario, one.pattern): _weighed(result, one, criteria)
            for one in result.observations
        },
        of_controls=_problems_of_controls(result, criteria),
    )
    verdicts = {
        name: _judgement(result, name, _told_of(plan, name), shared, weights) for name in plan
    }
    return _believed(verdicts, result.observations)


def met(problems: Iterable[Problem], cells: Iterable[JudgedCell]) -> tuple[Problem, ...]:
    """Give the named problems that some of these cells met under a pattern of an application."""
    slugs = {
        slug
        for judged in cells
        for one in patterns.own(judged.verdicts).values()
        for slug in (*one.problems, *one.limits)
    }
    return tuple(one for one in problems if one.slug in slugs)


def judged_again(matrix: Matrix, criteria: Criteria) -> Matrix:
    """Give an earlier table as it would be judged today, by what is named today.

    Of what was not known then, nothing more is known now: what had been planned is not on record.
    """
    cells = tuple(_judged_again(judged, criteria) for judged in matrix.cells)
    return replace(matrix, cells=cells, problems=met(criteria.problems, cells))


def _judged_again(judged: JudgedCell, criteria: Criteria) -> JudgedCell:
    known = {name for name, one in judged.verdicts.items() if one.verdict in _RESTS_ON_OBSERVATIONS}
    # Written by `judge`: tidied already.
    today = _verdicts(judged.result, (), criteria)
    return replace(
        judged,
        verdicts={
            name: today[name] if name in known and name in today else one
            for name, one in judged.verdicts.items()
        },
    )


def party_to_blame(
    verdict: Verdict, controls: Sequence[Control], observations: Sequence[Observation]
) -> Party | None:
    """Whose failure it is, as the controls of the same environment tell; None where nobody's."""
    match verdict:
        case Verdict.INCOMPATIBLE:
            return _party_of_failure(controls, observations)
        case Verdict.INCONCLUSIVE:
            errored = any(seen.outcome is Outcome.ERRORED for seen in observations)
            return Party.HARNESS if errored or own_need(controls) else None
        case Verdict.COMPATIBLE | Verdict.UNSUPPORTED | Verdict.IMPOSSIBLE:
            return None


def _party_of_failure(controls: Sequence[Control], observations: Sequence[Observation]) -> Party:
    if broken := _failed(controls):
        return broken[0].party
    failed = [seen for seen in observations if seen.outcome is Outcome.FAILED]
    modules = {seen.scenario.partition("::")[0] for seen in failed}
    # Whoever hands over another session than the library's has two in one request.
    has_another = not any(patterns.base_of(seen.pattern) in _LIBRARYS for seen in failed)
    is_of_pattern = WITHOUT_ADMIN in modules or (
        BESIDE in modules and modules <= {BESIDE, CONTEXTS} and has_another
    )
    return Party.PATTERN if is_of_pattern else Party.FLASK_ADMIN


_LIBRARYS = ("db", "db-session")
"""The patterns that hand the library's own over."""


def _failed(controls: Sequence[Control]) -> tuple[Control, ...]:
    return tuple(control for control in controls if control.is_finding)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Planned:
    """What a pattern was to be seen under, and what of that it was seen under."""

    scenarios: tuple[ScenarioId, ...] = ()
    observations: tuple[Observation, ...] = ()

    @property
    def missing(self) -> tuple[ScenarioId, ...]:
        seen = {observation.scenario for observation in self.observations}
        return tuple(scenario for scenario in self.scenarios if scenario not in seen)

    @property
    def applies(self) -> bool:
        """Whether the pattern exists here: some scenario of its own found that it does."""
        if self.missing or not self.observations:
            return True
        return any(seen.outcome is not Outcome.NOT_APPLICABLE for seen in self.observations)

    def with_shared(self, shared: _Planned) -> _Planned:
        """Return this and what holds for every pattern; for one that does not exist, nothing."""
        if not self.applies:
            return self
        return _Planned(
            scenarios=(*self.scenarios, *shared.scenarios),
            observations=(*self.observations, *shared.observations),
        )


def _by_pattern(
    planned: Iterable[tuple[ScenarioId, PatternName]], observations: Sequence[Observation]
) -> dict[PatternName, _Planned]:
    pairs = set(planned) | {(seen.scenario, seen.pattern) for seen in observations}
    names = {pattern for _, pattern in pairs}
    names |= set() if names else set(patterns.PATTERNS)
    return {
        name: _Planned(
            scenarios=tuple(sorted(scenario for scenario, pattern in pairs if pattern == name)),
            observations=tuple(seen for seen in observations if seen.pattern == name),
        )
        for name in sorted(names, key=patterns.rank)
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Weighed:
    """What was seen, what it says, and the named problems that it belongs to."""

    seen: Observation
    weight: Weight
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Weights:
    """What a cell's observations say, each weighed once: some count for every pattern."""

    observations: Mapping[tuple[ScenarioId, PatternName], _Weighed]
    of_controls: tuple[Problem, ...]
    """The problems that the first failed control belongs to."""


def _weighed(result: CellResult, seen: Observation, criteria: Criteria) -> _Weighed:
    found: tuple[Problem, ...] = ()
    if seen.outcome is Outcome.FAILED:
        error = told(seen.error, seen.reason)
        found = matching(criteria.problems, result, seen.scenario, error)
    return _Weighed(
        seen=seen,
        weight=state.weight(
            seen.outcome,
            criteria.guards.get(seen.scenario, Guards.SESSIONS),
            state.explained(found),
            builds=seen.scenario == BUILDS,
        ),
        problems=found,
    )


def _told_of(plan: Mapping[PatternName, _Planned], name: PatternName) -> _Planned:
    """Return what is known of a pattern: of one that is the same as another, what that showed."""
    others = {seen.evidence.get(SAME_AS) for seen in plan[name].observations}
    other = others.pop() if len(others) == 1 else None
    return plan.get(PatternName(str(other)), plan[name])


def _judgement(
    result: CellResult,
    pattern: PatternName,
    own: _Planned,
    shared: _Planned,
    weights: _Weights,
) -> Judgement:
    planned = own.with_shared(shared)
    seen, missing = planned.observations, planned.missing
    weighed = [weights.observations[one.scenario, one.pattern] for one in seen]
    telling = state.telling([*(one.weight for one in weighed), *(Weight.UNKNOWN for _ in missing)])
    if telling is not Weight.ABSENT and any(one.named for one in _failed(result.controls)):
        telling = Weight.STOPS  # an application that has the package has it for some use
    status = result.environment.status
    now = state.state_of(status, result.ending, telling)
    verdict = state.verdict_of(status, now)
    # What a named problem explains is no reason: it stands beside the verdict, by its name.
    shown = Shown(
        pattern=pattern,
        observations=[one.seen for one in weighed if _is_plain(one)],
        missing=missing,
        deciding={one.seen.scenario for one in weighed if one.weight is telling},
    )
    found = [problem for one in weighed for problem in one.problems]
    found += weights.of_controls
    return Judgement(
        verdict=verdict,
        state=now,
        because=because(verdict, result, shown),
        party=_party(verdict, result, shown.observations),
        # Those of neutral scenarios are about the handle that these were given.
        warnings=tuple(sorted({text for one in own.observations for text in one.warnings})),
        problems=tuple(sorted({one.slug for one in found if one.kind is Kind.PROBLEM})),
        limits=tuple(sorted({one.slug for one in found if one.kind is not Kind.PROBLEM})),
        new=_new(now, weighed),
    )


def _is_plain(one: _Weighed) -> bool:
    return one.seen.outcome is not Outcome.FAILED or one.weight in _DECIDES


_DECIDES = (Weight.STOPS, Weight.UNSAFE, Weight.WRONG)
_RESTS_ON_OBSERVATIONS = (Verdict.COMPATIBLE, Verdict.INCOMPATIBLE)


def _new(now: State | None, weighed: Iterable[_Weighed]) -> tuple[ScenarioId, ...]:
    if now is not State.DOES_NOT_WORK:
        return ()
    wrong = (one for one in weighed if one.weight is Weight.WRONG and not one.problems)
    return tuple(sorted({one.seen.scenario for one in wrong}))


def _problems_of_controls(result: CellResult, criteria: Criteria) -> tuple[Problem, ...]:
    """Give the problems that the first failed control belongs to; later ones fail because of it."""
    return tuple(
        problem
        for one in _failed(result.controls)[:1]
        for problem in matching(criteria.problems, result, f"{PROBE}{one.name}", told(one.error))
    )


def _party(
    verdict: Verdict, result: CellResult, observations: Sequence[Observation]
) -> Party | None:
    if result.environment.status is EnvironmentStatus.UNKNOWN:
        return None
    if result.environment.status is not EnvironmentStatus.READY:
        return Party.ENVIRONMENT
    if result.ending is Ending.IMPORT_FAILED and not _failed(result.controls):
        return Party.ENVIRONMENT
    return party_to_blame(verdict, result.controls, observations)


def _believed(
    verdicts: Mapping[PatternName, Judgement], observations: Iterable[Observation]
) -> Mapping[PatternName, Judgement]:
    """Give the same verdicts, unless a control passed: then nothing that passed is believed.

    A control is caught by session checks alone: an application check is not about the pattern.
    """
    tried = {seen.pattern for seen in observations}
    passed = [
        pattern
        for pattern, judgement in verdicts.items()
        if patterns.is_control(pattern) and pattern in tried and judgement.state in _NOT_CAUGHT
    ]
    if not passed:
        return verdicts
    reason = f"the control {passed[0]} passed every scenario here, so passing proves nothing"
    return {pattern: _doubted(judgement, reason) for pattern, judgement in verdicts.items()}


_NOT_CAUGHT = (State.WORKS, State.WORKS_EXCEPT, State.DOES_NOT_WORK)


def _doubted(judgement: Judgement, reason: str) -> Judgement:
    if judgement.verdict is not Verdict.COMPATIBLE:
        return judgement
    return replace(
        judgement,
        verdict=Verdict.INCONCLUSIVE,
        state=State.NOT_RUN,
        because=(reason,),
        party=Party.HARNESS,
    )

"""What is concluded from what was seen: pure, and total over every outcome, ending and status.

In goes the result of one cell and what was planned for it; out comes a verdict on each pattern,
with its reasons and the party to blame. Nothing here knows what anybody expects.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness import patterns
from harness.because import because
from harness.model import (
    CellResult,
    Control,
    Ending,
    EnvironmentStatus,
    JudgedCell,
    Judgement,
    Observation,
    Outcome,
    Party,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.tidy import tidied

#: Which outcome of a pattern's scenarios tells most about the pattern, first to last.
TELLING = (
    Outcome.FAILED,
    Outcome.CRASHED,
    Outcome.TIMED_OUT,
    Outcome.ERRORED,
    Outcome.NOT_RUN,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
)

WITHOUT_ADMIN = "without_admin"
"""The module of the scenarios that use a pattern as Flask-Admin would, but without Flask-Admin."""


def judge(result: CellResult, planned: Iterable[tuple[ScenarioId, PatternName]]) -> JudgedCell:
    """Give the verdict on each pattern that was planned or seen; on every pattern where none was.

    `planned` are the pairs of scenario and pattern that the cell should have observed. One that is
    missing counts as not run. What neutral scenarios showed counts for every pattern. The result
    comes back tidied: sorted and without machine paths.
    """
    result = tidied(result)
    plan = _by_pattern(planned, result.observations)
    shared = plan.pop(patterns.NEUTRAL, _Planned())
    verdicts = {name: _judgement(result, name, _told_of(plan, name), shared) for name in plan}
    return JudgedCell(result=result, verdicts=_believed(verdicts))


def verdict_of(status: EnvironmentStatus, ending: Ending, telling: Outcome) -> Verdict:
    """Give the verdict on a pattern from its environment, its cell's ending and what it showed."""
    match status:
        case EnvironmentStatus.UNRESOLVABLE | EnvironmentStatus.UNINSTALLABLE:
            return Verdict.IMPOSSIBLE
        case (
            EnvironmentStatus.MIS_RESOLVED
            | EnvironmentStatus.INTERPRETER_MISSING
            | EnvironmentStatus.UNKNOWN
        ):
            return Verdict.INCONCLUSIVE
        case EnvironmentStatus.READY:
            return _verdict_in_environment(ending, telling)


def _verdict_in_environment(ending: Ending, telling: Outcome) -> Verdict:
    match ending:
        case Ending.IMPORT_FAILED:
            return Verdict.INCOMPATIBLE
        case Ending.COMPLETED:
            return _verdict_when_completed(telling)
        case Ending.CRASHED | Ending.TIMED_OUT | Ending.NOT_RUN:
            return Verdict.INCOMPATIBLE if telling is Outcome.FAILED else Verdict.INCONCLUSIVE


def _verdict_when_completed(telling: Outcome) -> Verdict:
    match telling:
        case Outcome.FAILED:
            return Verdict.INCOMPATIBLE
        case Outcome.CRASHED | Outcome.TIMED_OUT | Outcome.ERRORED | Outcome.NOT_RUN:
            return Verdict.INCONCLUSIVE
        case Outcome.NOT_APPLICABLE:
            return Verdict.UNSUPPORTED
        case Outcome.PASSED:
            return Verdict.COMPATIBLE


def telling_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Give the outcome that decides; having seen nothing is as good as not having run."""
    return min(outcomes, key=TELLING.index, default=Outcome.NOT_RUN)


def party_to_blame(
    verdict: Verdict, controls: Sequence[Control], observations: Sequence[Observation]
) -> Party | None:
    """Whose failure it is, as the controls of the same environment tell; None where nobody's."""
    match verdict:
        case Verdict.INCOMPATIBLE:
            return _party_of_failure(controls, observations)
        case Verdict.INCONCLUSIVE:
            errored = any(seen.outcome is Outcome.ERRORED for seen in observations)
            return Party.HARNESS if errored else None
        case Verdict.COMPATIBLE | Verdict.UNSUPPORTED | Verdict.IMPOSSIBLE:
            return None


def _party_of_failure(controls: Sequence[Control], observations: Sequence[Observation]) -> Party:
    if broken := _failed(controls):
        return broken[0].party
    failed = (seen for seen in observations if seen.outcome is Outcome.FAILED)
    if any(seen.scenario.partition("::")[0] == WITHOUT_ADMIN for seen in failed):
        return Party.PATTERN
    return Party.FLASK_ADMIN


def _failed(controls: Sequence[Control]) -> tuple[Control, ...]:
    return tuple(control for control in controls if control.outcome is Outcome.FAILED)


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
    names |= set() if names - {patterns.NEUTRAL} else set(patterns.PATTERNS)
    return {
        name: _Planned(
            scenarios=tuple(sorted(scenario for scenario, pattern in pairs if pattern == name)),
            observations=tuple(seen for seen in observations if seen.pattern == name),
        )
        for name in sorted(names, key=patterns.rank)
    }


def _told_of(plan: Mapping[PatternName, _Planned], name: PatternName) -> _Planned:
    """Return what is known of a pattern: of one that is the same as another, what that showed."""
    others = {patterns.same_as(name, seen.reason) for seen in plan[name].observations}
    other = others.pop() if len(others) == 1 else None
    return plan[name] if other is None else plan.get(other, plan[name])


def _judgement(
    result: CellResult, pattern: PatternName, own: _Planned, shared: _Planned
) -> Judgement:
    planned = own.with_shared(shared)
    seen, missing = planned.observations, planned.missing
    outcomes = [*(one.outcome for one in seen), *(Outcome.NOT_RUN for _ in missing)]
    verdict = verdict_of(result.environment.status, result.ending, telling_outcome(outcomes))
    return Judgement(
        verdict=verdict,
        because=because(verdict, result, pattern, seen, missing),
        party=_party(verdict, result, seen),
        # Those of neutral scenarios are about the handle that these were given.
        warnings=tuple(sorted({text for one in own.observations for text in one.warnings})),
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


def _believed(verdicts: Mapping[PatternName, Judgement]) -> Mapping[PatternName, Judgement]:
    """Give the same verdicts, unless a control passed: then nothing that passed is believed."""
    passed = [
        pattern
        for pattern, judgement in verdicts.items()
        if patterns.is_control(pattern) and judgement.verdict is Verdict.COMPATIBLE
    ]
    if not passed:
        return verdicts
    reason = f"the control {passed[0]} passed every scenario here, so passing proves nothing"
    return {pattern: _doubted(judgement, reason) for pattern, judgement in verdicts.items()}


def _doubted(judgement: Judgement, reason: str) -> Judgement:
    if judgement.verdict is not Verdict.COMPATIBLE:
        return judgement
    return replace(judgement, verdict=Verdict.INCONCLUSIVE, because=(reason,), party=Party.HARNESS)

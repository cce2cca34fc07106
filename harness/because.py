"""Why a verdict is what it is: a few short sentences, the root cause first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from harness.model import (
    CellResult,
    Control,
    Ending,
    EnvironmentStatus,
    Observation,
    Outcome,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.rootcause import normalised, root_cause

_ENVIRONMENT = {
    EnvironmentStatus.READY: "",
    EnvironmentStatus.UNRESOLVABLE: "the packages cannot be had together",
    EnvironmentStatus.UNINSTALLABLE: "the packages cannot be installed",
    EnvironmentStatus.MIS_RESOLVED: "the environment does not hold the versions asked for",
    EnvironmentStatus.INTERPRETER_MISSING: "the interpreter is missing",
    EnvironmentStatus.UNKNOWN: "the environment was not made",
}
_ENDING = {
    Ending.COMPLETED: "",
    Ending.IMPORT_FAILED: "the packages cannot be imported together",
    Ending.CRASHED: "the cell crashed",
    Ending.TIMED_OUT: "the cell did not end before its deadline",
    Ending.NOT_RUN: "the cell did not run",
}
_UNKNOWN = {
    Outcome.CRASHED: "crashed",
    Outcome.TIMED_OUT: "timed out",
    Outcome.ERRORED: "errored",
    Outcome.NOT_RUN: "not run",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What a pattern showed, and what it was to show and did not."""

    pattern: PatternName
    observations: Sequence[Observation]
    missing: Sequence[ScenarioId] = ()
    deciding: Collection[ScenarioId] = ()
    """The scenarios whose failures are told first."""


def because(verdict: Verdict, result: CellResult, shown: Shown) -> tuple[str, ...]:
    """Give the reasons for the verdict on one pattern, each once; none for a compatible one."""
    if result.environment.status is not EnvironmentStatus.READY:
        return (environment_reason(result),)
    reasons: Iterable[str]
    match verdict:
        case Verdict.COMPATIBLE:
            reasons = ()
        case Verdict.UNSUPPORTED:
            reasons = _not_applicable(shown.pattern, shown.observations)
        case Verdict.INCOMPATIBLE | Verdict.INCONCLUSIVE | Verdict.IMPOSSIBLE:
            reasons = (
                *_controls(result),
                *_failures(shown),
                *_ended(result),
                *_unknown(shown.observations, shown.missing, result),
            )
    return tuple(dict.fromkeys(reason for reason in reasons if reason))


def told_control(control: Control) -> str:
    """Give a failed control in one sentence: `import flask-admin: ImportError: no module ...`."""
    cause = root_cause(control.error, "failed")
    return (
        f"{control.named} cannot be imported: {cause}"
        if control.named
        else f"{control.name}: {cause}"
    )


def environment_reason(result: CellResult) -> str:
    """Why the cell has no environment, in a sentence; empty where it has one."""
    return normalised(result.environment.message) or _ENVIRONMENT[result.environment.status]


def ending_reason(result: CellResult) -> str:
    """Why the cell ended early, in a sentence; empty where it completed."""
    if result.ending is Ending.COMPLETED:
        return ""
    message = normalised(result.message)
    return f"{_ENDING[result.ending]}: {message}" if message else _ENDING[result.ending]


def _controls(result: CellResult) -> tuple[str, ...]:
    failed = [one for one in result.controls if one.is_finding]
    return tuple(told_control(control) for control in failed[:1])


def _ended(result: CellResult) -> tuple[str, ...]:
    told_by_control = result.ending is Ending.IMPORT_FAILED and bool(_controls(result))
    return () if told_by_control else (ending_reason(result),)


def _failures(shown: Shown) -> tuple[str, ...]:
    failed = [seen for seen in shown.observations if seen.outcome is Outcome.FAILED]
    told = ((root_cause(seen.error, seen.reason or "failed"), seen) for seen in failed)
    return _by_cause(told, shown.deciding)


def _by_cause(
    told: Iterable[tuple[str, Observation]], deciding: Collection[ScenarioId] = ()
) -> tuple[str, ...]:
    """Each cause once, with the scenarios that showed it.

    What decides comes first, then what most scenarios showed.
    """
    scenarios: dict[str, set[ScenarioId]] = {}
    for cause, seen in told:
        scenarios.setdefault(cause, set()).add(seen.scenario)
    causes = sorted(
        scenarios,
        key=lambda cause: (scenarios[cause].isdisjoint(deciding), -len(scenarios[cause]), cause),
    )
    return tuple(f"{cause} ({named(scenarios[cause])})" for cause in causes)


def _unknown(
    observations: Sequence[Observation], missing: Sequence[ScenarioId], result: CellResult
) -> tuple[str, ...]:
    if result.ending is Ending.IMPORT_FAILED:
        return ()
    reasons: list[str] = []
    for outcome, word in _UNKNOWN.items():
        told = ((_told(word, seen), seen) for seen in observations if seen.outcome is outcome)
        reasons.extend(_by_cause(told))
    if missing:
        reasons.append(f"no observation of what was planned ({named(missing)})")
    if not (observations or missing):
        reasons.append("nothing was planned for this pattern")
    return tuple(reasons)


def _told(word: str, seen: Observation) -> str:
    cause = root_cause(seen.error, seen.reason)
    return f"{word}: {cause}" if cause else word


def _not_applicable(pattern: PatternName, observations: Sequence[Observation]) -> tuple[str, ...]:
    told = Counter(normalised(seen.reason) for seen in observations if seen.reason)
    reasons = sorted(told, key=lambda reason: (-told[reason], reason))
    return tuple(reasons) or (f"{pattern} does not apply here",)


def named(scenarios: Iterable[ScenarioId]) -> str:
    """Give the first scenario by name and how many more."""
    names = sorted(set(scenarios))
    more = len(names) - 1
    if not more:
        return names[0]
    return f"{names[0]} and {more} more {'scenario' if more == 1 else 'scenarios'}"

"""What a cell that fails shows, told so that another cell can be asked for the same; pure.

A cell is as good as its best pattern: its symptoms are those of the pattern that comes nearest to
working, or the one control that failed before any pattern had its turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from harness import patterns
from harness.model import (
    CellResult,
    Ending,
    EnvironmentStatus,
    Error,
    JudgedCell,
    Observation,
    Outcome,
    PatternName,
    ScenarioId,
    Verdict,
)
from harness.rootcause import root_cause


class Shown(StrEnum):
    """What another cell says of a symptom."""

    SAME = "the same failure"
    OTHER = "another failure"
    GONE = "works"
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Symptom:
    """One failure: of a control, or of a scenario under a pattern."""

    text: str
    """The error's root cause, without what differs by chance."""
    control: str = ""
    """The control that failed; "" where it was a scenario."""
    scenario: ScenarioId | None = None
    pattern: PatternName | None = None
    traceback: str = ""

    @property
    def place(self) -> str:
        """Where it was seen, in words."""
        return self.control or f"{self.scenario} under {self.pattern}"


def nearest(judged: JudgedCell) -> PatternName | None:
    """Return the pattern that fails least; None where none was seen to fail."""
    own = patterns.own(judged.verdicts).items()
    failed = [name for name, one in own if one.verdict is Verdict.INCOMPATIBLE]
    return min(
        failed, key=lambda name: (len(_failures(judged.result, name)), _rank(name)), default=None
    )


def symptoms(judged: JudgedCell, pattern: PatternName | None = None) -> tuple[Symptom, ...]:
    """Return each failure of a pattern once, of the nearest one where none is named."""
    if control := failed_control(judged.result):
        return (control,)
    chosen = pattern or nearest(judged)
    found: dict[str, Symptom] = {}
    for seen in _failures(judged.result, chosen) if chosen else ():
        one = of_observation(seen)
        found.setdefault(one.text, one)
    known = _tracebacks(judged.result)
    return tuple(
        replace(one, traceback=one.traceback or known.get(one.text, "")) for one in found.values()
    )


def _tracebacks(result: CellResult) -> dict[str, str]:
    """Return the traceback of each error: a table holds the same one once, wherever it was seen."""
    failed = (of_observation(one) for one in result.observations if one.error)
    return {one.text: one.traceback for one in failed if one.traceback}


def failed_control(result: CellResult) -> Symptom | None:
    """Return the first control that failed: the later ones may fail because it did."""
    for control in result.controls:
        if control.outcome is Outcome.FAILED:
            text = root_cause(control.error, "failed")
            return Symptom(text=text, control=control.name, traceback=_traceback(control.error))
    return None


def of_observation(seen: Observation) -> Symptom:
    """Return what a failed observation shows."""
    return Symptom(
        text=root_cause(seen.error, seen.reason or "failed"),
        scenario=seen.scenario,
        pattern=seen.pattern,
        traceback=_traceback(seen.error),
    )


def shown(result: CellResult, symptom: Symptom) -> Shown:
    """Tell what a cell says of a symptom: only what passed there is gone."""
    if result.environment.status is not EnvironmentStatus.READY:
        return Shown.UNKNOWN
    first = failed_control(result)
    if symptom.control:
        return _of_control(result, symptom, first)
    if first is not None and result.ending is Ending.IMPORT_FAILED:
        return Shown.OTHER
    place = (symptom.scenario, symptom.pattern)
    seen = (one for one in result.observations if (one.scenario, one.pattern) == place)
    return next((_of_observed(one, symptom) for one in seen), Shown.UNKNOWN)


def _of_observed(seen: Observation, symptom: Symptom) -> Shown:
    match seen.outcome:
        case Outcome.PASSED:
            return Shown.GONE
        case Outcome.FAILED:
            return _same(of_observation(seen).text == symptom.text)
        case (
            Outcome.ERRORED
            | Outcome.CRASHED
            | Outcome.TIMED_OUT
            | Outcome.NOT_APPLICABLE
            | Outcome.NOT_RUN
        ):
            return Shown.UNKNOWN


def _of_control(result: CellResult, symptom: Symptom, first: Symptom | None) -> Shown:
    if first is not None:
        return _same((first.control, first.text) == (symptom.control, symptom.text))
    passed = {one.name for one in result.controls if one.outcome is Outcome.PASSED}
    return Shown.GONE if symptom.control in passed else Shown.UNKNOWN


def _same(is_same: bool) -> Shown:  # noqa: FBT001 - reads like a question
    return Shown.SAME if is_same else Shown.OTHER


def _failures(result: CellResult, pattern: PatternName) -> tuple[Observation, ...]:
    """Return what failed under a pattern, and what failed whatever the pattern is."""
    of = (pattern, patterns.NEUTRAL)
    failed = (one for one in result.observations if one.outcome is Outcome.FAILED)
    return tuple(sorted((one for one in failed if one.pattern in of), key=_place))


def _place(seen: Observation) -> tuple[str, str]:
    return seen.scenario, seen.pattern


def _rank(name: PatternName) -> tuple[int, str, bool]:
    return patterns.rank(name)


def _traceback(error: Error | None) -> str:
    return error.traceback if error else ""


def texts(found: Iterable[Symptom]) -> frozenset[str]:
    """Return what the symptoms say."""
    return frozenset(one.text for one in found)

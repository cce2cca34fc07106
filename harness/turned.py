"""Scenarios that a change breaks or mends, also where the verdict stays what it was; pure.

A pattern that fails anyway hides what else fails: here each scenario speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.errors import NOT_MEASURED, REGRESSED, UNCHANGED
from harness.model import CellId, JudgedCell, Matrix, Observation, Outcome, PatternName, ScenarioId
from harness.patterns import is_control
from harness.rootcause import normalised, root_cause

Place = tuple[CellId, PatternName]
Seen = Mapping[tuple[ScenarioId, PatternName], Observation]


@dataclass(frozen=True, kw_only=True, slots=True)
class Turned:
    """A scenario that passed and fails now, or the other way round, and where."""

    scenario: ScenarioId
    breaks: bool
    places: tuple[Place, ...]
    error: str

    def __str__(self) -> str:
        cells = len({cell for cell, _ in self.places})
        patterns = len({pattern for _, pattern in self.places})
        where = f"{cells} {'cell' if cells == 1 else 'cells'}"
        where += f", {patterns} {'pattern' if patterns == 1 else 'patterns'}"
        verb, was = ("breaks", "") if self.breaks else ("mends", "was ")
        return f"{verb} {self.scenario} ({where}; {self.places[0][0]}): {was}{self.error}"


def turned(before: Matrix | None, after: Matrix) -> tuple[Turned, ...]:
    """Return the scenarios that turned in cells of both, those that broke first."""
    known = {judged.result.cell.id: judged for judged in before.cells} if before else {}
    places: dict[tuple[bool, ScenarioId], list[Place]] = {}
    errors: dict[tuple[bool, ScenarioId], str] = {}
    for new in sorted(after.cells, key=lambda judged: judged.result.cell.id):
        old = known.get(new.result.cell.id)
        for breaks, seen in _turned(old, new) if old else ():
            key = not breaks, seen.scenario
            places.setdefault(key, []).append((new.result.cell.id, seen.pattern))
            errors.setdefault(key, normalised(root_cause(seen.error, seen.reason)))
    return tuple(
        Turned(scenario=key[1], breaks=not key[0], places=tuple(places[key]), error=errors[key])
        for key in sorted(places)
    )


def exit_status(plain: int, before: Matrix | None, found: Iterable[Turned]) -> int:
    """Give the exit status of a run for a change; `plain` is what its verdicts alone make.

    A scenario that breaks is a regression. Where nothing could be compared nothing is known of the
    change, which must not end as if all were well.
    """
    if any(one.breaks for one in found):
        return REGRESSED
    compared = before is not None and before.cells
    return plain if compared or plain != UNCHANGED else NOT_MEASURED


def _turned(old: JudgedCell, new: JudgedCell) -> Iterator[tuple[bool, Observation]]:
    """Yield what turned in a cell, with the observation that failed."""
    before, after = _seen(old), _seen(new)
    for key in sorted(before.keys() & after.keys()):
        outcomes = before[key].outcome, after[key].outcome
        if outcomes == (Outcome.PASSED, Outcome.FAILED):
            yield True, after[key]
        elif outcomes == (Outcome.FAILED, Outcome.PASSED):
            yield False, before[key]


def _seen(judged: JudgedCell) -> Seen:
    seen = judged.result.observations
    return {(one.scenario, one.pattern): one for one in seen if not is_control(one.pattern)}

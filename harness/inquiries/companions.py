"""Whether each companion of the matrix is still needed: its cells with the pin, and without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.config import Rule
from harness.inquiries import ranges_run
from harness.inquiries.experiment import Experiment, Finding, Laboratory
from harness.model import (
    Cell,
    CellResult,
    EnvironmentStatus,
    Observation,
    Outcome,
    PatternName,
    ScenarioId,
)
from harness.patterns import is_control
from harness.rootcause import root_cause


class Need(StrEnum):
    """What is known of a companion."""

    NEEDED = "needed"
    STALE = "stale"
    """No cell shows anything else without it."""
    UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a cell, or all of them, say of a companion."""

    need: Need
    why: str
    requirement: str = ""


def answers(
    companions: Iterable[Rule], cells: Iterable[Cell], laboratory: Laboratory
) -> Iterator[Answer]:
    """Yield whether each companion is needed; the first cell that needs it decides."""
    cells = tuple(cells)
    for rule in companions:
        held = [cell for cell in cells if rule.requirement in cell.companions]
        told = _first_that_needs(_answers(rule.requirement, held, laboratory))
        yield replace(told, requirement=rule.requirement)


def _first_that_needs(told: Iterable[Answer]) -> Answer:
    """Return the first cell's answer that it is needed; else what all of them come to."""
    others = []
    for one in told:
        if one.need is Need.NEEDED:
            return one
        others.append(one)
    unknown = [one for one in others if one.need is Need.UNKNOWN]
    if unknown:
        return unknown[0]
    if not others:
        return Answer(need=Need.UNKNOWN, why="no cell of the plan has it")
    same = sum(one.why == _SAME for one in others)
    return Answer(
        need=Need.STALE,
        why=f"{len(others)} cells show the same without it, {same} of them as their packages do",
    )


_SAME = "the same packages are chosen without it"


def _answers(requirement: str, cells: Iterable[Cell], laboratory: Laboratory) -> Iterator[Answer]:
    for cell in cells:
        pinned, free = (_experiment(cell, left_out) for left_out in ("", requirement))
        locks = [ranges_run.packages_of(laboratory, one) for one in (pinned, free)]
        if locks[0] == locks[1]:
            yield Answer(need=Need.STALE, why=_SAME)
            continue
        told = compared(laboratory.finding(pinned), laboratory.finding(free))
        yield replace(told, why=f"{cell.id}: {told.why}")


def _experiment(cell: Cell, left_out: str) -> Experiment:
    companions = (one for one in cell.companions if one != left_out)
    return Experiment(
        python=cell.combination["python"],
        requirements=(*cell.requirements, *companions),
        library=cell.library,
        adapter=cell.adapter,
    )


def compared(pinned: Finding, free: Finding) -> Answer:
    """Return what a cell says of a companion: needed is one without which something fails."""
    return between(pinned.judged.result, free.judged.result)


def between(pinned: CellResult, free: CellResult) -> Answer:
    """Return the same of the two results."""
    for result, name in ((pinned, "with"), (free, "without")):
        if result.environment.status is not EnvironmentStatus.READY:
            return Answer(
                need=Need.UNKNOWN, why=f"no environment {name} it: {result.environment.message}"
            )
    passed = {key for key, seen in _own(pinned).items() if seen.outcome is Outcome.PASSED}
    if not passed:
        return Answer(need=Need.STALE, why="nothing passes with it either")
    broken = [one for one in free.controls if one.outcome is Outcome.FAILED]
    held = {one.name for one in pinned.controls if one.outcome is Outcome.PASSED}
    for control in broken:
        if control.name in held:
            why = f"{control.name}: {root_cause(control.error, 'failed')}"
            return Answer(need=Need.NEEDED, why=f"without it {why}")
    return _of_observations(passed, _own(free))


_Key = tuple[ScenarioId, PatternName]


def _of_observations(passed: set[_Key], without: dict[_Key, Observation]) -> Answer:
    unclear = 0
    for key in sorted(passed):
        seen = without.get(key)
        if seen is not None and seen.outcome is Outcome.FAILED:
            cause = root_cause(seen.error, seen.reason or "failed")
            return Answer(need=Need.NEEDED, why=f"without it {cause} ({key[0]} under {key[1]})")
        unclear += seen is None or seen.outcome is not Outcome.PASSED
    if unclear:
        return Answer(
            need=Need.UNKNOWN, why=f"{unclear} scenarios that pass with it came to no end without"
        )
    return Answer(need=Need.STALE, why=f"all {len(passed)} that pass with it pass without")


def _own(result: CellResult) -> dict[_Key, Observation]:
    return {
        (one.scenario, one.pattern): one
        for one in result.observations
        if not is_control(one.pattern)
    }

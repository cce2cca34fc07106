"""Failures of a table by their names and causes, and where the same did not fail; pure."""

from __future__ import annotations

from harness import patterns
from harness.config import did_you_mean
from harness.errors import BadInput
from harness.model import Control, JudgedCell, Matrix, Observation, Outcome
from harness.rootcause import root_cause

_WITNESSES = 5
"""Settings that are tried, to find one in which a script passes."""


def found(matrix: Matrix, cell: str, pattern: str, scenario: str) -> tuple[JudgedCell, Observation]:
    """Give an observation of the table by its names; BadInput where it has none such."""
    judged = _cell(matrix, cell)
    names = (pattern, str(patterns.NEUTRAL))
    every = judged.result.observations
    for seen in every:
        if seen.pattern in names and seen.scenario == scenario:
            return judged, seen
    for what, name, known in (
        ("pattern", pattern, {str(seen.pattern) for seen in every}),
        ("scenario", scenario, {str(seen.scenario) for seen in every}),
    ):
        if name not in known:
            raise BadInput(f"{cell} has no {what} {name}{did_you_mean(name, sorted(known))}")
    raise BadInput(f"{cell} has no observation of {scenario} with {pattern}")


def _cell(matrix: Matrix, cell: str) -> JudgedCell:
    judged = next((one for one in matrix.cells if one.result.cell.id == cell), None)
    if judged is None:
        known = sorted(one.result.cell.id for one in matrix.cells)
        raise BadInput(f"the table has no cell {cell}{did_you_mean(cell, known)}")
    return judged


def found_control(matrix: Matrix, cell: str, name: str = "") -> tuple[JudgedCell, Control]:
    """Give a failed control of a cell, the first one where none is named; BadInput without one."""
    judged = _cell(matrix, cell)
    for control in judged.result.controls:
        if control.name == name or (not name and control.outcome is Outcome.FAILED):
            return judged, control
    known_names = [one.name for one in judged.result.controls]
    if name:
        raise BadInput(f"{cell} has no control {name!r}{did_you_mean(name, known_names)}")
    raise BadInput(f"no control of {cell} failed: name a pattern and a scenario that did")


def witnesses(
    matrix: Matrix, judged: JudgedCell, seen: Observation
) -> list[tuple[JudgedCell, str]]:
    """Give where the scenario passed with the same library's adapter: the nearest ones first."""
    cell = judged.result.cell
    found: list[tuple[tuple[bool, bool, int], JudgedCell, str]] = []
    for other in matrix.cells:
        there = other.result.cell
        if there.adapter != cell.adapter:
            continue
        apart = sum(there.combination[axis] != level for axis, level in cell.combination.items())
        for one in other.result.observations:
            if one.scenario == seen.scenario and one.outcome is Outcome.PASSED:
                same = one.pattern == seen.pattern
                place = patterns.is_in_context(one.pattern) == patterns.is_in_context(seen.pattern)
                found.append(((bool(apart) and not same, not place, apart), other, one.pattern))
    found.sort(key=lambda one: (one[0], one[1].result.cell.id, one[2]))
    return [(other, pattern) for _, other, pattern in found[:_WITNESSES]]


def for_each_cause(matrix: Matrix) -> list[list[tuple[JudgedCell, Observation]]]:
    """Give the failed observations of each root cause, those of broken patterns included."""
    causes: dict[str, list[tuple[JudgedCell, Observation]]] = {}
    for judged in matrix.cells:
        for seen in judged.result.observations:
            if seen.outcome is Outcome.FAILED:
                causes.setdefault(root_cause(seen.error), []).append((judged, seen))
    return list(causes.values())


def controls_for_each_cause(matrix: Matrix) -> list[list[tuple[JudgedCell, Control]]]:
    """Give the failed controls of each root cause; in one cell the first that shows it."""
    causes: dict[tuple[str, str], list[tuple[JudgedCell, Control]]] = {}
    for judged in matrix.cells:
        told = set()
        for control in judged.result.controls:
            cause = root_cause(control.error)
            if control.outcome is Outcome.FAILED and cause not in told:
                told.add(cause)
                causes.setdefault((control.name, cause), []).append((judged, control))
    return list(causes.values())

"""The named problems that a table met, and where: what stands beside every "works"; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness import patterns
from harness.model import JudgedCell, Kind, Matrix, Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A named problem, and the number of cells in which an application's pattern met it."""

    problem: Problem
    cells: int


def named(matrix: Matrix) -> tuple[Named, ...]:
    """Give the problems that were met: those of the most cells first, limits and notes last."""
    found = (Named(problem=one, cells=_cells(matrix.cells, one)) for one in matrix.problems)
    kinds = list(Kind)
    return tuple(
        sorted(
            (one for one in found if one.cells),
            key=lambda one: (kinds.index(one.problem.kind), -one.cells, one.problem.slug),
        )
    )


def silent_limits(found: Sequence[Named]) -> tuple[Problem, ...]:
    """Give the limits that lose data without an error: they stand beside every *works*."""
    return tuple(
        one.problem for one in found if one.problem.kind is Kind.LIMIT and one.problem.silent
    )


def _cells(cells: Sequence[JudgedCell], problem: Problem) -> int:
    return sum(
        any(
            problem.slug in (*told.problems, *told.limits)
            for told in patterns.own(judged.verdicts).values()
        )
        for judged in cells
    )

"""A matrix of thousands of cells, made of observations that were really measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from harness.model import CellId, JudgedCell, Matrix


def large(matrix: Matrix, cells: int, *, libraries: int = 16) -> Matrix:
    """Give a matrix of so many cells; each shows what one of `matrix` did, under another name.

    Of the observations a part is kept: rendering millions takes long and shows nothing more.
    """
    combinations = product(
        [f"library-{number}==1.{number}" for number in range(libraries)],
        [f"2.{number}.0" for number in range(8)],
        [f"3.{number}" for number in range(9, 15)],
        ["2.2", "2.3", "3.0", "3.1"],
        ["1.4", "2.0", "2.1"],
    )
    spread = list(combinations)
    chosen = [spread[number * len(spread) // cells] for number in range(cells)]
    return replace(matrix, cells=tuple(_cells(matrix.cells, chosen)))


def _cells(
    known: tuple[JudgedCell, ...], chosen: Sequence[tuple[str, ...]]
) -> Iterator[JudgedCell]:
    for number, (library, admin, python, flask, sqlalchemy) in enumerate(chosen):
        judged = known[number * 7 % len(known)]
        result = judged.result
        kept = set(sorted({one.scenario for one in result.observations})[::20])
        cell = replace(
            result.cell,
            id=CellId(f"py{python}-flask{flask}-admin{admin}-sa{sqlalchemy}-{library}"),
            library=library,
            combination={
                **result.cell.combination,
                "python": python,
                "flask": flask,
                "flask-admin": admin,
                "sqlalchemy": sqlalchemy,
                "library": library,
            },
        )
        yield replace(
            judged,
            result=replace(
                result,
                cell=cell,
                observations=tuple(one for one in result.observations if one.scenario in kept),
            ),
        )

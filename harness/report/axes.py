"""The axes of a matrix as people choose from them: each level once, in order; pure."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model import Cell, Matrix
from harness.report.tally import AXIS, in_order, natural

LIBRARY = "library"
"""The axis whose levels are told by the packages that they stand for, not by their ids."""

_FIRST = (LIBRARY, AXIS)

TITLES = {
    "python": "Python",
    "flask": "Flask",
    "flask-admin": "Flask-Admin",
    "sqlalchemy": "SQLAlchemy",
    "library": "session library",
}


def title_of(axis: str) -> str:
    """Give the name of an axis as people write it."""
    return TITLES.get(axis, axis)


def level_of(cell: Cell, axis: str) -> str:
    """Give the level of a cell on an axis as the report tells it; empty where it has none."""
    return cell.library if axis == LIBRARY else cell.combination.get(axis, "")


def axes_of(matrix: Matrix) -> Mapping[str, tuple[str, ...]]:
    """Give each axis with its levels in order, the library and Flask-Admin first."""
    cells = [judged.result.cell for judged in matrix.cells]
    names = dict.fromkeys((*_FIRST, *(axis for cell in cells for axis in cell.combination)))
    return {axis: _levels(cells, axis) for axis in names}


def _levels(cells: list[Cell], axis: str) -> tuple[str, ...]:
    found = {level_of(cell, axis) for cell in cells} - {""}
    return tuple(sorted(found, key=natural)) if axis == LIBRARY else in_order(found)


def short_name(library: str) -> str:
    """Give a library as the page names it: `flask-sqlalchemy 3.1.1 + flask-babel 4.0.0, 6 more`."""
    own, _, rest = library.partition(" (beside ")
    beside = [one.strip() for one in rest.removesuffix(")").split(",") if one.strip()]
    more = [*beside[:1], *([f"{len(beside) - 1} more"] if len(beside) > 1 else [])]
    return " + ".join(part for part in (own, ", ".join(more)) if part).replace("==", " ")

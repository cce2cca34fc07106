"""What moved, in as few lines as tell it: every regression and fix, the rest by cell; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.baseline import explain
from harness.model import CellId, Change, Matrix, Moved

_ONE_BY_ONE = (Change.REGRESSED, Change.FIXED)
_MOST = 8
_BY_CELL = (Change.SHIFTED, Change.APPEARED, Change.DISAPPEARED)


def told_changes(moved: Sequence[Moved], before: Matrix | None, after: Matrix) -> tuple[str, ...]:
    """Give a line for each pattern that regressed or was fixed, and each cell that moved else."""
    if not moved:
        return ()
    if before is None:
        cells = len({one.cell for one in moved})
        return (f"there is no earlier table: all {cells} cells are new",)
    one_by_one = [
        f"{change}: {explain(one, before, after)}"
        for change in _ONE_BY_ONE
        for one in moved
        if one.change is change
    ]
    by_cell = [
        line
        for change in _BY_CELL
        for line in _by_cell(change, [one for one in moved if one.change is change], before, after)
    ]
    return (*one_by_one, *by_cell) or ("nothing changed against the committed table",)


def _by_cell(
    change: Change, moved: Sequence[Moved], before: Matrix, after: Matrix
) -> Sequence[str]:
    """Give a line for each cell, or for the first few where another plan moved many of them."""
    cells = _cells(moved)
    lines = [_told(change, members, before, after) for members in cells[:_MOST]]
    more = len(cells) - _MOST
    return [*lines, f"{change}: {more} more cells"] if more > 0 else lines


def _cells(moved: Iterable[Moved]) -> Sequence[tuple[Moved, ...]]:
    by_cell: dict[CellId, tuple[Moved, ...]] = {}
    for one in moved:
        by_cell[one.cell] = (*by_cell.get(one.cell, ()), one)
    return [by_cell[cell] for cell in sorted(by_cell)]


def _told(change: Change, moved: Sequence[Moved], before: Matrix, after: Matrix) -> str:
    more = len(moved) - 1
    line = f"{change}: {explain(moved[0], before, after)}"
    return f"{line} (and {more} more {'pattern' if more == 1 else 'patterns'})" if more else line

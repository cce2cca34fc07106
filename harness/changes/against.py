"""What a change breaks or mends: which cells tell it, and what they are compared with; pure.

A level that is not of the matrix (a checkout, a pre-release) is compared with a released one: the
newest of its series, or of all where its series has none. A cell with it is compared with the
cell of the committed table that is otherwise the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from packaging.version import Version

from harness import covering, plan
from harness.baseline import package_changes
from harness.config import AXES, LIBRARY, Level, Spec
from harness.covering import Combination
from harness.libraries import is_alike, version_of
from harness.model import Cell, CellId, JudgedCell, Matrix
from harness.plan import Plan
from harness.policy import series

CHANGE = "change"
"""The strength of a plan that is there to tell what a change does."""

Replaced = Mapping[tuple[str, str], str]
"""For a level that is not of the matrix, by axis and id, the id of the released one."""


def baseline(spec: Spec, level: Level) -> Level:
    """Return the released level that a level is compared with; `spec` is the matrix without it."""
    model = level.stands_for or level
    known = spec.axes[level.axis]
    if level.axis == LIBRARY:
        known = tuple(one for one in known if one.requirements and is_alike(one, model))
    released = [one for one in known if not _version(one).is_prerelease]
    near = [one for one in released if series(_version(one)) == series(_version(model))]
    return max(near or released or known, key=_version)


def replaced(spec: Spec, local: Iterable[Level]) -> Replaced:
    """Return what each of these levels is compared with; `spec` is the matrix without them."""
    return {(level.axis, level.id): baseline(spec, level).id for level in local}


def _version(level: Level) -> Version:
    return version_of(level) if level.axis == LIBRARY else level.version


# The plan -----------------------------------------------------------------------------------------


def planned(spec: Spec, full: Plan, instead: Replaced, known: Iterable[Combination]) -> Plan:
    """Return the cells of a full plan that tell most of the levels that are not of the matrix.

    Those that the committed table (`known`) has with the released level, and for each library the
    newest of everything else that nothing is known to fail with whatever else is chosen. Where the
    released level is asked for as well, that is for the cells that the table lacks. `spec` is the
    matrix with those levels.
    """
    table = set(known)
    wanted = {one for one in full.combinations if as_released(one, instead) in table}
    wanted |= _newest(spec, full.combinations, frozenset(axis for axis, _ in instead))
    wanted -= {one for one in table if as_released(one, instead) == one}
    return replace(
        full,
        strength=CHANGE,
        cells=tuple(one for one in full.cells if plan.combination_of(one) in wanted),
        combinations=tuple(one for one in full.combinations if one in wanted),
    )


def of_cells(cells: Sequence[Cell]) -> Plan:
    """Return the plan that these cells were."""
    found = tuple(dict.fromkeys(map(plan.combination_of, cells)))
    return Plan(strength=CHANGE, cells=tuple(cells), left_out=(), combinations=found)


def as_released(one: Combination, instead: Replaced) -> Combination:
    """Return the combination with the released levels."""
    return tuple(instead.get(level, level[1]) for level in zip(AXES, one, strict=True))


def _newest(
    spec: Spec, combinations: Iterable[Combination], changed: frozenset[str]
) -> set[Combination]:
    """Return the newest combination of each library with each of the levels that have changed."""
    ids = {axis: [level.id for level in spec.axes[axis]] for axis in AXES}
    # A rule about what has changed tells of before: that may be mended.
    rules = [rule for rule in spec.isolated if changed.isdisjoint(rule.when)]
    failing = plan.as_levels(spec, rules, ids)

    def newest_last(one: Combination) -> tuple[int, ...]:
        places = {axis: ids[axis].index(level) for axis, level in zip(AXES, one, strict=True)}
        order = ("flask-admin", "flask", "sqlalchemy", "python")
        return -covering.hits(AXES, one, failing), *(places[axis] for axis in order)

    best: dict[tuple[str, ...], Combination] = {}
    for one in sorted(combinations, key=newest_last):
        levels = dict(zip(AXES, one, strict=True))
        best[tuple(levels[axis] for axis in AXES if axis in {LIBRARY, *changed})] = one
    return set(best.values())


# The table ----------------------------------------------------------------------------------------


def table(before: Matrix | None, after: Matrix, spec: Spec, instead: Replaced) -> Matrix | None:
    """Return the earlier table as one of the cells of this run: each under the name it has here.

    Where the earlier table lacks the released level's cell, this run's counts if it has one.
    `spec` is the matrix with the levels that are not of it.
    """
    if before is None:
        return None
    cells = {one.result.cell.id: one for one in (*after.cells, *before.cells)}
    found = (
        (one.result.cell, cells.get(counterpart(one.result.cell, spec, instead)))
        for one in after.cells
    )
    return replace(
        before, cells=tuple(_named(one, cell.id) for cell, one in found if one is not None)
    )


def counterpart(cell: Cell, spec: Spec, instead: Replaced) -> CellId:
    """Return the id of the cell that is the same with the released levels."""
    released = as_released(plan.combination_of(cell), instead)
    return plan.cell(spec, released, cell.combination["database"]).id


def _named(judged: JudgedCell, name: CellId) -> JudgedCell:
    return replace(judged, result=replace(judged.result, cell=replace(judged.result.cell, id=name)))


def told(before: Matrix | None, after: Matrix, instead: Replaced) -> str:
    """Give a sentence about what the run is compared with; `before` comes from `table`."""
    levels = ", ".join(
        f"{axis} {one} with {axis} {other}" for (axis, one), other in instead.items()
    )
    levels = levels or "the other packages as they were chosen with those of today"
    if before is None:
        return f"there is no table to compare with: {levels} cannot be compared"
    there, every = len(before.cells), len(after.cells)
    text = f"compared: {levels}, of the table of {before.generated}: {there} of {every} cells have"
    text += f" a cell there that is otherwise the same{_besides(before, after, instead)}"
    more = " ".join(
        f"--{axis} {one}" for axis, one in sorted({(a, b) for (a, _), b in instead.items()})
    )
    if there == every or not more:
        return text
    return f"{text}; `{more}` besides measures it for the others"


def _besides(before: Matrix, after: Matrix, instead: Replaced) -> str:
    """Tell what else differs between the cells: then it need not be the change that is seen."""
    known = {one.result.cell.id: one.result.environment.packages for one in before.cells}
    changed = {axis for axis, _ in instead}
    moved = {
        told
        for one in after.cells
        if (old := known.get(one.result.cell.id)) and (new := one.result.environment.packages)
        for told in package_changes(old, new)
        if told.split()[0] not in changed
    }
    return f" but for {', '.join(sorted(moved))}" if moved else ""

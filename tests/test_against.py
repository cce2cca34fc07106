"""`harness.against`: which cells tell what a change does, and what each is compared with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness import baseline, levels, plan
from harness.changes import against
from harness.config import Level, Spec
from harness.covering import Combination
from harness.model import CellId, Change, Matrix
from tests.builders import DB, cell, environment, failed, judged, matrix, observation

HERE = ("3.10", "3.11", "3.12", "3.13")


def admin(version: str = "2.2.1") -> Level:
    """Give a checkout that says it is this version."""
    return Level(
        axis="flask-admin",
        id="x-1f3a9c2e",
        label="admin@x-1f3a9c2e",
        requirements=("flask-admin @ file:///x",),
        stands_for=Level(axis="flask-admin", id=version, label=""),
    )


def release(axis: str, version: str) -> Level:
    return Level(axis=axis, id=version, label=f"sa{version}", requirements=(f"{axis}=={version}",))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("2.2.1", "2.2.1"),
        ("2.2.2.dev3+g12345", "2.2.1"),
        ("3.0.0a1", "2.2.1"),
        ("2.1.1", "2.1.0"),
        ("1.6.2", "1.6.1"),
    ],
)
def test_a_checkout_is_compared_with_its_series_or_the_newest(
    spec: Spec, version: str, expected: str
) -> None:
    assert against.baseline(spec, admin(version)).id == expected


def test_a_release_to_come_is_compared_with_what_is_out(spec: Spec) -> None:
    assert against.baseline(spec, release("sqlalchemy", "2.0.59rc1")).id == "2.0"
    assert against.baseline(spec, release("sqlalchemy", "2.2.0b1")).id == "2.1"


def test_a_library_is_compared_with_its_own(spec: Spec) -> None:
    model = spec.level("library", "lite0.2.1")
    other = replace(model, id="lite@x", requirements=("x @ file:///x",), stands_for=model)
    assert against.baseline(spec, other).id == "lite0.2.1"
    next_one = replace(model, id="lite0.3.0rc1", requirements=("flask-sqlalchemy-lite==0.3.0rc1",))
    assert against.baseline(spec, next_one).id == "lite0.2.1"
    compat = spec.level("library", "compat0.2.2+lite0.2.1")
    assert against.baseline(spec, replace(compat, id="c", stands_for=compat)).id == compat.id


TABLE: tuple[Combination, ...] = (
    ("3.12", "3.1", "2.2.1", "2.0", "fsa3.1.1"),
    ("3.11", "3.0", "2.2.1", "2.1", "fsa3.1.1"),
    ("3.10", "2.2", "2.2.1", "1.4", "plain"),
    ("3.10", "2.2", "2.2.0", "1.4", "plain"),
)


def planned(spec: Spec, *local: Level, **selection: tuple[str, ...]) -> list[Combination]:
    whole = levels.extended(spec, local)
    chosen: dict[str, tuple[str, ...]] = {level.axis: (level.id,) for level in local}
    chosen |= {name.replace("_", "-"): names for name, names in selection.items()}
    full = plan.make(whole, HERE, strength="full", selection=chosen)
    made = against.planned(whole, full, against.replaced(spec, local), TABLE)
    assert made.strength == against.CHANGE
    assert [plan.combination_of(one) for one in made.cells]
    return [plan.combination_of(one) for one in made.cells]


def test_the_plan_holds_the_cells_of_the_table_and_the_newest_of_each_library(spec: Spec) -> None:
    found = planned(spec, admin())
    assert ("3.12", "3.1", "x-1f3a9c2e", "2.0", "fsa3.1.1") in found
    assert ("3.10", "2.2", "x-1f3a9c2e", "1.4", "plain") in found
    assert {one[4] for one in found} == {level.id for level in spec.library_levels}
    assert {one[2] for one in found} == {"x-1f3a9c2e"}
    assert len(found) <= len(TABLE) - 1 + len(spec.library_levels)
    # nothing is known to fail there whatever else is chosen, but for what has changed
    assert ("3.13", "3.1", "x-1f3a9c2e", "2.0", "plain") in found


def test_a_plan_can_be_narrowed(spec: Spec) -> None:
    found = planned(spec, admin(), library=("plain",), python=("3.10",))
    assert found == [
        ("3.10", "2.2", "x-1f3a9c2e", "1.4", "plain"),
        ("3.10", "3.1", "x-1f3a9c2e", "2.0", "plain"),
    ]


def test_the_release_beside_it_is_measured_where_the_table_lacks_it(spec: Spec) -> None:
    both = ("x-1f3a9c2e", "2.2.1")
    found = planned(spec, admin(), flask_admin=both, library=("fsa3.1.1",))
    assert ("3.12", "3.1", "2.2.1", "2.0", "fsa3.1.1") not in found
    assert ("3.13", "3.1", "2.2.1", "2.0", "fsa3.1.1") in found
    assert ("3.13", "3.1", "x-1f3a9c2e", "2.0", "fsa3.1.1") in found


def test_two_levels_at_once(spec: Spec) -> None:
    found = planned(spec, admin(), release("sqlalchemy", "2.2.0b1"), library=("fsa3.1.1",))
    assert ("3.11", "3.0", "x-1f3a9c2e", "2.2.0b1", "fsa3.1.1") in found
    assert {one[3] for one in found} == {"2.2.0b1"}


# What came of it ----------------------------------------------------------------------------------


def of_change(name: str) -> str:
    return name.replace("admin2.2.1", "admin@x-1f3a9c2e")


def run(*libraries: str, good: bool = True) -> Matrix:
    """Give what a run with the checkout showed for these libraries."""
    seen = observation() if good else failed()
    cells = []
    for library in libraries:
        before = cell(library=library)
        axes = {**before.combination, "flask-admin": "x-1f3a9c2e"}
        named = replace(before, id=CellId(of_change(before.id)), combination=axes)
        cells.append(judged(seen, cell=named))
    return matrix(*cells)


def compared(spec: Spec, before: Matrix, after: Matrix) -> tuple[Matrix | None, str]:
    whole, instead = levels.extended(spec, [admin()]), against.replaced(spec, [admin()])
    table = against.table(before, after, whole, instead)
    return table, against.told(table, after, instead)


@pytest.mark.parametrize(
    ("before", "after", "change", "status"),
    [(True, False, Change.REGRESSED, 3), (False, True, Change.FIXED, 0)],
)
def test_what_a_change_breaks_or_mends(
    spec: Spec, *, before: bool, after: bool, change: Change, status: int
) -> None:
    old = matrix(judged(observation() if before else failed(), cell=cell(library="fsa3.1.1")))
    new = run("fsa3.1.1", good=after)
    table, told = compared(spec, old, new)
    moved = baseline.compare(table, new, part=True)
    assert [one.change for one in moved if one.pattern == DB] == [change]
    assert baseline.exit_status(moved, new) == status
    line = baseline.explain(moved[0], table, new)
    assert line.endswith("[flask-admin 2.2.1 -> x-1f3a9c2e]"), "never called flaky"
    assert told == (
        "compared: flask-admin x-1f3a9c2e with flask-admin 2.2.1, of the table of"
        " 2026-11-21T06:00:00Z: 1 of 1 cells have a cell there that is otherwise the same"
    )


def test_what_else_differs_from_the_table_is_told(spec: Spec) -> None:
    old = matrix(judged(observation(), cell=cell(library="fsa3.1.1")))
    (new,) = run("fsa3.1.1").cells
    packages = {"flask": "3.1.3", "flask-admin": "2.3.0", "werkzeug": "3.2.0"}
    newer = replace(new.result, environment=environment(packages=packages))
    _, told = compared(spec, old, matrix(replace(new, result=newer)))
    assert told.endswith("otherwise the same but for werkzeug 3.1.8 -> 3.2.0")


def test_a_cell_that_the_table_lacks_is_no_regression_and_told(spec: Spec) -> None:
    new = run("fsa3.1.1", "plain", good=False)
    table, told = compared(spec, matrix(judged(observation(), cell=cell(library="plain"))), new)
    moved = {one.cell: one.change for one in baseline.compare(table, new, part=True)}
    assert set(moved.values()) == {Change.REGRESSED, Change.APPEARED}
    assert "1 of 2 cells have" in told
    assert "`--flask-admin 2.2.1` besides measures it for the others" in told


def test_what_this_run_measured_of_the_release_counts_where_the_table_lacks_it(spec: Spec) -> None:
    new = run("fsa3.1.1", good=False)
    both = replace(new, cells=(*new.cells, judged(observation(), cell=cell(library="fsa3.1.1"))))
    table, _ = compared(spec, matrix(), both)
    moved = baseline.compare(table, both, part=True)
    assert Change.REGRESSED in [one.change for one in moved]


def test_without_a_table_nothing_is_compared(spec: Spec) -> None:
    new = run("fsa3.1.1")
    whole, instead = levels.extended(spec, [admin()]), against.replaced(spec, [admin()])
    assert against.table(None, new, whole, instead) is None
    assert "there is no table to compare with" in against.told(None, new, instead)

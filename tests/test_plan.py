from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

import pytest

from harness import config, covering, plan
from harness.config import AXES, Spec
from harness.errors import BadInput, MissingInterpreter
from harness.model import CellId

HERE = ("3.9", "3.10", "3.11", "3.12", "3.13")
ALL = (*HERE, "3.14")


def ids(made: plan.Plan) -> list[str]:
    return [cell.id for cell in made.cells]


@pytest.mark.parametrize("pythons", [HERE, ALL, ("3.11",)])
def test_the_default_plan_holds_every_pair_that_is_allowed(
    spec: Spec, pythons: tuple[str, ...]
) -> None:
    made = plan.make(spec, pythons, strength="2", selection={})
    chosen = [plan.combination_of(cell) for cell in made.cells]
    assert set(chosen) <= set(made.combinations)
    assert covering.all_pairs(AXES, chosen) == made.pairs


def test_what_is_known_to_end_early_masks_nothing(spec: Spec) -> None:
    made = plan.make(spec, HERE, strength="2", selection={})
    levels = {axis: [level.id for level in spec.axes[axis]] for axis in AXES}
    isolated = plan.as_levels(spec, spec.isolated, levels)
    free = [
        one
        for one in map(plan.combination_of, made.cells)
        if not covering.hits(AXES, one, isolated)
    ]
    everywhere = [one for one in made.combinations if not covering.hits(AXES, one, isolated)]
    assert covering.all_pairs(AXES, free) == covering.all_pairs(AXES, everywhere)


def test_more_strength_means_more_cells(spec: Spec) -> None:
    sizes = [
        len(plan.make(spec, HERE, strength=one, selection={}).cells)
        for one in ("smoke", "2", "3", "full")
    ]
    assert sizes == sorted(sizes)
    assert 4 <= sizes[0] <= 8
    assert sizes[-1] == len(plan.make(spec, HERE, strength="full", selection={}).combinations)


def test_the_order_of_the_lines_changes_neither_cells_nor_ids(shipped: str, spec: Spec) -> None:
    turned = shipped.replace('["2.2", "2.3", "3.0", "3.1"]', '["3.1", "2.3", "2.2", "3.0"]')
    lines = turned.splitlines()
    first = next(at for at, line in enumerate(lines) if 'id = "fsa2.5.1"' in line)
    lines[first : first + 8] = reversed(lines[first : first + 8])
    again = config.load("\n".join(lines))
    for strength in ("smoke", "2", "3"):
        before = plan.make(spec, HERE, strength=strength, selection={})
        assert plan.make(again, tuple(reversed(HERE)), strength=strength, selection={}) == before


def test_every_id_is_unique_and_leads_back_to_its_cell(spec: Spec) -> None:
    made = plan.make(spec, ALL, strength="full", selection={})
    assert len(set(ids(made))) == len(made.cells)
    assert all(plan.cell_from_id(spec, cell.id) == cell for cell in made.cells)


def test_a_cell_that_constraints_leave_out_can_be_asked_for(spec: Spec) -> None:
    cell = plan.cell_from_id(spec, CellId("py3.9-flask3.1-admin2.2.1-sa2.1-plain"))
    assert cell.requirements == ("flask==3.1.*", "flask-admin==2.2.1", "sqlalchemy==2.1.*")


@pytest.mark.parametrize(
    "name", ["", "py3.12", "py3.12-flask3.1-admin2.2.1-sa2.0-fsa3.1.1-x", "py3.12-flask3.1-admin9"]
)
def test_an_unknown_cell_is_bad_input(spec: Spec, name: str) -> None:
    with pytest.raises(BadInput, match="there is no cell"):
        plan.cell_from_id(spec, CellId(name))


def test_the_nearest_cell_is_named(spec: Spec) -> None:
    with pytest.raises(BadInput, match=r"did you mean py3\.12-flask3.1-admin2.2.1-sa2.0-fsa3.1.1"):
        plan.cell_from_id(spec, CellId("py3.12-flask3.1-admin2.2.1-sa2.0-fsa3.1.2"))


def test_companions_are_added_only_where_they_belong(spec: Spec) -> None:
    old = plan.cell_from_id(spec, CellId("py3.9-flask2.2-admin1.6.1-sa1.4-fsa2.5.1"))
    new = plan.cell_from_id(spec, CellId("py3.12-flask3.1-admin2.2.1-sa2.0-fsa3.1.1"))
    assert set(old.companions) == {"wtforms<3.2"}
    assert new.companions == ()


def test_a_part_of_the_matrix_holds_only_that_part(spec: Spec) -> None:
    chosen = {"library": ("flask-sqlalchemy-lite",), "flask-admin": ("2.2.1",)}
    made = plan.make(spec, HERE, strength="2", selection=chosen)
    assert {cell.adapter for cell in made.cells} == {"flask_sqlalchemy_lite"}
    assert {cell.combination["flask-admin"] for cell in made.cells} == {"2.2.1"}


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"flask": ("3.9",)}, r"flask has no level 3\.9.*it has 2\.2, 2\.3, 3\.0, 3\.1"),
        ({"library": ("lite0.2",)}, r"did you mean lite0\.2\.1"),
        ({"python": ("3.9",), "flask-admin": ("2.2.1",)}, r"no combination is left: .*Admin 2 "),
    ],
)
def test_what_cannot_be_selected_is_bad_input(
    spec: Spec, selection: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        plan.make(spec, HERE, strength="2", selection=selection)


def test_an_interpreter_asked_for_by_name_has_to_be_there(spec: Spec) -> None:
    with pytest.raises(MissingInterpreter, match=r"no Python 3\.14.*pyenv.*found: 3\.9"):
        plan.make(spec, HERE, strength="2", selection={"python": ("3.14",)})


def test_what_is_left_out_is_told_with_its_reason(spec: Spec) -> None:
    left = plan.make(spec, HERE, strength="2", selection={}).left_out
    assert left[0].what == "python 3.14"
    assert "no interpreter" in left[0].reason
    assert {one.reason for one in left[1:]} == {rule.reason for rule in spec.constraints}
    assert all(one.what.split()[0] != "0" for one in left[1:])


@pytest.mark.parametrize("strength", ["smoke", "2", "3", "full"])
def test_no_plan_holds_a_combination_that_is_forbidden(spec: Spec, strength: str) -> None:
    made = plan.make(spec, HERE, strength=strength, selection={})
    for cell in made.cells:
        levels = {axis: spec.level(axis, cell.combination[axis]) for axis in AXES}
        assert not any(rule.holds_for(levels) for rule in spec.constraints), cell.id
        assert levels["python"].id in HERE


def test_strength_three_holds_every_three_levels_that_are_allowed(spec: Spec) -> None:
    def triples(combinations: Iterable[covering.Combination]) -> set[tuple[object, ...]]:
        named = (tuple(zip(AXES, one, strict=True)) for one in combinations)
        return {group for one in named for group in itertools.combinations(one, 3)}

    made = plan.make(spec, HERE, strength="3", selection={})
    assert triples(map(plan.combination_of, made.cells)) == triples(made.combinations)


def test_a_plan_is_the_same_each_time(spec: Spec) -> None:
    first, second = (plan.make(spec, HERE, strength="2", selection={}) for _ in range(2))
    assert first == second


def test_a_companion_is_in_a_cell_exactly_where_its_condition_holds(spec: Spec) -> None:
    for cell in plan.make(spec, ALL, strength="full", selection={}).cells:
        old_admin = cell.combination["flask-admin"] == "1.6.1"
        assert set(cell.companions) == ({"wtforms<3.2"} if old_admin else set())
        assert not set(cell.companions) & set(cell.requirements)


def test_an_unknown_axis_is_told_with_the_one_that_was_meant(spec: Spec) -> None:
    with pytest.raises(BadInput, match=r"no axis flask-admn.*did you mean flask-admin"):
        plan.make(spec, HERE, strength="2", selection={"flask-admn": ("2.2.1",)})


def test_a_machine_without_any_python_of_the_matrix_is_told(spec: Spec) -> None:
    with pytest.raises(MissingInterpreter, match="no Python of the matrix is on this machine"):
        plan.make(spec, (), strength="2", selection={})


def test_a_smoke_plan_that_the_selection_leaves_empty_is_told(spec: Spec) -> None:
    without = replace(spec, smoke=())
    with pytest.raises(BadInput, match="no smoke cell is left"):
        plan.make(without, HERE, strength="smoke", selection={"flask": ("2.3",)})


def test_a_level_of_which_no_smoke_cell_is_made_stands_in_for_the_others(spec: Spec) -> None:
    made = plan.make(spec, HERE, strength="smoke", selection={"flask-admin": ("2.1.0",)})
    assert {cell.combination["flask-admin"] for cell in made.cells} == {"2.1.0"}
    usual = plan.make(spec, HERE, strength="smoke", selection={})
    libraries = {cell.combination["library"] for cell in usual.cells}
    assert {cell.combination["library"] for cell in made.cells} <= libraries
    assert len(made.cells) <= len(usual.cells)


def test_only_the_reasons_that_leave_nothing_are_told(spec: Spec) -> None:
    selection = {"python": ("3.9",), "flask-admin": ("2.1.0",)}
    with pytest.raises(BadInput) as caught:
        plan.make(spec, HERE, strength="2", selection=selection)
    assert str(caught.value) == ("no combination is left: Flask-Admin 2 needs Python 3.10 or newer")


def test_how_many_combinations_a_constraint_removes_is_counted(spec: Spec) -> None:
    made = plan.make(spec, ALL, strength="2", selection={})
    told = next(one for one in made.left_out if one.reason.startswith("Flask-Admin 2 needs"))
    everything = itertools.product(*(spec.axes[axis] for axis in AXES))
    rule = next(one for one in spec.constraints if one.reason == told.reason)
    count = sum(rule.holds_for(dict(zip(AXES, one, strict=True))) for one in everything)
    assert told.what.split()[0] == str(count)
    assert told.source == rule.source


def test_a_new_level_adds_cells_and_moves_none(spec: Spec) -> None:
    first, *others = spec.axes["library"]
    fewer = replace(spec, axes={**spec.axes, "library": tuple(others)}, smoke=())
    before = plan.make(fewer, HERE, strength="2", selection={})
    known = tuple(map(plan.combination_of, before.cells))

    after = plan.make(spec, HERE, strength="2", selection={}, known=known)

    ids = [cell.id for cell in after.cells]
    assert {cell.id for cell in before.cells} <= set(ids)
    new = [cell for cell in after.cells if plan.combination_of(cell) not in known]
    assert new
    assert {cell.combination["library"] for cell in new} == {first.id}
    chosen = map(plan.combination_of, after.cells)
    assert covering.all_pairs(AXES, chosen) == after.pairs


def test_cells_that_are_not_allowed_any_more_are_not_kept(spec: Spec) -> None:
    strange = ("2.7", "0.1", "1.0", "0.9", "plain")
    made = plan.make(spec, HERE, strength="2", selection={}, known=[strange])
    assert made.cells == plan.make(spec, HERE, strength="2", selection={}).cells


def test_other_strengths_have_plans_of_their_own(spec: Spec) -> None:
    smoke = plan.make(spec, HERE, strength="smoke", selection={})
    known = [plan.combination_of(plan.make(spec, HERE, strength="2", selection={}).cells[0])]
    again = plan.make(spec, HERE, strength="smoke", selection={}, known=known)
    assert again.cells == smoke.cells


def test_the_rare_forms_are_measured_once_for_each_library_and_flask_admin(spec: Spec) -> None:
    made = plan.make(spec, ALL, strength="2", selection={})
    every = [plan.combination_of(cell) for cell in made.cells]
    chosen = plan.carriers(spec, every)
    assert chosen <= set(every)
    assert sorted(map(plan.what_carries, chosen)) == sorted(set(map(plan.what_carries, every)))
    assert plan.carriers(spec, reversed(every)) == chosen


def test_the_rare_forms_are_measured_with_the_newest_that_does_not_end_early(spec: Spec) -> None:
    few = [
        ("3.12", "3.1", "2.2.0", "1.4", "plain"),
        ("3.11", "3.1", "2.2.0", "2.0", "plain"),
        ("3.13", "3.0", "2.2.0", "2.0", "plain"),
        ("3.14", "3.1", "2.2.0", "2.1", "plain"),  # isolated
    ]
    assert plan.carriers(spec, few) == {few[2]}
    assert plan.carriers(spec, few[3:]) == {few[3]}
    assert plan.carriers(spec, [("3.14", "3.1", "a-checkout", "2.0", "plain")]) == frozenset()

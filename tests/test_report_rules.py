"""The rules: the smallest that tells where a cause hits, counted against all that was measured."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from harness.model import JudgedCell, Matrix, Observation, Outcome
from harness.patterns import base_of, is_control, is_in_context
from harness.report.causes import Cause, causes
from harness.report.rules import PATTERN, PLACE, Explainer, Rule, told
from tests.builders import cell, error, failed, judged, matrix, observation
from tests.committed import committed
from tests.sample import sample

BROKEN = error("KeyError", "'x'")
OTHER = error("ValueError", "another one")


def rules(shown: Matrix, text: str = "KeyError: 'x'") -> tuple[Rule, ...]:
    (cause,) = (one for one in causes(shown) if one.text == text)
    return Explainer(shown).rules(cause)


def one_cell(admin: str, *seen: Observation, **levels: str) -> JudgedCell:
    return judged(*seen, cell=cell(admin=admin, **levels))


def works(pattern: str = "db") -> Observation:
    return observation(pattern=pattern)


def breaks(pattern: str = "db") -> Observation:
    return failed(pattern=pattern, error=BROKEN)


def test_one_level_is_told_where_it_tells_all() -> None:
    (rule,) = rules(
        matrix(
            one_cell("2.1.0", works(), python="3.11"),
            one_cell("2.2.0", breaks(), python="3.11"),
            one_cell("2.1.0", works(), python="3.12"),
            one_cell("2.2.0", breaks(), python="3.12"),
        )
    )
    assert rule.text == "Flask-Admin 2.2.0"
    assert (rule.bears_out, rule.contradicts, rule.otherwise) == (2, 0, 0)
    assert rule.others == ()


def test_releases_that_follow_each_other_are_told_as_a_range() -> None:
    (rule,) = rules(
        matrix(
            one_cell("1.6.1", works()),
            *(one_cell(admin, breaks()) for admin in ("2.0.2", "2.1.0", "2.2.0")),
        )
    )
    assert rule.text == "Flask-Admin 2.0.2-2.2.0"


def test_what_the_data_cannot_tell_apart_is_told() -> None:
    (rule,) = rules(
        matrix(
            one_cell("2.1.0", works(), sqlalchemy="1.4"),
            one_cell("2.2.0", breaks(), sqlalchemy="2.0"),
        )
    )
    assert rule.text == "Flask-Admin 2.2.0"
    assert rule.others == ("SQLAlchemy 2.0",)
    assert "the data cannot tell it from: SQLAlchemy 2.0" in list(told(rule))


def test_what_contradicts_is_counted() -> None:
    """Neither levels nor a few rules tell a diagonal: the whole is told, with what is not so."""
    numbers = range(8)
    (rule,) = rules(
        matrix(
            *(
                one_cell("2.2.0", breaks() if x == y else works(), python=f"3.{x}", flask=f"{y}.0")
                for x in numbers
                for y in numbers
            )
        )
    )
    assert rule.text == "everywhere"
    assert (rule.bears_out, rule.contradicts) == (8, 56)


def test_what_fails_in_another_way_neither_bears_out_nor_contradicts() -> None:
    (rule,) = rules(
        matrix(
            *(one_cell("2.2.0", breaks(), python=python) for python in ("3.10", "3.12", "3.13")),
            one_cell("2.2.0", failed(error=OTHER), python="3.11"),
            one_cell("2.1.0", works(), python="3.12"),
        )
    )
    assert rule.text == "Flask-Admin 2.2.0"
    assert (rule.bears_out, rule.contradicts, rule.otherwise) == (3, 0, 1)


def test_the_pattern_and_its_place_are_axes_too() -> None:
    (rule,) = rules(
        matrix(
            one_cell(
                "2.2.0",
                breaks("db"),
                works("db@context"),
                works("db-session"),
                works("db-session@context"),
            )
        )
    )
    assert rule.text == "pattern db; views added outside an application context"


def test_two_separate_places_are_two_rules() -> None:
    found = rules(
        matrix(
            *(
                one_cell(admin, breaks() if (admin, flask) in BOTH else works(), flask=flask)
                for admin in ("1.6.1", "2.0.2", "2.1.0", "2.2.0")
                for flask in ("2.2", "2.3", "3.0", "3.1")
            )
        )
    )
    assert [rule.text for rule in found] == [
        "Flask-Admin 1.6.1; Flask 2.2, 2.3",
        "Flask-Admin 2.2.0; Flask 3.0, 3.1",
    ]
    assert sum(rule.contradicts for rule in found) == 0


BOTH = {("1.6.1", "2.2"), ("1.6.1", "2.3"), ("2.2.0", "3.0"), ("2.2.0", "3.1")}


def test_a_cell_that_never_ran_says_nothing_for_or_against() -> None:
    shown = sample()
    (import_fails,) = (one for one in causes(shown) if one.kind == "import-failed")
    (rule,) = Explainer(shown).rules(import_fails)
    assert rule.unit == "cells"
    assert rule.bears_out == 1
    assert rule.contradicts == 0


# Counted again, apart from the bits ---------------------------------------------------------------


def shown_by(judged_cell: JudgedCell, cause: Cause, pattern: str | None) -> str:
    """Give what a cell or one of its patterns says of a cause, from its observations alone."""
    result = judged_cell.result
    if (result.cell.id, pattern) in cause.fields:
        return "hit"
    if pattern is None:
        completed = result.ending == "completed" and result.environment.status == "ready"
        return "passed" if completed else "failed"
    outcomes = {
        one.outcome
        for one in result.observations
        if one.pattern == pattern and one.scenario in cause.scenarios
    }
    if outcomes & {Outcome.FAILED, Outcome.ERRORED, Outcome.CRASHED, Outcome.TIMED_OUT}:
        return "failed"
    return "passed" if Outcome.PASSED in outcomes else ""


def meets(judged_cell: JudgedCell, pattern: str | None, rule: Rule) -> bool:
    told_of = dict(judged_cell.result.cell.combination)
    told_of["library"] = judged_cell.result.cell.library
    if pattern is not None:
        told_of[PATTERN] = base_of(pattern)  # type: ignore[arg-type]
        place = "inside" if is_in_context(pattern) else "outside"  # type: ignore[arg-type]
        told_of[PLACE] = f"{place} an application context"
    return all(told_of[axis] in levels for axis, levels in rule.conditions)


def units(shown: Matrix, *, whole: bool) -> Iterable[tuple[JudgedCell, str | None]]:
    for one in shown.cells:
        names = {seen.pattern for seen in one.result.observations}
        yield from ((one, None),) if whole else ((one, name) for name in sorted(names))


@pytest.mark.parametrize("name", ["committed", "sample"])
def test_every_count_is_what_the_observations_say(name: str) -> None:
    shown = sample() if name == "sample" else committed()
    explainer = Explainer(shown)
    for cause in causes(shown):
        found = explainer.rules(cause)
        hit: set[tuple[str, str | None]] = set()
        for rule in found:
            count = {"hit": 0, "passed": 0, "failed": 0, "": 0}
            for one, pattern in units(shown, whole=rule.unit == "cells"):
                if pattern is not None and is_control(pattern):  # type: ignore[arg-type]
                    continue
                if meets(one, pattern, rule):
                    said = shown_by(one, cause, pattern)
                    count[said] += 1
                    if said == "hit":
                        hit.add((one.result.cell.id, pattern))
            assert rule.bears_out == count["hit"]
            assert rule.contradicts == count["passed"]
            assert rule.otherwise == count["failed"]
        assert hit == cause.fields


def test_a_scenario_without_a_pattern_is_told_without_one() -> None:
    shown = matrix(
        judged(works(), failed(scenario="x::y", pattern="any", error=BROKEN), cell=cell()),
        judged(works(), observation(scenario="x::y", pattern="any"), cell=cell(admin="2.1.0")),
    )
    (rule,) = rules(shown)
    assert rule.text == "Flask-Admin 2.2.1"

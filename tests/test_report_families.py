"""Causes that come together: what is told of them is what the observations show."""

from __future__ import annotations

import pytest

from harness.model import Matrix
from harness.report.causes import causes
from harness.report.families import cost, families, heading
from tests.builders import caught, cell, error, failed, judged, matrix
from tests.committed import committed
from tests.sample import sample

OPEN = "left open after the requests: {'transactions': 1, 'connections': 2}"


@pytest.fixture(scope="module", params=["committed", "sample"])
def shown(request: pytest.FixtureRequest) -> Matrix:
    return sample() if request.param == "sample" else committed()


def test_what_is_folded_is_seen_nowhere_but_where_the_other_is(shown: Matrix) -> None:
    found = families(causes(shown))
    for family in found:
        assert all(one.fields <= family.head.fields for one in family.rest)
    told = [one for family in found for one in (family.head, *family.rest)]
    assert sorted(told, key=lambda one: one.number) == list(causes(shown))


def test_what_costs_most_where_people_begin_comes_first() -> None:
    odd = failed(pattern="scoped-by-thread-kept", error=error("KeyError", "seldom"))
    plain = failed(pattern="db", error=error("KeyError", "often"))
    cells = [cell(python=name) for name in ("3.10", "3.11", "3.12")]
    shown = matrix(
        *(judged(odd, *caught(), cell=one) for one in cells[:2]),
        judged(odd, plain, *caught(), cell=cells[2]),
    )
    first, second = causes(shown)
    assert (first.text, len(first.cells)) == ("KeyError: 'often'".replace("'", ""), 1)
    assert cost(first, 3) == "Seen in 1 of 3 cells, with `db` or `db-session` in 1 of them"
    assert cost(second, 3) == "Seen in 3 of 3 cells, with `db` or `db-session` in 0 of them"


@pytest.mark.parametrize(
    ("kind", "message", "told"),
    [
        ("AssertionError", OPEN, "Left open after the requests: 1 transaction, 2 connections"),
        ("AssertionError", "the form offers []", "The form offers []"),
        ("RuntimeError", "outside (of {a} context)", "RuntimeError: outside (of {a} context)"),
        ("ImportError", f"no name x ({'y' * 99})", "ImportError: no name x"),
        ("ValueError", "word " * 30, f"ValueError: {'word ' * 15}…"),
    ],
)
def test_a_heading_is_short(kind: str, message: str, told: str) -> None:
    (one,) = causes(matrix(judged(failed(error=error(kind, message)), *caught())))
    assert heading(one) == told

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from harness.inquiries import since
from tests.matrix_strategies import law

WORKING = {"flask": "2.2", "werkzeug": "2.2", "wtforms": "3.0", "old": "1"}
TODAY = {"flask": "3.1", "werkzeug": "3.1", "wtforms": "3.3", "new": "1"}


def needs(name: str, version: str) -> Iterable[tuple[str, SpecifierSet]]:
    return {
        ("flask", "3.1"): [("werkzeug", SpecifierSet(">=3.1")), ("new", SpecifierSet())],
        ("flask", "2.2"): [("werkzeug", SpecifierSet(">=2.2"))],
    }.get((name, version), [])


def test_what_differs_is_what_moved_came_or_went() -> None:
    assert since.moved(WORKING, TODAY, ["wtforms"]) == {"flask", "werkzeug", "old", "new"}


def test_a_package_takes_along_what_it_needs() -> None:
    chosen = since.taken_along(frozenset({"flask"}), WORKING, TODAY, needs)
    assert chosen == {"flask", "werkzeug", "new"}
    assert since.mixed(chosen, WORKING, TODAY) == {
        "flask": "3.1",
        "new": "1",
        "old": "1",
        "werkzeug": "3.1",
        "wtforms": "3.0",
    }


def test_a_package_takes_along_whoever_forbids_it() -> None:
    def forbidding(name: str, version: str) -> Iterable[tuple[str, SpecifierSet]]:
        capped = (name, version) == ("flask", "2.2")
        return [("werkzeug", SpecifierSet("<3"))] if capped else needs(name, version)

    chosen = since.taken_along(frozenset({"werkzeug"}), WORKING, TODAY, forbidding)
    assert chosen == {"flask", "werkzeug", "new"}


def test_a_package_that_moves_alone_takes_nothing_along() -> None:
    assert since.taken_along(frozenset({"wtforms"}), WORKING, TODAY, needs) == {"wtforms"}


names = st.lists(st.sampled_from("abcdefghij"), min_size=1, unique=True)


@law
@given(names, st.data())
def test_the_packages_that_break_together_are_found(every: list[str], data: st.DataObject) -> None:
    culprits = frozenset(data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True)))
    found = since.smallest(every, lambda chosen: culprits <= chosen)
    assert found.names == culprits
    assert found.is_smallest


@law
@given(names, st.randoms(use_true_random=False))
def test_what_is_named_does_break_and_an_unknown_is_no_proof(
    every: list[str], seed: Random
) -> None:
    answers: dict[frozenset[str], bool | None] = {}

    def breaks(chosen: frozenset[str]) -> bool | None:
        answers.setdefault(chosen, seed.choice((True, False, None)))
        return answers[chosen]

    answers[frozenset(every)] = True
    found = since.smallest(every, breaks)
    assert answers[found.names]
    if found.is_smallest and len(found.names) > 1:
        assert all(answers[frozenset([name])] is False for name in every)

"""`harness.nearest`: which pins to try in the place of those that do not work, in what order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from packaging.requirements import Requirement

from harness.checks import nearest
from harness.checks.nearest import Candidate
from harness.model import Cell, CellId, JudgedCell, Matrix, PatternName, Resolution
from tests import builders
from tests.builders import DB, DB_SESSION

WORKING = (
    *builders.caught(),
    builders.observation(pattern=DB),
    builders.failed(pattern=DB_SESSION),
)
BROKEN = (*builders.caught(), builders.failed(pattern=DB), builders.failed(pattern=DB_SESSION))


def packages(**versions: str) -> dict[str, str]:
    held = {
        "flask": "3.1.3",
        "flask-admin": "2.2.1",
        "sqlalchemy": "2.1.9",
        "flask-sqlalchemy": "3.1.1",
        "werkzeug": "3.1.9",
    }
    return held | {name.replace("_", "-"): version for name, version in versions.items()}


def known(name: str, *, works: bool = True, beside: str = "", **versions: str) -> JudgedCell:
    held = packages(**versions)
    own = f"flask-sqlalchemy=={held['flask-sqlalchemy']}{beside}"
    cell = Cell(
        id=CellId(name),
        combination={"python": "3.12"},
        requirements=(),
        adapter="flask_sqlalchemy",
        library=own,
    )
    ready = builders.environment(packages=held)
    return builders.judged(*(WORKING if works else BROKEN), cell=cell, environment=ready)


def asked(*requirements: str, within: tuple[str, ...] = ()) -> Cell:
    return Cell(
        id=CellId("check-1"),
        combination={"python": "3.12"},
        requirements=requirements or ("flask-admin==2.2.1", "flask-sqlalchemy==3.1.1"),
        adapter="flask_sqlalchemy",
        library="flask-sqlalchemy",
        resolution=Resolution(within=within),
    )


def tried(table: Matrix, have: Mapping[str, str], *patterns: str) -> list[dict[str, str]]:
    found = nearest.candidates(table, asked(), have, patterns)
    return [dict(one.changed) for one in found]


def test_the_fewest_changes_come_first() -> None:
    table = builders.matrix(
        known("a", flask_admin="2.0.2", sqlalchemy="2.0.58", flask="3.0.3"),
        known("b", sqlalchemy="2.0.58"),
    )
    found = tried(table, packages())

    assert [len(one) for one in found] == sorted(len(one) for one in found)
    assert len({tuple(sorted(one.items())) for one in found}) == len(found), "each once"
    assert {"sqlalchemy": "2.0.58"} in found


def test_of_two_that_are_as_few_the_smaller_step_comes_first() -> None:
    table = builders.matrix(known("a", sqlalchemy="1.4.54"), known("b", flask_admin="2.2.0"))
    assert tried(table, packages()) == [{"flask-admin": "2.2.0"}, {"sqlalchemy": "1.4.54"}]


def test_a_change_comes_before_an_addition() -> None:
    lite = " (beside flask-sqlalchemy-lite==0.2.1)"
    added = known("a", beside=lite, flask_sqlalchemy_lite="0.2.1")
    table = builders.matrix(added, known("b", flask_admin="1.6.1"))
    first, second, *_ = tried(table, packages())
    assert (first, second) == ({"flask-admin": "1.6.1"}, {"flask-sqlalchemy-lite": "0.2.1"})


BROKEN_TWICE = (
    known("b", works=False, flask_admin="2.0.2", sqlalchemy="2.1.8"),
    known("c", works=False, flask_admin="2.1.0", sqlalchemy="2.1.9", flask="3.0.3"),
    known("d", works=False, sqlalchemy="2.0.58"),
    known("e", works=False, sqlalchemy="2.0.57", flask="3.0.3"),
)
"""SQLAlchemy 2.1 with anything, and Flask-Admin 2.2.1 with SQLAlchemy 2.0, each in two cells."""


def test_what_the_table_has_as_broken_comes_last() -> None:
    works = known("a", flask_admin="2.2.0", sqlalchemy="2.0.58")

    assert tried(builders.matrix(works, *BROKEN_TWICE), packages()) == [
        {"flask-admin": "2.2.0", "sqlalchemy": "2.0.58"},
        {"flask-admin": "2.2.0"},
        {"sqlalchemy": "2.0.58"},
    ]


def test_what_failed_once_may_have_failed_for_another_reason() -> None:
    works = known("a", flask_admin="2.2.0", sqlalchemy="2.0.58")
    table = builders.matrix(works, BROKEN_TWICE[0], BROKEN_TWICE[2])
    assert tried(table, packages())[0] == {"flask-admin": "2.2.0"}


def test_what_comes_with_the_packages_under_test_can_change_too() -> None:
    table = builders.matrix(known("a", werkzeug="3.0.6"))
    assert tried(table, packages()) == [{"werkzeug": "3.0.6"}]


def test_a_package_that_is_lacking_can_be_added() -> None:
    lite = " (beside flask-sqlalchemy-lite==0.2.1)"
    table = builders.matrix(known("a", beside=lite, flask_sqlalchemy_lite="0.2.1"))
    assert tried(table, packages()) == [{"flask-sqlalchemy-lite": "0.2.1"}]


def test_another_library_says_nothing() -> None:
    table = builders.matrix(known("a", sqlalchemy="2.0.58"))
    other = replace(asked("alchemical"), adapter="alchemical", library="alchemical")
    assert nearest.candidates(table, other, packages()) == ()


def test_only_the_patterns_that_are_asked_for_count() -> None:
    table = builders.matrix(known("a", sqlalchemy="2.0.58"))
    assert tried(table, packages(), "db") == [{"sqlalchemy": "2.0.58"}]
    assert tried(table, packages(), "db-session") == []


def test_what_the_user_leaves_open_comes_from_the_same_cell() -> None:
    table = builders.matrix(known("a", flask="3.0.3", sqlalchemy="2.0.58"))
    have = {"flask": "2.2.5", "flask-sqlalchemy": "3.1.1", "flask-admin": "2.2.1", "sqlalchemy": ""}
    assert tried(table, have) == [{"flask": "3.0.3", "sqlalchemy": "2.0.58"}]


def test_the_newest_of_what_is_equally_near_comes_first() -> None:
    releases = ("2.0.2", "2.2.0", "2.1.0")
    table = builders.matrix(*(known(release, flask_admin=release) for release in releases))
    assert [one["flask-admin"] for one in tried(table, packages())] == ["2.2.0", "2.1.0", "2.0.2"]


def test_the_users_versions_are_what_was_installed_else_what_was_asked_for() -> None:
    cell = asked("flask<3", "flask-admin==2.2.1", "sqlalchemy", within=("werkzeug==3.0.6",))
    assert nearest.versions(cell, {"flask": "2.3.3"}) == {"flask": "2.3.3"}
    assert nearest.versions(cell, {}) == {
        "flask": "<3",
        "flask-admin": "2.2.1",
        "sqlalchemy": "",
        "werkzeug": "3.0.6",
    }


@pytest.mark.parametrize(
    ("line", "version"),
    [("a==1.0", "1.0"), ("a==1.*", ""), ("a>=1", ""), ("a==1.0,<2", ""), ("a", "")],
)
def test_one_exact_version(line: str, version: str) -> None:
    assert nearest.exact(Requirement(line)) == version


CANDIDATE = Candidate(
    changed={"flask-admin": "2.2.0"}, cell=CellId("a"), patterns=(DB, PatternName("db@context"))
)


def test_an_experiment_changes_the_candidate_and_nothing_else() -> None:
    pins = ("flask-admin==2.2.1", "werkzeug==3.1.9", "sqlalchemy==2.0.58")
    cell = asked("flask-admin[images]==2.2.1", "sqlalchemy==2.0.58", within=pins)

    held = nearest.experiment(cell, CANDIDATE)
    free = nearest.experiment(cell, CANDIDATE, free=True)

    assert held.requirements == ("sqlalchemy==2.0.58", "flask-admin[images]==2.2.0")
    assert held.resolution.within == ("werkzeug==3.1.9", "sqlalchemy==2.0.58")
    assert free.requirements == held.requirements
    assert free.resolution.within == ("sqlalchemy==2.0.58",)
    assert (held.python, held.adapter, held.library) == (
        "3.12",
        "flask_sqlalchemy",
        "flask-sqlalchemy",
    )


def test_the_simplest_pattern_verifies_a_candidate() -> None:
    works = tuple(map(PatternName, ("scoped-session", "db-session@context", "db-session")))
    found = nearest.patterns(Candidate(changed={}, cell=CellId("a"), patterns=works))
    assert found == ("db-session@context", "db-session")


def test_the_answer_says_what_was_there_before() -> None:
    have = {"flask-admin": "2.2.1", "sqlalchemy": ""}
    changed = {"sqlalchemy": "2.0.58", "flask-admin": "2.2.0", "flask-sqlalchemy": "3.1.1"}
    assert nearest.told(changed, have) == (
        "flask-admin==2.2.0 (was 2.2.1), flask-sqlalchemy==3.1.1 (added),"
        " sqlalchemy==2.0.58 (not pinned)"
    )

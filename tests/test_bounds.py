"""`harness.bounds` and `harness.edge`: what is declared, what would be true, where it begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from harness.inquiries import bounds
from harness.inquiries.bounds import End
from harness.inquiries.edge import boundary
from harness.inquiries.symptom import Shown

LITE = (
    Requirement("flask[async]>=3.0.0"),
    Requirement("sqlalchemy[asyncio]>=2.0.31"),
    Requirement("typing-extensions>=4; python_version < '3.11'"),
    Requirement("tox>=4; extra == 'dev'"),
)
MODEL = (Requirement("SQLAlchemy<2.2.0,>=2.0.14"),)
RELEASES = tuple(map(Version, ("1.4.54", "2.0.13", "2.0.14", "2.0.30", "2.0.31", "2.1.9", "2.2.0")))


def of(end: End) -> bounds.Bound:
    found = bounds.bounds("sqlmodel", "0.0.50", MODEL, "3.12")
    return next(one for one in found if one.end is end)


def test_floors_and_caps_are_read_without_extras_and_for_this_python() -> None:
    found = bounds.bounds("flask-sqlalchemy-lite", "0.2.1", LITE, "3.12")
    assert [(one.dependency, one.end, one.limit) for one in found] == [
        ("flask", End.FLOOR, "3.0.0"),
        ("sqlalchemy", End.FLOOR, "2.0.31"),
    ]
    older = bounds.bounds("flask-sqlalchemy-lite", "0.2.1", LITE, "3.10")
    assert older[-1].dependency == "typing-extensions"


def test_what_a_bound_forbids_comes_nearest_first() -> None:
    assert bounds.outside(of(End.FLOOR), RELEASES) == (Version("2.0.13"), Version("1.4.54"))
    assert bounds.outside(of(End.CAP), RELEASES) == (Version("2.2.0"),)


def test_the_floor_itself_is_the_oldest_release_that_the_line_allows() -> None:
    assert bounds.at_floor(of(End.FLOOR), RELEASES) == Version("2.0.14")
    assert bounds.at_floor(of(End.FLOOR), RELEASES[:1]) is None


@pytest.mark.parametrize(
    ("declared", "changes", "line"),
    [
        ("sqlalchemy", {"below": "2.0.2"}, "sqlalchemy<2.0.2"),
        ("SQLAlchemy>=0.8.0", {"below": "2.0.0"}, "SQLAlchemy>=0.8.0,<2.0.0"),
        ("flask[async]>=2", {"at_least": "3.0.0"}, "flask[async]>=3.0.0"),
        ("a>=1,<3,!=2.1", {"at_least": "2", "below": "2.5"}, "a>=2,<2.5,!=2.1"),
    ],
)
def test_the_true_line_keeps_what_still_holds(
    declared: str, changes: dict[str, str], line: str
) -> None:
    assert bounds.true_line(declared, **changes) == line
    assert str(Requirement(line).specifier) != str(Requirement(declared).specifier)


def test_a_package_that_only_an_extra_names_is_not_declared() -> None:
    extra = (Requirement("flask-sqlalchemy>=3; extra == 'sqlalchemy'"),)
    assert bounds.declared_of(extra, "flask-sqlalchemy", "3.12") == "flask-sqlalchemy"
    assert bounds.declared_of(MODEL, "sqlalchemy", "3.12") == "SQLAlchemy<2.2.0,>=2.0.14"


def test_the_broken_lines_of_a_set_of_versions_are_named() -> None:
    packages = {"sqlmodel": "0.0.50", "sqlalchemy": "1.4.54"}
    assert bounds.forbidding(packages, {"sqlmodel": MODEL}, "3.12") == (
        "sqlmodel 0.0.50 declares SQLAlchemy<2.2.0,>=2.0.14",
    )
    assert not bounds.forbidding({**packages, "sqlalchemy": "2.0.20"}, {"sqlmodel": MODEL}, "3.12")


@given(st.integers(1, 60), st.data())
def test_the_edge_is_two_neighbours_of_which_one_works(count: int, data: st.DataObject) -> None:
    releases = [Version(f"1.{number}") for number in range(count + 1)]
    breaks = data.draw(st.integers(1, count))

    def shows(version: str) -> Shown:
        return Shown.GONE if Version(version) < releases[breaks] else Shown.SAME

    found = boundary(releases, releases[0], releases[-1], shows)
    assert (found.works, found.fails) == (f"1.{breaks - 1}", f"1.{breaks}")
    assert found.run <= 7


def test_a_release_that_says_nothing_is_passed_over_and_named() -> None:
    releases = [Version(f"1.{number}") for number in range(5)]
    told = {"1.1": Shown.GONE, "1.2": Shown.UNKNOWN, "1.3": Shown.SAME}
    found = boundary(releases, releases[0], releases[-1], lambda version: told[version])
    assert (found.works, found.fails, found.silent) == ("1.1", "1.3", ("1.2",))


def test_a_release_that_fails_in_another_way_does_not_work_either() -> None:
    releases = [Version(f"1.{number}") for number in range(4)]
    told = {"1.1": Shown.GONE, "1.2": Shown.OTHER, "1.3": Shown.SAME}
    found = boundary(releases, releases[0], releases[-1], lambda version: told[version])
    assert (found.works, found.fails) == ("1.1", "1.2")


def test_an_edge_may_be_a_floor() -> None:
    releases = [Version(f"1.{number}") for number in range(9)]

    def shows(version: str) -> Shown:
        return Shown.GONE if Version(version) >= Version("1.6") else Shown.SAME

    found = boundary(releases, releases[-1], releases[0], shows)
    assert (found.works, found.fails) == ("1.6", "1.5")

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from harness import options
from harness.config import Spec
from harness.errors import BadInput
from harness.project import Project
from harness.sessions import ranges as ranges_cli


def test_two_packages_and_what_is_beside_them_in_any_order() -> None:
    asked = options.parse_ranges(
        ["Flask_Admin", "wtforms", "--python", "3.12", "sqlalchemy<2", "--every", "flask<3"]
    )
    assert asked.packages == ("flask-admin", "wtforms")
    assert asked.requirements == ("sqlalchemy<2", "flask<3")
    assert (asked.python, asked.every, asked.jobs) == ("3.12", True, 1)


def test_releases_are_a_specifier_or_one_release_and_add_up() -> None:
    asked = options.parse_ranges(
        ["a", "b", "--releases", "a:1.2", "--releases", "A:>=2,<3", "--releases", "b:~=1.0"]
    )
    assert asked.releases == {
        "a": (SpecifierSet("==1.2"), SpecifierSet(">=2,<3")),
        "b": (SpecifierSet("~=1.0"),),
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a"], "the following arguments are required: PACKAGE"),
        (["a", "A"], "a twice"),
        (["a==1", "b"], "name the package alone"),
        (["../a", "b"], "is not the name of a package"),
        (["a", "b", "--releases", "c:1"], "write a:SPEC or b:SPEC"),
        (["a", "b", "--releases", "a:one"], "no version specifier"),
        (["a", "b", "--jobs", "0"], "invalid"),
    ],
)
def test_bad_input_is_told_in_a_line(arguments: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        options.parse_ranges(arguments)


def test_pins_and_how_they_are_tried() -> None:
    asked = options.parse_since(["flask-admin==1.6.1", "--pattern", "db", "sqlalchemy<2"])
    assert asked.requirements == ("flask-admin==1.6.1", "sqlalchemy<2")
    assert asked.patterns == ("db",)


@pytest.fixture
def here(tmp_path: Path, spec: Spec) -> Project:
    return Project(root=tmp_path, spec=spec, pythons={})


def test_the_library_is_the_one_that_is_named(here: Project, tmp_path: Path) -> None:
    asked = options.parse_ranges(["flask-sqlalchemy-lite", "sqlalchemy"])
    lines, library, adapter = ranges_cli.beside(here, asked, tmp_path, asked.packages)
    assert (library, adapter) == ("flask-sqlalchemy-lite", "flask_sqlalchemy_lite")
    assert lines == ("flask", "flask-admin")


def test_where_none_is_named_it_is_the_usual_one(here: Project, tmp_path: Path) -> None:
    asked = options.parse_ranges(["flask", "werkzeug", "sqlalchemy<2"])
    lines, library, _ = ranges_cli.beside(here, asked, tmp_path, asked.packages)
    assert library == "flask-sqlalchemy"
    assert lines == ("sqlalchemy<2", "flask-admin", "flask-sqlalchemy")


def test_a_package_of_the_question_is_not_required_besides(here: Project, tmp_path: Path) -> None:
    asked = options.parse_ranges(["flask", "werkzeug", "werkzeug<3"])
    with pytest.raises(BadInput, match="its releases are chosen by --releases"):
        ranges_cli.beside(here, asked, tmp_path, asked.packages)

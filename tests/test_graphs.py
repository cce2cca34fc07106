"""`harness.graphs`: who asked for what, told by a lock and the file beside it."""

from __future__ import annotations

import pytest

from harness.checks import graphs
from harness.checks.pins import Kind, Target
from harness.checks.requirements import Wanted, library_of
from harness.errors import BadInput

LITE, FSA, MIGRATE = "flask-sqlalchemy-lite", "flask-sqlalchemy", "flask-migrate"
TARGET = Target(markers={"python_full_version": "3.12.4"})
ADAPTERS = {LITE: "flask_sqlalchemy_lite", FSA: "flask_sqlalchemy", "sqlalchemy": "plain"}

UV = """
[[package]]
name = "shop"
source = { virtual = "." }
dependencies = [{ name = "flask-migrate" }, { name = "flask-sqlalchemy-lite" }]
[package.optional-dependencies]
old = [{ name = "Flask-SQLAlchemy" }]
[[package]]
name = "flask-migrate"
source = { registry = "x" }
dependencies = [{ name = "flask-sqlalchemy" }]
[[package]]
name = "flask-sqlalchemy"
[[package]]
name = "flask-sqlalchemy-lite"
"""
POETRY = """
[[package]]
name = "Flask-Migrate"
[package.dependencies]
Flask-SQLAlchemy = ">=1.0"
[[package]]
name = "flask-sqlalchemy"
[[package]]
name = "flask-sqlalchemy-lite"
"""
PDM = """
[[package]]
name = "flask-migrate"
dependencies = ["Flask-SQLAlchemy>=1.0"]
[[package]]
name = "flask-sqlalchemy"
[[package]]
name = "flask-sqlalchemy-lite"
"""
PYLOCK = """
[[packages]]
name = "flask-migrate"
dependencies = [{ name = "flask-sqlalchemy" }]
[[packages]]
name = "flask-sqlalchemy"
[[packages]]
name = "flask-sqlalchemy-lite"
"""
LOCKS = {Kind.UV: UV, Kind.POETRY: POETRY, Kind.PDM: PDM, Kind.PYLOCK: PYLOCK}
BOTH = '[project]\nname = "shop"\ndependencies = ["Flask-SQLAlchemy", "flask-sqlalchemy-lite"]\n'


@pytest.mark.parametrize("kind", LOCKS)
def test_a_lock_tells_who_asked_for_what(kind: Kind) -> None:
    found = graphs.of_lock(kind, LOCKS[kind], "", TARGET)

    assert found.asked == {LITE, MIGRATE}
    assert found.told(LITE, [FSA]) == (
        "flask-sqlalchemy-lite: asked for by the application; flask-sqlalchemy by flask-migrate"
    )


@pytest.mark.parametrize("kind", [Kind.POETRY, Kind.PDM, Kind.PYLOCK])
def test_the_project_beside_a_lock_knows_better(kind: Kind) -> None:
    assert graphs.of_lock(kind, LOCKS[kind], BOTH, TARGET).asked == {LITE, FSA}


def test_what_an_extra_or_a_group_asks_for_counts_where_it_is_chosen() -> None:
    old = Target(markers=TARGET.markers, extras=("old",))
    assert FSA in graphs.of_lock(Kind.UV, UV, "", old).asked
    project = '[tool.poetry.dependencies]\npython = "^3.12"\nFlask-SQLAlchemy = "*"\n'
    project += "[tool.poetry.group.next.dependencies]\nflask-sqlalchemy-lite = '*'\n"
    group = Target(markers=TARGET.markers, groups=("next",))
    assert graphs.of_lock(Kind.POETRY, POETRY, project, TARGET).asked == {FSA}
    assert graphs.of_lock(Kind.POETRY, POETRY, project, group).asked == {FSA, LITE}


def test_a_pipfile_says_what_its_lock_does_not() -> None:
    pipfile = '[packages]\nflask-sqlalchemy-lite = "*"\nFlask-Migrate = "*"\n'
    assert graphs.of_lock(Kind.PIPENV, '{"default": {}}', pipfile, TARGET).asked == {LITE, MIGRATE}
    assert not graphs.of_lock(Kind.PIPENV, '{"default": {}}', "", TARGET).asked


COMPILED = """
flask-migrate==4.1.0 \\
    --hash=sha256:00
    # via -r requirements.in
Flask-SQLAlchemy==3.1.1
    # via
    #   -c constraints.txt
    #   flask-migrate
flask-sqlalchemy-lite==0.2.1  # via -r requirements.in, shop
flask==3.1.3
    # via
    #   shop (pyproject.toml)
    #   flask-migrate
written-by-hand==1.0
"""


def test_the_comments_of_a_compiled_file_tell_it() -> None:
    names = (MIGRATE, FSA, LITE, "flask", "written-by-hand")

    found = graphs.of_requirements([COMPILED], names)

    assert found.asked == {MIGRATE, LITE, "flask", "written-by-hand"}
    assert found.by[FSA] == {"flask-migrate"}
    assert graphs.of_requirements(["flask-sqlalchemy\nflask-sqlalchemy-lite\n"], [LITE, FSA]) == (
        graphs.Graph(asked=frozenset({LITE, FSA}))
    )


def test_the_library_is_the_one_that_was_asked_for() -> None:
    both = frozenset({LITE, FSA})

    def library(*asked: str) -> str:
        wanted = Wanted(lines=(), names=both, asked=frozenset(asked))
        return library_of(wanted, None, ADAPTERS)[0]

    assert library(LITE, MIGRATE) == LITE
    for asked in ((LITE, FSA), (), (MIGRATE,)):
        with pytest.raises(BadInput, match="two session libraries are there"):
            library(*asked)

"""Declared against actual: `harness.forbids`, `harness.declared`, `harness.floors`, their pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from harness import config, options
from harness.allowed import Answer
from harness.config import Spec
from harness.errors import BadInput
from harness.inquiries import declared, declared_text, floors, forbids
from harness.inquiries.blame import ABSENT, Blame, Member, Whose
from harness.inquiries.bounds import Bound, End
from harness.inquiries.declared import Incompatibility, Pair
from harness.inquiries.declared_text import Declared
from harness.inquiries.edge import Boundary
from harness.inquiries.floors import Floor, Standing
from harness.inquiries.forbids import Metadata
from harness.inquiries.symptom import Shown, Symptom
from harness.model import CellId, EnvironmentStatus, JudgedCell
from harness.sessions import declared as declared_cli
from tests.builders import caught, cell, environment, error, failed, judged, observation

MATRIX = """
schema = 1
[axes.python]
prefix = "py"
levels = ["3.9", "3.12"]
[axes.flask]
prefix = "flask"
levels = ["2.3", "3.1"]
[axes.flask-admin]
prefix = "admin"
levels = ["2.2.1"]
[axes.sqlalchemy]
prefix = "sa"
levels = ["1.4", "2.0"]
[axes.library]
levels = [{ id = "lite", adapter = "x", packages = ["flask-sqlalchemy-lite==0.2.1"] }]
"""
LISTED = """
[[constraints]]
when = { sqlalchemy = "<2.0", library = "flask-sqlalchemy-lite>=0.2" }
reason = "lite needs SQLAlchemy 2"
source = "Requires-Dist"
[[constraints]]
when = { flask = "<3", sqlalchemy = "<2.0" }
reason = "somebody said so"
source = "nowhere"
"""
RELEASES = {
    "flask": ("2.3.2", "2.3.3", "3.1.3"),
    "flask-admin": ("2.2.1",),
    "sqlalchemy": ("1.4.54", "2.0.30", "2.0.58"),
    "flask-sqlalchemy-lite": ("0.2.1",),
}
LITE = ("flask[async]>=3.0.0", "sqlalchemy[asyncio]>=2.0.31", "tox; extra == 'dev'")
METADATA = Metadata(
    releases=lambda name: tuple(map(Version, RELEASES[name])),
    requires=lambda name, _: tuple(map(Requirement, LITE if name.endswith("lite") else ())),
    requires_python=lambda name, _: SpecifierSet(">=3.10" if name == "flask-admin" else ""),
)


@pytest.fixture
def spec() -> Spec:
    return config.load(MATRIX + LISTED)


def test_pairs_of_levels_are_forbidden_by_what_a_release_declares(spec: Spec) -> None:
    found = forbids.forbidden(spec, METADATA)
    assert [(one.told, one.by) for one in found] == [
        ("flask-admin 2.2.1 with python 3.9", "flask-admin 2.2.1 declares Requires-Python >=3.10"),
        ("library lite with flask 2.3", "flask-sqlalchemy-lite 0.2.1 declares flask[async]>=3.0.0"),
        (
            "library lite with sqlalchemy 1.4",
            "flask-sqlalchemy-lite 0.2.1 declares sqlalchemy[asyncio]>=2.0.31",
        ),
    ]
    assert [one.is_python for one in found] == [True, False, False]
    assert [one.combinations for one in found] == [4, 4, 4]


def test_a_series_of_which_some_release_fits_is_allowed(spec: Spec) -> None:
    told = [one.told for one in forbids.forbidden(spec, METADATA)]
    assert "library lite with sqlalchemy 2.0" not in told


def test_constraints_are_held_against_the_metadata(spec: Spec) -> None:
    found = forbids.forbidden(spec, METADATA)
    assert [one.reason for one in forbids.unfounded(spec, found)] == ["somebody said so"]
    assert [one.told for one in forbids.unlisted(spec, found)] == [
        "flask-admin 2.2.1 with python 3.9",
        "library lite with flask 2.3",
    ]


def test_an_override_keeps_the_extras() -> None:
    assert forbids.override("sqlalchemy[asyncio]>=2.0.31", "==1.4.54") == (
        "sqlalchemy[asyncio]==1.4.54"
    )


# Rows ---------------------------------------------------------------------------------------------

BROKEN = judged(failed(error=error("AssertionError", "lost")), *caught())
WORKS = judged(observation(), *caught())


@pytest.mark.parametrize(
    ("cell_", "forbidden", "answer"),
    [
        (WORKS, (), Answer.FINE),
        (BROKEN, (), Answer.UNDECLARED),
        (WORKS, ("a declares b<2",), Answer.LIFTABLE),
        (BROKEN, ("a declares b<2",), Answer.RIGHT),
    ],
)
def test_the_two_questions_have_four_answers(
    cell_: JudgedCell, forbidden: tuple[str, ...], answer: Answer
) -> None:
    assert declared.row(cell_, "the table", forbidden_by=forbidden).answer is answer


def test_what_no_installer_makes_is_forbidden_and_nothing_is_known_of_it() -> None:
    none = judged(environment=environment(EnvironmentStatus.UNRESOLVABLE, message="a needs b"))
    found = declared.row(none, "the table")
    assert (found.allowed, found.answer) == (False, Answer.UNKNOWN)
    assert found.forbidden_by == ("a needs b",)


def test_nothing_is_concluded_from_what_was_not_measured() -> None:
    none = judged(environment=environment(EnvironmentStatus.UNKNOWN, message="no index"))
    found = declared.row(none, "the table")
    assert (found.allowed, found.answer) == (True, Answer.UNKNOWN)
    assert found.cause == ("no index",)


def test_the_newest_working_cell_on_a_preferred_python_is_the_frame() -> None:
    def of(**levels: str) -> JudgedCell:
        return judged(observation(), *caught(), cell=cell(**levels))

    table = (of(python="3.13"), of(flask="3.0"), of(), of(sqlalchemy="1.4"))
    chosen = declared.frame(table, ("flask-admin", "2.2.1"), ("3.12",), config.AXES)
    assert chosen is table[2]
    assert declared.frame(table, ("flask-admin", "1.6.1"), ("3.12",), config.AXES) is None
    assert declared.combination(table[2], ("flask", "2.3"))[1] == "2.3"


# Incompatibilities --------------------------------------------------------------------------------

SQLALCHEMY = Member(package="sqlalchemy", version="2.0.58", mended_by=("1.4.54",))
ADMIN = Member(package="flask-admin", version="1.6.1", mended_by=("2.0.2",))
SYMPTOM = Symptom(text="AssertionError: lost", control="library alone")


def blamed(*members: Member, whose: Whose = Whose.FLASK_ADMIN) -> Blame:
    pins = {one.package: one.version for one in members if one.version}
    return Blame(
        cell=CellId("a-cell"),
        pins={"python": "3.12", "flask-admin": "1.6.1", **pins},
        symptoms=(SYMPTOM,),
        members=members,
        harmless=(),
        whose=whose,
        why="another Flask-Admin alone mends it",
        elsewhere=(CellId("b-cell"), Shown.SAME),
    )


def requires(*lines: str) -> Sequence[Requirement]:
    return tuple(map(Requirement, lines))


def test_the_one_that_names_the_other_would_have_to_declare_it() -> None:
    found = declared.pair(
        blamed(ADMIN, SQLALCHEMY),
        {"flask-admin": requires("sqlalchemy>=1.4; extra == 'sqlalchemy'")},
        (),
    )
    assert found == Pair(subject=("flask-admin", "1.6.1"), other=SQLALCHEMY)
    edge = Boundary(works="2.0.1", fails="2.0.2", run=6)
    assert declared.line(found, "sqlalchemy", edge) == "sqlalchemy<2.0.2"
    unsure = replace(edge, works="2.0.0", silent=("2.0.1",))
    assert declared.line(found, "sqlalchemy", unsure) == "sqlalchemy<2.0.1"


def test_the_party_to_blame_declares_also_where_no_release_of_it_mends_anything() -> None:
    found = declared.pair(blamed(SQLALCHEMY), {"flask-admin": requires()}, ())
    assert found == Pair(subject=("flask-admin", "1.6.1"), other=SQLALCHEMY)


def test_a_package_that_has_to_be_there_gets_a_floor() -> None:
    absent = Member(package="flask-sqlalchemy", version=ABSENT, mended_by=("3.1.1",))
    found = declared.pair(blamed(ADMIN, absent), {}, ())
    assert found.other is absent
    edge = Boundary(works="3.0.0", fails="2.5.1", run=4)
    assert declared.line(found, "flask-sqlalchemy", edge) == "flask-sqlalchemy>=3.0.0"


def test_where_one_package_is_to_blame_no_line_helps() -> None:
    found = declared.pair(blamed(ADMIN), {}, ())
    assert found == Pair(subject=("flask-admin", "1.6.1"), other=None)
    assert declared.line(found, "", None) == ""
    assert found.key == "flask-admin 1.6.1 / alone"


def test_where_nothing_mends_it_the_library_is_named() -> None:
    found = blamed()
    found = replace(found, pins={**found.pins, "sqlmodel": "0.0.50"})
    pair = declared.pair(found, {}, ("sqlmodel",))
    assert pair.other == Member(package="sqlmodel", version="0.0.50", mended_by=())
    assert declared.line(pair, "sqlmodel", None) == ""


def test_a_message_alone_explains_nothing() -> None:
    one, two = frozenset({"the form lacks a field", "500"}), frozenset({"the form lacks a field"})
    assert declared.explanation(two, [one]) == frozenset()
    assert declared.explanation(one, [two]) == two


def test_cells_are_investigated_until_every_failure_is_explained() -> None:
    texts = [frozenset({"a", "b", "c"}), frozenset({"a", "b"}), frozenset({"c"})]
    rows = [(judged(cell=cell(flask=f"3.{at}")), found) for at, found in enumerate(texts)]
    explained: list[frozenset[str]] = []
    order = []
    while (case := declared.next_case(rows, explained, ("3.12",))) is not None:
        order.append(case[1])
        explained.append(case[1])
    assert order == [{"c"}, {"a", "b"}]


def test_the_simplest_other_library_is_asked() -> None:
    def of(*packages: str) -> JudgedCell:
        one = cell(python=f"3.{len(packages)}")
        return judged(cell=replace(one, requirements=("flask==3.1.*", *packages)))

    lost = frozenset({"lost"})
    two, one, plain = of("a==1", "b==1"), of("a==1"), of()
    rows = [(two, lost), (one, lost | {"x"}), (plain, frozenset({"x"}))]
    assert declared.with_another_library(rows, lost, two) is one
    assert declared.with_another_library(rows[:1], lost, two) is None


# Pages --------------------------------------------------------------------------------------------

FOUND = Incompatibility(
    pair=Pair(subject=("flask-admin", "1.6.1"), other=SQLALCHEMY),
    blame=blamed(ADMIN, SQLALCHEMY),
    declared="sqlalchemy",
    line="sqlalchemy<2.0.2",
    boundary=Boundary(works="2.0.1", fails="2.0.2", run=6, silent=("2.0.0",)),
    cells=(CellId("a-cell"),),
    versions=("1.6.1",),
)
OURS = replace(FOUND, blame=replace(FOUND.blame, whose=Whose.HARNESS))
ALL_OF_IT = Declared(
    generated="2026-11-21T14:00:00Z",
    table="2026-11-20T06:00:00Z",
    how="Python 3.12.",
    combinations=16,
    allowed=9,
    rows=(
        declared.row(WORKS, "the table"),
        declared.row(BROKEN, "the table"),
        declared.row(WORKS, "an experiment", forbidden_by=("a declares b<2",), against=("b==3",)),
        declared.row(BROKEN, "an experiment", forbidden_by=("a declares c<2",), against=("c==3",)),
    ),
    found=(FOUND, OURS),
    notes={FOUND.note: "a/b#1", "a declares b<2": "a/b#2"},
)


def test_the_page_says_what_would_be_true_and_how_that_is_known() -> None:
    page = declared_text.declared_to_markdown(ALL_OF_IT)
    assert "### 1. flask-admin 1.6.1 with sqlalchemy 2.0.58" in page
    assert "**Would be true: `sqlalchemy<2.0.2`**" in page
    assert "sqlalchemy 2.0.1 works, 2.0.2 does not (6 releases run" in page
    assert "no answer from 2.0.0" in page
    assert "Upstream, looked up by hand: a/b#1" in page
    assert "| allowed and broken | 1 | 1 | 0 |" in page
    assert "| forbidden but works | 1 | 0 | 1 |" in page
    assert "a/b#2" in page


def test_what_is_the_harness_s_own_is_no_incompatibility() -> None:
    before, _, after = declared_text.declared_to_markdown(ALL_OF_IT).partition(
        "## The harness's own: no incompatibility"
    )
    assert before.count("### ") == 1
    assert after.count("### ") == 1


def test_the_same_findings_give_the_same_bytes() -> None:
    for render in (declared_text.declared_to_markdown, declared_text.declared_to_json):
        assert render(ALL_OF_IT) == render(ALL_OF_IT)
    data = json.loads(declared_text.declared_to_json(ALL_OF_IT))
    assert data["answers"] == {
        "allowed and works": 1,
        "allowed and broken": 1,
        "forbidden and broken": 1,
        "forbidden but works": 1,
        "not known": 0,
    }
    assert data["undeclared"][0]["boundary"]["fails"] == "2.0.2"


def test_the_same_incompatibility_found_twice_is_told_once() -> None:
    other = replace(FOUND, cells=(CellId("c-cell"),), versions=("1.6.0",))
    assert declared.key(FOUND) == declared.key(other)
    both = declared.merged(FOUND, other)
    assert (both.cells, both.versions) == (("a-cell", "c-cell"), ("1.6.0", "1.6.1"))


# Floors -------------------------------------------------------------------------------------------

BOUND = Bound(
    package="flask-admin",
    version="2.2.1",
    requirement="wtforms>=2.3",
    dependency="wtforms",
    end=End.FLOOR,
    limit="2.3",
)
FALSE = Floor(
    bound=BOUND,
    python="3.12",
    at="2.3.0",
    beside="everything else newest",
    standing=Standing.FALSE,
    cause=("ImportError: no soft_unicode | x",),
    edge=Boundary(works="3.0.0", fails="2.3.3", run=4),
)


def test_a_floor_is_false_where_more_fails_than_with_the_newest() -> None:
    newest = frozenset({"the form has no field for ratio"})
    assert floors.compared(newest, newest) == (Standing.HOLDS, ())
    assert floors.compared(newest | {"x"}, newest) == (Standing.FALSE, ("x",))


def test_the_page_gives_the_floor_that_would_be_true() -> None:
    assert FALSE.line == "wtforms>=3.0.0"
    holds = replace(FALSE, standing=Standing.HOLDS, lifted_by="b depends on wtforms>=3")
    page = floors.to_markdown([FALSE, holds], "2026-11-21T14:00:00Z", "Python 3.12.")
    assert "**2 floors: 1 holds, 1 false, 0 not known.**" in page
    assert "`wtforms>=3.0.0` |" in page
    assert "wtforms 3.0.0 works, 2.3.3 does not (4 releases run" in page
    assert "installed against the metadata: b depends on wtforms&gt;=3" in page
    data = json.loads(floors.to_json([FALSE], "2026-11-21T14:00:00Z", ""))
    assert data["floors"][0]["lowest_that_works"] == "3.0.0"


# Commands -----------------------------------------------------------------------------------------


def test_options_of_an_inquiry() -> None:
    asked = options.parse_inquiry("blame", ["a-cell", "db", "--python", "3.11"], "CELL")
    assert (asked.names, asked.python, asked.anew) == (("a-cell", "db"), "3.11", False)
    with pytest.raises(BadInput, match=r"unrecognized arguments: --no"):
        options.parse_inquiry("blame", ["--no"], "CELL")


def test_blame_without_a_cell_or_table_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert declared_cli.blame(tmp_path, ["a", "b", "c", "d"]) == BadInput.status
    assert "CELL [PATTERN [SCENARIO]]" in capsys.readouterr().err
    assert declared_cli.floor(tmp_path, ["flask-admin==2.2.1"]) == BadInput.status
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_what_fails_whatever_the_pattern_is_can_be_asked_for_as_it_is_told() -> None:
    one = judged(failed(scenario="s::x", pattern="any"), observation(), *caught())
    (found,) = declared_cli._asked_for(one, "any", "s::x")  # noqa: SLF001 - it starts no run
    assert found.place == "s::x under any"
    with pytest.raises(BadInput, match="has no pattern anny"):
        declared_cli._asked_for(one, "anny", "s::x")  # noqa: SLF001 - as above

"""`harness.problems`: reading the named problems, and finding the one of a failure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness import catalog, problems
from harness.errors import BadInput
from harness.model import CellResult, Guards, Kind, Problem
from tests import builders

ROOT = Path(__file__).parent.parent
ENTRY = """
[[problems]]
slug = "floats-are-lost"
title = "Floats are lost, without an error"
kind = "problem"
silent = true
needs = "a Float column"
whose = "Flask-Admin"
since = "SQLAlchemy 2.1.0"
until = ""
way_out = ""
upstream = "none found"
script = ""
checks = ["column_types::*[[]Float]", "column_values::*"]
error = "no field for (ratio|rate)"
levels = { sqlalchemy = ">=2.1" }
"""


def result(*, sqlalchemy: str = "2.1", library: str = "fsa3.1.1", **packages: str) -> CellResult:
    named = {name.replace("_", "-"): version for name, version in packages.items()}
    return builders.result(
        cell=builders.cell(sqlalchemy=sqlalchemy, library=library),
        environment=builders.environment(packages=named),
    )


def slugs(text: str, cell: CellResult, scenario: str, error: str = "") -> list[str]:
    return [one.slug for one in problems.matching(problems.load(text), cell, scenario, error)]


LOST = "AssertionError: the form has no field for ratio"


def test_an_entry_is_read_whole() -> None:
    [one] = problems.load(ENTRY)
    assert (one.slug, one.kind, one.silent) == ("floats-are-lost", Kind.PROBLEM, True)
    assert one.needs == "a Float column"
    assert one.levels == {"sqlalchemy": (">=2.1",)}


def test_a_file_without_entries_has_none() -> None:
    assert problems.load("# nothing yet\n") == ()


def test_a_failure_is_found_by_scenario_error_and_levels() -> None:
    scenario = "column_types::is_kept[Float]"
    assert slugs(ENTRY, result(), scenario, LOST) == ["floats-are-lost"]
    assert slugs(ENTRY, result(), "column_types::is_kept[Date]", LOST) == []
    assert slugs(ENTRY, result(), scenario, "AssertionError: no field for name") == []
    assert slugs(ENTRY, result(sqlalchemy="2.0"), scenario, LOST) == []


def test_what_is_installed_counts_and_not_the_level() -> None:
    scenario = "column_values::x"
    assert slugs(ENTRY, result(sqlalchemy="newest"), scenario, LOST) == []
    exact = builders.result(
        cell=builders.cell(sqlalchemy="newest"),
        environment=builders.environment(packages={"sqlalchemy": "2.1.9"}),
    )
    assert slugs(ENTRY, exact, scenario, LOST) == ["floats-are-lost"]


def test_what_comes_before_a_release_stands_for_it() -> None:
    early = builders.result(environment=builders.environment(packages={"sqlalchemy": "2.1.0b1"}))
    assert slugs(ENTRY, early, "column_values::x", LOST) == ["floats-are-lost"]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ('"sqlmodel"', True),
        ('"SQLModel>=0.0.40"', True),
        ('"sqlmodel<0.0.40"', False),
        ('"lite0.2.1"', True),
        ('"lite0.1.0"', False),
        ('["lite0.1.0", "sqlmodel"]', True),
        ('"alchemical"', False),
    ],
)
def test_a_library_is_a_package_or_a_level(condition: str, *, holds: bool) -> None:
    text = ENTRY.replace('{ sqlalchemy = ">=2.1" }', f"{{ library = {condition} }}")
    cell = result(library="lite0.2.1", sqlmodel="0.0.50")
    assert bool(slugs(text, cell, "column_values::x", LOST)) is holds


def test_a_database_is_a_level_too() -> None:
    text = ENTRY.replace('{ sqlalchemy = ">=2.1" }', '{ database = "postgresql" }')
    assert slugs(text, result(), "column_values::x", LOST) == []


def test_without_an_error_and_levels_the_scenario_is_enough() -> None:
    text = "\n".join(
        line for line in ENTRY.splitlines() if not line.startswith(("error", "levels"))
    )
    assert slugs(text, result(sqlalchemy="1.4"), "column_values::x") == ["floats-are-lost"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("needs =", "neeeds =", "neeeds: unknown key (did you mean needs?)"),
        ('whose = "Flask-Admin"\n', "", "the key whose is missing"),
        ('kind = "problem"', 'kind = "limt"', "unknown kind 'limt' (did you mean limit?)"),
        ('kind = "problem"', 'kind = "note"', "what loses data without an error is no note"),
        ('kind = "problem"', 'kind = "condition"', "without an error is no condition"),
        (", without an error", "", "the title has to say 'without an error'"),
        ("silent = true", 'silent = "yes"', "silent: expected true or false, found 'yes'"),
        ("floats-are-lost", "Floats are lost", "words-joined-like-this"),
        ('checks = ["column_types::*[[]Float]", "column_values::*"]', "checks = []", "checks"),
        ("(ratio|rate)", "(ratio", "error: not a regular expression"),
        ("sqlalchemy =", "sqlalchmy =", "sqlalchmy: unknown key (did you mean sqlalchemy?)"),
        ('">=2.1"', '"2.1 and newer"', "expected a specifier like >=2"),
        ('{ sqlalchemy = ">=2.1" }', '{ database = "postgres" }', "did you mean postgresql?"),
        ("[[problems]]", "[[problem]]", "problem: unknown key (did you mean problems?)"),
        ("slug", "slug =", "is no TOML"),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        problems.load(ENTRY.replace(old, new, 1))
    assert message in str(caught.value)


def test_a_slug_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadInput, match=r"problems\[1\].slug: floats-are-lost is there twice"):
        problems.load(ENTRY + ENTRY)


# The file of the project -------------------------------------------------------------------------


def project() -> str:
    return (ROOT / problems.FILE).read_text(encoding="utf-8")


def test_each_entry_is_about_scenarios_that_are_there() -> None:
    known = [one.id for one in catalog.read(ROOT / "scenarios")]
    for problem in problems.load(project()):
        for check in problem.checks:
            only = replace(problem, checks=(check,))
            there = any(problems.is_about(only, name) for name in known)
            assert check.startswith("probe::") or there, f"{problem.slug}: {check} is no scenario"


def test_each_script_of_an_entry_is_there() -> None:
    for problem in problems.load(project()):
        assert not problem.script or (ROOT / problem.script).is_file(), problem.script


def test_what_some_applications_meet_never_explains_a_whole_module_of_session_checks() -> None:
    """What an entry takes too much of is a session that leaks, and is told as an exception."""
    modules = {
        one.id.partition("::")[0]
        for one in catalog.read(ROOT / "scenarios")
        if one.guards is Guards.SESSIONS
    }
    entries = problems.load((ROOT / problems.FILE).read_text(encoding="utf-8"))
    whole = [
        (one.slug, check)
        for one in entries
        for check in one.checks
        if one.needs and one.kind is not Kind.CONDITION and check.removesuffix("::*") in modules
    ]
    assert not whole


def condition() -> Problem:
    entries = problems.load((ROOT / problems.FILE).read_text(encoding="utf-8"))
    return next(one for one in entries if one.slug.startswith("views-that-query-their-session"))


@pytest.mark.parametrize(
    ("error", "is_met"),
    [
        ("AttributeError: add", True),
        ("AttributeError: 'SQLAlchemy' object has no attribute 'query'", True),
        ("AttributeError: module 'pkgutil' has no attribute 'get_loader'", False),
        ("AttributeError: 'NoneType' object has no attribute 'name'", False),
    ],
)
def test_a_handle_without_a_method_is_the_condition_and_no_other_error(
    error: str, *, is_met: bool
) -> None:
    cell = result(flask_admin="2.2.1")
    assert bool(problems.matching([condition()], cell, "view_code::a_hook", error)) is is_met

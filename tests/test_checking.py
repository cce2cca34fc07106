"""`harness.checking`: the search for pins that work, and what it says where there is no answer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness import config, options
from harness.checks import checking
from harness.checks.checking import Bench
from harness.errors import BadInput, MissingInterpreter, RegistryUnreachable
from harness.inquiries.experiment import Experiment, Finding, Laboratory
from harness.model import EnvironmentStatus, JudgedCell, Matrix
from harness.project import Project
from tests import builders
from tests.conftest import ROOT

PINS = ("flask-admin==2.2.1", "flask-sqlalchemy==3.1.1")
WORKING = (*builders.caught(), builders.observation())
BROKEN = (*builders.caught(), builders.failed(pattern="db"))


def bench(*arguments: str) -> Bench:
    spec = config.load((ROOT / "harness" / "matrix.toml").read_text(encoding="utf-8"))
    here = Project(root=ROOT, spec=spec, pythons={"3.12": Path(sys.executable)})
    asked = options.parse_check(arguments or PINS)
    return Bench(here=here, asked=asked, folder=ROOT, workers=1)


def measured(*observations: object, admin: str = "2.2.1") -> JudgedCell:
    held = {"flask": "3.1.3", "flask-admin": admin, "flask-sqlalchemy": "3.1.1"}
    held["sqlalchemy"] = "2.0.58"
    return builders.judged(
        *observations,  # type: ignore[arg-type]  # observations of the builders
        cell=builders.cell(admin=admin),
        environment=builders.environment(packages=held),
    )


def library(judged: JudgedCell) -> JudgedCell:
    """Give it the library as a check names it: without its version."""
    cell = replace(judged.result.cell, library="flask-sqlalchemy")
    return replace(judged, result=replace(judged.result, cell=cell))


TABLE = builders.matrix(measured(*WORKING, admin="2.2.0"), measured(*WORKING, admin="2.0.2"))
SUBJECT = library(measured(*BROKEN))


def search(table: Matrix | None, *arguments: str, subject: JudgedCell = SUBJECT) -> str:
    checked = checking.Checked(judged=subject)
    return checking.search(bench(*arguments), checked, table, "2026-11-21", lambda _text: None)


def runs(monkeypatch: pytest.MonkeyPatch, *works: str) -> list[tuple[str, ...]]:
    """Let the laboratory find that these releases of Flask-Admin work; return what it was asked."""
    tried: list[tuple[str, ...]] = []

    def finding(_self: Laboratory, experiment: Experiment) -> Finding:
        tried.append(experiment.requirements)
        admin = next(x for x in experiment.requirements if "admin" in x).partition("==")[2]
        seen = WORKING if admin in works else BROKEN
        return Finding(experiment=experiment, judged=measured(*seen, admin=admin))

    monkeypatch.setattr(Laboratory, "finding", finding)
    return tried


def test_the_first_that_works_is_told_with_what_it_was_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = runs(monkeypatch, "2.0.2")

    assert search(TABLE) == (
        "flask-admin==2.0.2 (was 2.2.1); measured today: 1 check passes (under db)"
    )
    assert [one[-1] for one in tried] == ["flask-admin==2.2.0", "flask-admin==2.0.2"]


def test_a_scenario_by_itself_is_not_asked_to_catch_the_control() -> None:
    assert bench().patterns == ()
    assert bench(*PINS, "--pattern", "bare-session").patterns == ("bare-session",)
    assert bench().narrowed == ()
    few = bench(*PINS, "--scenario", "admin_pages::deleted_row_is_gone")
    assert "db" in few.patterns
    assert "bare-session" not in few.patterns
    assert few.narrowed[0].startswith("1 of ")
    assert few.narrowed[0].endswith(" asked for: no verdict on the rest")


def test_what_only_the_table_says_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    runs(monkeypatch)
    told = "not found: 2 sets from the table were tried, and none is known to work here"
    assert search(TABLE) == told


def test_an_index_that_breaks_in_the_search_costs_the_search_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> Finding:
        raise RegistryUnreachable("the package index cannot be reached: 503")

    monkeypatch.setattr(Laboratory, "finding", broken)
    assert search(TABLE) == "not known: the package index cannot be reached: 503"


def test_a_table_without_the_library_has_no_answer() -> None:
    told = "not known: the table has nothing that works with flask-sqlalchemy"
    assert search(builders.matrix()) == told
    assert search(TABLE, *PINS, "--pattern", "db-session") == f"{told} under db-session"


@pytest.mark.parametrize(
    ("table", "arguments"),
    [
        (None, PINS),
        (TABLE, (*PINS, "--database", "postgresql")),
        (TABLE, (*PINS, "--adapter-file", "mine.py")),
    ],
)
def test_where_the_table_cannot_tell_nothing_is_tried(
    table: Matrix | None, arguments: tuple[str, ...]
) -> None:
    assert search(table, *arguments).startswith("not searched: ")


def test_nothing_is_searched_where_nobody_wants_it_or_nothing_is_known() -> None:
    unknown = builders.environment(EnvironmentStatus.UNKNOWN, message="it needs a compiler")

    assert search(TABLE, *PINS, "--no-search") == ""
    assert search(TABLE, subject=library(builders.judged(environment=unknown))) == ""


def test_an_interpreter_that_is_not_there_is_told() -> None:
    with pytest.raises(MissingInterpreter, match="no/such/python: there is no such file"):
        checking.checked(bench("--python", "no/such/python"))


def test_a_file_for_an_interpreter_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("not a program")
    with pytest.raises(BadInput, match="is no Python"):
        checking.checked(bench("--python", str(tmp_path / "python")))


# What is allowed ---------------------------------------------------------------------------------


FLOATS = builders.problem()
EXCEPT = builders.judged(
    *builders.caught(),
    builders.observation(),
    builders.failed(scenario="column_types::float", pattern="any"),
    criteria=builders.criteria(FLOATS),
)


def test_an_exception_is_no_success_unless_it_is_allowed() -> None:
    found = checking.Checked(judged=EXCEPT)
    assert found.works
    assert found.status([]) == 1
    assert found.status(["dates-are-lost"]) == 1
    assert found.status(["floats-are-lost"]) == 0
    assert [*found.unmet(["floats-are-lost"])] == []
    [line] = found.unmet(["dates-are-lost", "floats-are-lost"])
    assert line == "--allow dates-are-lost accepts nothing here: the problem was not met"


def test_what_works_needs_nothing_allowed_and_what_is_not_known_is_6() -> None:
    unknown = builders.environment(EnvironmentStatus.UNKNOWN, message="it needs a compiler")
    conflict = builders.environment(EnvironmentStatus.UNRESOLVABLE, message="a needs b<1")
    statuses = {
        0: measured(*WORKING),
        1: measured(*BROKEN),
        6: builders.judged(environment=unknown),
    }
    for status, judged in statuses.items():
        assert checking.Checked(judged=judged).status(["floats-are-lost"]) == status
    assert checking.Checked(judged=builders.judged(environment=conflict)).status([]) == 1


def test_an_unknown_problem_is_bad_input() -> None:
    checking.refuse_unknown(["floats-are-lost"], [FLOATS])
    with pytest.raises(BadInput, match=r"floats-are-lots.*did you mean floats-are-lost"):
        checking.refuse_unknown(["floats-are-lots"], [FLOATS])


def test_what_is_found_nearby_is_told_with_its_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = builders.failed(scenario="column_types::float", pattern="any")

    def finding(_self: Laboratory, experiment: Experiment) -> Finding:
        judged = builders.judged(*WORKING, lost, criteria=builders.criteria(FLOATS))
        return Finding(experiment=experiment, judged=judged)

    monkeypatch.setattr(Laboratory, "finding", finding)
    here = replace(bench().here, problems=(FLOATS,))
    checked = checking.Checked(judged=SUBJECT)
    told = checking.search(
        replace(bench(), here=here), checked, TABLE, "2026-11-21", lambda _text: None
    )
    assert told.endswith(" (under db), except for a `Float` column")

"""`harness.checking`: the search for pins that work, and what it says where there is no answer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness import config, options
from harness.checks import checking, searching
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
    return searching.search(bench(*arguments), checked, table, "2026-11-21", lambda _text: None)


def runs(monkeypatch: pytest.MonkeyPatch, *works: str) -> list[tuple[str, ...]]:
    """Let the laboratory find that these releases of Flask-Admin work; return what it was asked."""
    tried: list[tuple[str, ...]] = []

    def finding(_self: Laboratory, experiment: Experiment) -> Finding:
        tried.append(experiment.requirements)
        admin = next(x for x in experiment.requirements if "admin" in x).partition("==")[2]
        seen = WORKING if admin in works else BROKEN
        return Finding(experiment=experiment, judged=measured(*seen, admin=admin))

    monkeypatch.setattr(Laboratory, "allows", lambda *_: True)
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
    told = "not found: none of the sets that were run works here: 2 of the table's"
    assert search(TABLE) == told


def test_what_is_forbidden_is_not_run_and_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = runs(monkeypatch, "2.0.2")
    monkeypatch.setattr(Laboratory, "allows", lambda *_: False)
    told = "not found: there is no other set that is allowed; 2 more are forbidden"

    assert search(TABLE) == told
    assert not tried


def test_a_range_that_the_user_wrote_is_held_to(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = runs(monkeypatch, "2.0.2", "2.2.0")
    cell = replace(SUBJECT.result.cell, requirements=("flask-admin<2.2.1,>=2.1",))
    subject = replace(SUBJECT, result=replace(SUBJECT.result, cell=cell))

    assert search(TABLE, subject=subject).startswith("flask-admin==2.2.0 (was 2.2.1)")
    assert len(tried) == 1


def test_an_index_that_breaks_in_the_search_costs_the_search_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> Finding:
        raise RegistryUnreachable("the package index cannot be reached: 503")

    monkeypatch.setattr(Laboratory, "allows", broken)
    assert search(TABLE) == "not known: the package index cannot be reached: 503"


def test_a_table_without_the_library_has_no_answer() -> None:
    told = "not found: there is no other set that is allowed"
    assert search(builders.matrix()) == told
    assert search(TABLE, *PINS, "--pattern", "db-session") == told


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

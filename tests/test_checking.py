"""`harness.checking`: the search for pins that work, and what it says where there is no answer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness import config, options
from harness.checks import checking, searching
from harness.checks.checking import Bench
from harness.errors import BadInput, MissingInterpreter, NotMeasurable, RegistryUnreachable
from harness.inquiries.experiment import Experiment, Finding, Laboratory
from harness.measure import environment
from harness.model import EnvironmentStatus, JudgedCell, Matrix, Outcome
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
    return searching.search(
        bench(*arguments), checked, lambda: table, "2026-11-21", lambda _text: None
    )


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
    assert few.narrowed[0].endswith(" checks asked for: no verdict on the rest")


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

    monkeypatch.setattr(Laboratory, "allows", lambda *_: True)
    monkeypatch.setattr(Laboratory, "finding", finding)
    here = replace(bench().here, problems=(FLOATS,))
    checked = checking.Checked(judged=SUBJECT)
    told = searching.search(
        replace(bench(), here=here), checked, lambda: TABLE, "2026-11-21", lambda _text: None
    )
    assert told.endswith(" (under db), except for a `Float` column")


def prepared(*arguments: str, **environ: str) -> Bench:
    return checking.prepared(bench(*PINS, *arguments), {"HOME": "/nowhere", **environ})


def test_an_interpreter_need_not_be_of_the_matrix(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "python3.99"
    program.parent.mkdir()
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)

    made = prepared("--python", "3.99", PATH=str(program.parent))

    assert made.here.pythons["3.99"] == program
    assert made.here.pythons.keys() >= bench().here.pythons.keys()


def test_an_interpreter_that_is_missing_is_told_with_the_option_that_fetches_it() -> None:
    told = "there is no Python 3.99 on this machine: --download-python fetches it"
    with pytest.raises(MissingInterpreter, match=told):
        prepared("--python", "3.99")


def fake_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> dict[str, str]:
    """Put a program in the place of uv; return where it has to put an interpreter."""
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\necho $@ >> {tmp_path}/asked\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setattr(environment, "UV", (str(program),))
    return {"UV_PYTHON_INSTALL_DIR": str(tmp_path / "pythons")}


def test_a_missing_interpreter_is_fetched_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "pythons" / "cpython-3.99.1-linux-x86_64-gnu" / "bin"
    makes = f"mkdir -p {there}; printf ELF > {there}/python3.99; chmod +x {there}/python3.99"
    environ = fake_uv(tmp_path, monkeypatch, makes)

    made = prepared("--python", "3.99", "--download-python", **environ)

    assert made.here.pythons["3.99"] == there / "python3.99"
    asked = (tmp_path / "asked").read_text()
    assert asked.startswith("python install ")
    assert asked.endswith(" 3.99\n")


def test_nothing_is_fetched_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = fake_uv(tmp_path, monkeypatch, "exit 1")
    prepared("--python", "3.12", "--download-python", **environ)
    assert not (tmp_path / "asked").exists()


def test_an_interpreter_that_cannot_be_fetched_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = fake_uv(tmp_path, monkeypatch, "echo 'error: no download for 3.99' >&2; exit 1")
    with pytest.raises(MissingInterpreter, match=r"3\.99 cannot be fetched: error: no download"):
        prepared("--python", "3.99", "--download-python", **environ)


@pytest.mark.parametrize("level", ["2.7", "3.6", "3.8"])
def test_an_interpreter_that_the_checks_cannot_be_run_on_is_not_known(level: str) -> None:
    told = f"the checks need Python 3.9 or newer; this is Python {level}"
    with pytest.raises(NotMeasurable, match=told):
        prepared("--python", level)


@pytest.mark.parametrize("level", ["3", "3.12.1", "newest"])
def test_a_python_that_is_no_level_is_bad_input(level: str) -> None:
    with pytest.raises(BadInput, match="write a version like 3"):
        prepared("--python", level)


def test_a_module_of_checks_is_asked_for_by_its_name() -> None:
    made = prepared("--scenario", "teardown")
    assert "teardown::nothing_stays_open_after_a_request" in made.asked.scenarios
    assert {one.partition("::")[0] for one in made.asked.scenarios} == {"teardown"}


ABSENT = builders.observation(Outcome.NOT_APPLICABLE, pattern="any")


@pytest.mark.parametrize(
    ("judged", "told"),
    [
        (builders.judged(*WORKING), "works"),
        (builders.judged(*BROKEN), "does not"),
        (builders.judged(builders.observation(pattern="any")), "works"),
        (builders.judged(ABSENT), "not known"),
        (builders.judged(builders.observation(Outcome.ERRORED)), "not known"),
        (builders.judged(environment=builders.environment(EnvironmentStatus.UNKNOWN)), "not known"),
    ],
)
def test_what_was_not_found_out_is_not_known(judged: JudgedCell, told: str) -> None:
    checked = checking.Checked(judged=judged)
    found = "works" if checked.works else "does not"
    assert (found if checked.is_known else "not known") == told
